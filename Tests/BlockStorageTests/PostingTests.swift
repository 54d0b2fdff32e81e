import BlockStorage
import Serialization
import Testing

@Suite struct PostingTests {
    /// One term's postings in one group.
    private typealias Postings = [(block: UInt64, frequency: UInt32, length: UInt32)]

    /// Postings of each kind: few and many, near and far, rare repetitions and huge ones.
    private func postings(_ generator: inout SeededGenerator) -> Postings {
        let shares: [Double] = [0.0003, 0.003, 0.03, 0.3, 1]
        let share = shares.randomElement(using: &generator) ?? 1
        let mosts: [UInt32] = [1, 2, 8, 400, 70_000, .max - 2]
        let most = mosts.randomElement(using: &generator) ?? 1
        let range: ClosedRange<UInt32> = Bool.random(using: &generator) ? 60...130 : 0...6000
        var postings: Postings = []
        for block in 0..<UInt64(4096) where Double.random(in: 0..<1, using: &generator) < share {
            let isOften = Int.random(in: 0..<4, using: &generator) == 0
            let frequency = isOften ? UInt32.random(in: 1...most, using: &generator) : 1
            let other = UInt32.random(in: range, using: &generator)
            postings.append((block, frequency, frequency + min(other, .max - 1 - frequency)))
        }
        return postings
    }

    /// A block that has nothing but its terms.
    private func block(of terms: BlockTerms) -> NewBlock {
        NewBlock(
            startByte: 0,
            bytes: [],
            paths: [],
            segments: [],
            tokenCount: 0,
            terms: terms
        )
    }

    /// Stores one term, `t`, in a group of blocks, committed every so many blocks.
    private func commit(_ postings: Postings, every: Int, to store: Store) throws {
        var changes = StoreChanges()
        changes.beginDocument(NewDocument(id: "a", uri: "a"))
        var next = 0
        for number in 0..<UInt64(4096) {
            var terms = BlockTerms()
            if next < postings.count, postings[next].block == number {
                let (_, frequency, length) = postings[next]
                terms.add("t", frequency: frequency)
                if length > frequency { terms.add("other", frequency: length - frequency) }
                next += 1
            }
            changes.addBlock(block(of: terms), to: "a")
            if Int(number) % every == every - 1 {
                try store.commit(changes)
                changes.removeAll()
            }
        }
        try store.commit(changes)
    }

    @Test(arguments: 1...12 as ClosedRange<UInt64>)
    func aGroupsPostingsComeBackRunByRun(seed: UInt64) throws {
        var generator = SeededGenerator(state: seed)
        let postings = postings(&generator)
        let folder = try TemporaryFolder()
        let store = try folder.store()
        try commit(postings, every: 1000, to: store)
        try store.read { transaction throws in
            let term = Array("t".utf8)
            let record = try transaction.postings(of: term, group: 0)
            #expect((record == nil) == postings.isEmpty)
            #expect(try transaction.postingCount(of: term, group: 0) == postings.count)
            guard let record else { return }
            #expect(record.count == postings.count)
            for posting in postings { expect(record.bound, holdsFor: posting) }
            if postings.count > 1 { expectTight(record.bound, postings) }
            var cursor = PostingCursor(record)
            let run = PostingRun()
            var found: Postings = []
            while cursor.next(run) {
                let first = found.count
                for index in 0..<run.count {
                    let posting = postings[first + index]
                    #expect(UInt64(run.positions[index]) == posting.block)
                    #expect(run.frequencies[index] == posting.frequency)
                    found.append(posting)
                }
            }
            #expect(cursor.isSound)
            #expect(found.count == postings.count)
        }
        #expect(try store.verify().problems == [])
    }

    /// Of each length up to 40 bytes, some that differ in one byte only: the first, one inside, the last.
    private static let similarTerms: [String] = (1...40).flatMap { length in
        let plain = Array("the same letters in all of the terms to tell".utf8.prefix(length))
        return Set([0, length / 2, length - 1]).map { place in
            var term = plain
            term[place] = UInt8(ascii: "X")
            return String(decoding: term, as: UTF8.self)
        } + [String(decoding: plain, as: UTF8.self)]
    }

    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func termsOfEveryLengthAreToldApart(seed: UInt64) throws {
        var generator = SeededGenerator(state: seed)
        let folder = try TemporaryFolder()
        let store = try folder.store()
        var changes = StoreChanges()
        changes.beginDocument(NewDocument(id: "a", uri: "a"))
        var expected: [String: [UInt64: UInt32]] = [:]
        for number in 0..<30 as Range<UInt64> {
            var terms = BlockTerms()
            // A term may come more than once in a block, near or far.
            for _ in 0..<Int.random(in: 0...150, using: &generator) {
                guard let term = Self.similarTerms.randomElement(using: &generator) else {
                    continue
                }
                let frequency = UInt32.random(in: 1...3, using: &generator)
                terms.add(term, frequency: frequency)
                expected[term, default: [:]][number, default: 0] += frequency
            }
            changes.addBlock(block(of: terms), to: "a")
        }
        try store.commit(changes)
        try store.read { transaction throws in
            for (term, frequencies) in expected {
                let record = try #require(try transaction.postings(of: Array(term.utf8), group: 0))
                var cursor = PostingCursor(record)
                let run = PostingRun()
                var found: [UInt64: UInt32] = [:]
                while cursor.next(run) {
                    for index in 0..<run.count {
                        found[UInt64(run.positions[index])] = run.frequencies[index]
                    }
                }
                #expect(found == frequencies, "\(term)")
            }
        }
    }

    private func expect(_ bound: ImpactBound, holdsFor posting: Postings.Element) {
        if let highest = bound.highestFrequency { #expect(posting.frequency <= highest) }
        #expect(posting.length >= bound.shortestLength)
        if posting.frequency > 1 { #expect(posting.length >= bound.shortestRepeatedLength) }
    }

    /// A bound is no looser than its two bytes make it.
    private func expectTight(_ bound: ImpactBound, _ postings: Postings) {
        let frequency = postings.map(\.frequency).max() ?? 0
        #expect(bound.highestFrequency == (frequency < 255 ? frequency : nil))
        let lengths = postings.map(\.length)
        let repeated = postings.filter { $0.frequency > 1 }.map(\.length)
        expectTight(bound.shortestLength, lengths)
        expectTight(bound.shortestRepeatedLength, repeated)
    }

    private func expectTight(_ shortest: UInt32, _ lengths: [UInt32]) {
        let length = min(lengths.min() ?? .max, 4032)
        #expect(Double(shortest) > Double(length) * 31 / 32 - 0.01)
    }

    @Test(arguments: 1...6 as ClosedRange<UInt64>)
    func skippingMissesNothing(seed: UInt64) throws {
        var generator = SeededGenerator(state: seed)
        var postings: Postings = []
        while postings.count < 400 { postings = self.postings(&generator) }
        let folder = try TemporaryFolder()
        let store = try folder.store()
        try commit(postings, every: 4096, to: store)
        try store.read { transaction throws in
            let record = try #require(try transaction.postings(of: Array("t".utf8), group: 0))
            for _ in 0..<100 {
                let position = UInt16.random(in: 0..<4096, using: &generator)
                var cursor = PostingCursor(record)
                let run = PostingRun()
                cursor.skip(to: position)
                let expected = postings.first { $0.block >= position }
                guard cursor.next(run) else {
                    #expect(expected == nil)
                    continue
                }
                let found = run.positions[..<run.count].first { $0 >= position }
                #expect(found.map(UInt64.init) == expected?.block)
            }
        }
    }

    @Test func recordsDoNotDependOnWhereCommitsFall() throws {
        var generator = SeededGenerator(state: 77)
        for round in 0..<8 {
            let postings = postings(&generator)
            let folder = try TemporaryFolder()
            let (whole, pieces) = (try folder.store("whole"), try folder.store("pieces"))
            try commit(postings, every: 4096, to: whole)
            try commit(postings, every: 90 + round * 97, to: pieces)
            #expect(try whole.firstDifference(from: pieces) == nil)
        }
    }

    @Test func aPostingAloneTakesSixBytes() throws {
        let folder = try TemporaryFolder()
        let store = try folder.store()
        for (block, frequency) in [(0, 1), (4095, 15), (17, 16)] as [(UInt64, UInt32)] {
            var changes = StoreChanges()
            changes.deleteDocument("a")
            try store.commit(changes)
            let first = try store.read { try $0.statistics().nextBlock }
            try commit([(block, frequency, frequency)], every: 4096, to: store)
            try store.read { transaction throws in
                let postings = try transaction.postings(of: Array("t".utf8))
                #expect(postings.blocks == [first + block])
                #expect(postings.frequencies == [frequency])
                try transaction.forEachRecord(of: "postings") { _, record in
                    #expect(record.count == (frequency < 16 ? 6 : 7))
                }
            }
        }
        #expect(try store.verify().problems == [])
    }

    /// Bytes that the digest vouches for and that mean nothing are reported, and nothing crashes.
    @Test(arguments: [5, 300] as [UInt64])
    func forgedPostingsAreReported(count: UInt64) throws {
        var generator = SeededGenerator(state: count)
        let folder = try TemporaryFolder()
        var postings: Postings = []
        for index in 0..<count {
            let frequency = UInt32(index % 3 + 1)
            postings.append((index * 13, frequency, frequency))
        }
        try commit(postings, every: 4096, to: try folder.store())
        let record = try #require(try folder.records(of: "postings", in: "store").first)
        for round in 0..<60 {
            var rest = Array(record[4...])
            for _ in 0...(round / 10) {
                // The head more often than what follows.
                let end = Bool.random(using: &generator) ? min(12, rest.count) : rest.count
                let index = Int.random(in: 0..<end, using: &generator)
                rest[index] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
            }
            guard rest != Array(record[4...]) else { continue }
            let digest = UInt32(truncatingIfNeeded: ContentDigest(of: rest).low)
            let forged = withUnsafeBytes(of: digest.littleEndian) { Array($0) } + rest
            try folder.replaceInData(record, with: forged)
            do {
                let store = try Store.open(at: folder.path + "/store", mode: .readOnly)
                #expect(try !store.verify().isSound)
                try store.read { transaction throws in
                    guard let record = try? transaction.postings(of: Array("t".utf8), group: 0)
                    else { return }
                    var cursor = PostingCursor(record)
                    let run = PostingRun()
                    cursor.skip(to: 1000)
                    while cursor.next(run) {
                        #expect(run.positions.allSatisfy { $0 < 4096 })
                        #expect(run.frequencies.allSatisfy { $0 > 0 })
                    }
                }
            }
            try folder.replaceInData(forged, with: record)
        }
    }

    @Test func aSnapshotIsKnownAgain() throws {
        let folder = try TemporaryFolder()
        let store = try folder.store(mapSizeBytes: 1)
        let first = try store.read { $0.snapshot }
        #expect(try store.read { $0.snapshot } == first)
        try commit([(0, 1, 1)], every: 4096, to: store)
        #expect(try store.read { $0.snapshot } != first)
    }
}
