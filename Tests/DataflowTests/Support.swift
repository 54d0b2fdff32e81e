import Dataflow
import Diagnostics
import Serialization
import Synchronization
import Tensors

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
}

/// A list that several tasks append to.
final class Log<Entry: Sendable>: Sendable {
    private let storage = Mutex<[Entry]>([])

    var entries: [Entry] { storage.withLock { $0 } }

    func append(_ entry: Entry) { storage.withLock { $0.append(entry) } }
}

func numbers(_ values: [Int64]) -> Column { .int64(Tensor(width: 1, elements: values)) }

/// The numbers of a batch.
func values(of batch: Batch) throws -> [Int64] { try batch.int64("value").elements }

func document(_ ordinal: Int) -> Document {
    Document(ordinal: ordinal, id: "d\(ordinal)", uri: "memory:\(ordinal)")
}

/// A batch of one column of numbers.
func batch(_ values: [Int64], of document: Document?, markers: [Marker] = []) throws -> Batch {
    var batch = Batch(document: document, markers: markers)
    try batch.set("value", numbers(values))
    return batch
}

func end(of document: Document, length: Int = 0) -> DocumentEnd {
    DocumentEnd(document: document, lengthBytes: length, digest: ContentDigest(of: []))
}

/// An error of a test's own.
struct Trouble: DiagnosticError, Equatable {
    var problem = "something is wrong"
    var mend: String?
    var exitCode = ExitCode.dataError
}

/// Documents that are lists of numbers, in batches of `batchRows`.
actor Numbers: Source {
    private enum Step { case begin, rows(Int), end }

    private let documents: [[Int64]]
    private let batchRows: Int
    private var index = 0
    private var step = Step.begin

    init(_ documents: [[Int64]], batchRows: Int = 4) {
        self.documents = documents
        self.batchRows = batchRows
    }

    func next() throws -> Batch? {
        guard index < documents.count else { return nil }
        let values = documents[index]
        switch step {
        case .begin:
            step = values.isEmpty ? .end : .rows(0)
            return Batch(markers: [.documentBegan(document(index))])
        case .rows(let first):
            let last = min(values.count, first + batchRows)
            step = last < values.count ? .rows(last) : .end
            return try batch(Array(values[first..<last]), of: document(index))
        case .end:
            defer { index += 1 }
            step = .begin
            return Batch(
                markers: [.documentEnded(end(of: document(index), length: values.count))]
            )
        }
    }

    func position() -> [UInt8] {
        var writer = ByteWriter()
        writer.writeCount(index)
        switch step {
        case .begin: writer.write(Int64(-1))
        case .rows(let row): writer.write(Int64(row))
        case .end: writer.write(Int64.max)
        }
        return writer.bytes
    }

    func restore(_ position: [UInt8]) throws {
        var reader = ByteReader(position)
        index = try reader.readCount()
        let row: Int64 = try reader.read()
        step = row < 0 ? .begin : row == .max ? .end : .rows(Int(row))
    }
}

/// Adds neighbours up: holds an odd row back until its partner or the document's end comes.
actor PairSums: Stage {
    private var held: Int64?

    func documentBegan(_ document: Document, into output: Output) { held = nil }

    func process(_ rows: Batch, into output: Output) async throws {
        var sums: [Int64] = []
        for value in try rows.int64("value").elements {
            if let first = held {
                sums.append(first + value)
                held = nil
            } else {
                held = value
            }
        }
        guard !sums.isEmpty else { return }
        try await output.send(try batch(sums, of: rows.document))
    }

    func documentEnded(_ end: inout DocumentEnd, into output: Output) async throws {
        guard let held else { return }
        self.held = nil
        try await output.send(try batch([held], of: end.document))
    }

    func snapshot() -> [UInt8] {
        var writer = ByteWriter()
        writer.write(held != nil)
        writer.write(held ?? 0)
        return writer.bytes
    }

    func restore(_ state: [UInt8]) throws {
        var reader = ByteReader(state)
        let isHeld = try reader.readBool()
        let value: Int64 = try reader.read()
        held = isHeld ? value : nil
    }
}

/// Gathers rows and markers of several documents before it sends them on, for speed alone.
actor Gatherer: Stage {
    private let limit: Int
    private var held: [Batch] = []

    init(limit: Int) { self.limit = limit }

    func process(_ rows: Batch, into output: Output) async throws {
        held.append(rows)
        if held.reduce(0, { $0 + $1.rowCount }) >= limit { try await flush(into: output) }
    }

    func holds(_ marker: Marker) -> Bool {
        guard !held.isEmpty else { return false }
        held.append(Batch(markers: [marker]))
        return true
    }

    func flush(into output: Output) async throws {
        let batches = held
        held = []
        for batch in batches { try await output.send(batch) }
    }
}

/// Passes rows on until one is `refused`, at which it fails the document, or the whole run.
actor Gate: Stage {
    private let refused: Int64
    private let error: any Error

    init(refused: Int64, error: any Error = DocumentProblem(Trouble())) {
        self.refused = refused
        self.error = error
    }

    func process(_ rows: Batch, into output: Output) async throws {
        if try rows.int64("value").elements.contains(refused) { throw error }
        try await output.send(rows)
    }
}
