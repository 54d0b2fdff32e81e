import BlockStorage
import Foundation
import Retrieval
import Serialization
import Tensors
import Text

/// A store of one test, filled by hand and removed with the test.
struct Library: ~Copyable {
    static let width = 8
    let store: Store
    private let path: String
    private let analyzer: LexicalAnalyzer
    private var changes = StoreChanges()
    private var open: (id: String, length: Int)?

    init() throws {
        let path = NSTemporaryDirectory() + "retrieval-" + UUID().uuidString
        let analyzer = try LexicalAnalyzer()
        let store = try Store.open(
            at: path,
            mode: .readWrite(create: true),
            settings: StoreSettings(encoder: "test", vectorWidth: Library.width)
        )
        self.path = path
        self.analyzer = analyzer
        self.store = store
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Begins a document; the one before it ends.
    mutating func begin(
        _ id: String,
        title: String? = nil,
        metadata: [MetadataField] = []
    ) {
        end()
        changes.beginDocument(
            NewDocument(id: id, uri: "file:\(id)", title: title, metadata: metadata)
        )
        open = (id, 0)
    }

    /// Adds a block to the document, each segment with its concept.
    mutating func add(
        _ segments: [Segment],
        path: [String] = [],
        landmark: [Float]? = nil,
        title: String? = nil
    ) {
        guard let (id, start) = open else { return }
        var bytes: [UInt8] = []
        var records: [SegmentRecord] = []
        for segment in segments {
            bytes += Array(segment.text.utf8)
            records.append(
                SegmentRecord(
                    end: bytes.count,
                    kind: segment.kind,
                    pathIndex: 0,
                    boundary: 0,
                    surprise: 0
                )
            )
        }
        var terms = BlockTerms()
        var indexed = IndexedTerms()
        bytes.withUnsafeBytes { text in
            indexed.forEach(title: title, paths: [path], text: text, analyzer: analyzer) {
                terms.add($0)
            }
        }
        let concepts = segments.compactMap(\.concept)
        changes.addBlock(
            NewBlock(
                startByte: start,
                bytes: bytes,
                paths: [path],
                segments: records,
                tokenCount: 1,
                concepts: concepts.count == segments.count
                    ? Tensor(width: Library.width, elements: Array(concepts.joined())) : nil,
                landmark: landmark,
                terms: terms
            ),
            to: id
        )
        open = (id, start + bytes.count)
    }

    private mutating func end() {
        guard let (id, length) = open else { return }
        changes.endDocument(id, lengthBytes: length, digest: ContentDigest(of: []))
        open = nil
    }

    /// Commits what was added; with `unfinished` the last document is still being read.
    mutating func commit(unfinished: Bool = false) throws {
        if !unfinished { end() }
        try store.commit(changes)
        changes.removeAll()
    }

    /// Deletes a document; one that is being read stays so.
    mutating func delete(_ id: String) throws {
        changes.deleteDocument(id)
        try commit(unfinished: true)
    }

    /// What the store holds on a question.
    func ask(
        _ text: String,
        vector: [Float]? = nil,
        documents: Set<String>? = nil,
        metadata: [(name: String, value: String)] = [],
        limit: Int = 10,
        configuration: RetrieverConfiguration = RetrieverConfiguration(),
        segmentEncoder: (any SegmentEncoder)? = nil
    ) throws -> RetrievalResult {
        try Retriever(
            store: store,
            configuration: configuration,
            segmentEncoder: segmentEncoder
        ).retrieve(
            RetrievalQuery(
                text: text,
                vector: vector,
                documents: documents,
                metadata: metadata,
                limit: limit
            )
        )
    }
}

/// A segment to be stored.
struct Segment {
    var text: String
    var kind = "sentence"
    var concept: [Float]?

    init(_ text: String, kind: String = "sentence", concept: [Float]? = nil) {
        self.text = text
        self.kind = kind
        self.concept = concept
    }
}

/// The unit vector along an axis.
func axis(_ index: Int) -> [Float] {
    (0..<Library.width).map { $0 == index ? 1 : 0 }
}

/// A unit vector between two axes, nearer to the first the larger `cosine` is.
func between(_ first: Int, _ second: Int, cosine: Float) -> [Float] {
    var vector = axis(first).map { $0 * cosine }
    vector[second] = (1 - cosine * cosine).squareRoot()
    return vector
}

/// SplitMix64, so that random tests repeat.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }

    /// A unit vector.
    mutating func unitVector() -> [Float] {
        let values = (0..<Library.width).map { _ in Float.random(in: -1...1, using: &self) }
        let norm = values.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return values.map { $0 / norm }
    }
}
