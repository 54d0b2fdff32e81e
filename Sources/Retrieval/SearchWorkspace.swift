import BlockStorage
internal import Text

/// A block decoded and analyzed.
final class AnalyzedBlock: Sendable {
    let record: BlockRecord
    let document: DocumentRecord
    /// Its terms by their numbers in the workspace's table: the headings', then each segment's.
    let terms: [UInt32]
    /// Where the headings' terms end.
    let headingEnd: Int
    /// Where each segment's terms end.
    let segmentEnds: [Int]

    init(
        record: BlockRecord,
        document: DocumentRecord,
        terms: [UInt32],
        headingEnd: Int,
        segmentEnds: [Int]
    ) {
        self.record = record
        self.document = document
        self.terms = terms
        self.headingEnd = headingEnd
        self.segmentEnds = segmentEnds
    }

    /// Where the terms of a segment lie in `terms`.
    func termRange(ofSegment index: Int) -> Range<Int> {
        (index == 0 ? headingEnd : segmentEnds[index - 1])..<segmentEnds[index]
    }

    /// About how many bytes of memory it takes.
    var sizeBytes: Int {
        512 + record.bytes.count + 4 * terms.count + 72 * record.segments.count
    }
}

/// What questions use one after another: the analyzer, and the blocks and terms met of late.
///
/// Blocks of complete documents never change and their ids are never used again, so what is kept
/// stays true; no result depends on it.
///
/// - Concurrency: One question has it at a time; the retriever hands it on under a lock, and it is
///   for that alone that it is `Sendable`.
final class SearchWorkspace: @unchecked Sendable {  // One question has it at a time.
    /// Beyond this much everything is forgotten before the next question.
    private static let capacityBytes = 32 << 20

    let analyzer: LexicalAnalyzer
    private(set) var table = TermTable()
    private var blocks: [UInt64: AnalyzedBlock] = [:]
    private var documents: [UInt32: DocumentRecord] = [:]
    private var heldBytes = 0
    private(set) var directory = PostingDirectory()
    let landmarks = LandmarkDirectory()
    /// The place of each term among those being counted, -1 for the others.
    private var places: [Int32] = []

    init(language: String) throws(TextError) {
        analyzer = try LexicalAnalyzer(language: language)
    }

    /// Begins a question to a snapshot of the store.
    func begin(in transaction: borrowing ReadTransaction) throws(StoreError) {
        if heldBytes + directory.heldBytes > SearchWorkspace.capacityBytes {
            table = TermTable()
            blocks = [:]
            documents = [:]
            heldBytes = 0
            directory.removeAll()
            places = []
        }
        try directory.begin(in: transaction)
    }

    /// The number of a term.
    func number(of term: UnsafeBufferPointer<UInt8>) -> Int {
        let known = table.count
        let number = table.number(of: term)
        if number == known { heldBytes += term.count + 40 }
        return number
    }

    /// How many blocks hold a term whose postings will be asked for.
    func blockCount(
        ofTerm number: Int,
        in transaction: borrowing ReadTransaction
    ) throws(StoreError) -> Int {
        try directory.records(ofTerm: number, table[number], in: transaction)
            .reduce(0) { $0 + $1.count }
    }

    /// About how many blocks hold a term; in a store of up to 262,144 blocks exactly how many.
    func estimatedBlockCount(
        ofTerm number: Int,
        in transaction: borrowing ReadTransaction
    ) throws(StoreError) -> Int {
        try directory.estimatedCount(ofTerm: number, table[number], in: transaction)
    }

    /// The postings of those of `terms` that any block holds.
    func postings(
        of terms: [WeightedTerm],
        in transaction: borrowing ReadTransaction
    ) throws(StoreError) -> [TermPostings] {
        var lists: [TermPostings] = []
        for term in terms {
            let bytes = table[term.number]
            let records = try directory.records(ofTerm: term.number, bytes, in: transaction)
            guard !records.isEmpty else { continue }
            lists.append(
                TermPostings(weight: term.weight * term.rarity, bytes: bytes, records: records)
            )
        }
        return lists
    }

    /// A block decoded and analyzed, or nil if it is not there.
    func block(
        _ id: UInt64,
        in transaction: borrowing ReadTransaction
    ) throws -> AnalyzedBlock? {
        if let block = blocks[id] { return block }
        guard let record = try transaction.block(id) else { return nil }
        var document = documents[record.document]
        if document == nil {
            document = try transaction.document(number: record.document)
            heldBytes += 512
        }
        guard let document else { return nil }
        documents[record.document] = document
        let block = analyzed(record, document)
        blocks[id] = block
        heldBytes += block.sizeBytes
        return block
    }

    private func analyzed(_ record: BlockRecord, _ document: DocumentRecord) -> AnalyzedBlock {
        var terms: [UInt32] = []
        IndexedTerms.forEachHeading(title: document.title, paths: record.paths) { heading in
            var heading = heading
            heading.withUTF8 { utf8 in
                analyzer.forEachTerm(in: UnsafeRawBufferPointer(utf8)) {
                    terms.append(UInt32(number(of: $0)))
                }
            }
        }
        let headingEnd = terms.count
        var segmentEnds: [Int] = []
        record.bytes.withUnsafeBytes { bytes in
            for index in record.segments.indices {
                let range = record.localRange(ofSegment: index)
                analyzer.forEachTerm(in: UnsafeRawBufferPointer(rebasing: bytes[range])) {
                    terms.append(UInt32(number(of: $0)))
                }
                segmentEnds.append(terms.count)
            }
        }
        return AnalyzedBlock(
            record: record,
            document: document,
            terms: terms,
            headingEnd: headingEnd,
            segmentEnds: segmentEnds
        )
    }

    // MARK: - Counting

    /// Runs `body` with a function that counts how often each of `terms` occurs in a part of a text.
    func withCounter(
        of terms: [WeightedTerm],
        _ body: (inout TermCounter) throws -> Void
    ) rethrows {
        while places.count < table.count { places.append(-1) }
        // The counter has the only reference while it works, so nothing is copied.
        let taken = places
        places = []
        var counter = TermCounter(of: terms, places: taken)
        defer { places = counter.cleared(of: terms) }
        try body(&counter)
    }
}

/// Counts how often a question's terms occur in texts.
struct TermCounter {
    private var places: [Int32]
    /// How often each term occurs in what was counted last.
    private(set) var frequencies: [Float]

    /// A counter of `terms`, each of which gets its place in `places`, which holds -1 throughout.
    init(of terms: [WeightedTerm], places: consuming [Int32]) {
        for (place, term) in terms.enumerated() { places[term.number] = Int32(place) }
        self.places = places
        frequencies = [Float](repeating: 0, count: terms.count)
    }

    /// Counts in a text, given by its terms' numbers.
    mutating func count(in terms: ArraySlice<UInt32>) {
        for index in frequencies.indices { frequencies[index] = 0 }
        for term in terms {
            let place = places[Int(term)]
            if place >= 0 { frequencies[Int(place)] += 1 }
        }
    }

    /// The places as they were before.
    mutating func cleared(of terms: [WeightedTerm]) -> [Int32] {
        for term in terms { places[term.number] = -1 }
        return places
    }
}
