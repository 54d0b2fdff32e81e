import BlockStorage
public import Diagnostics
public import Ingestion
import Models

/// Reads documents with a language model into a store, so that whatever it writes about them later
/// begins where the reading ended.
///
///     let reader = try ModelReader(model, storePath: "library", .init())
///     let outcome = try reader.read(DocumentReader(inputs: ["book.txt"])) { print($0) }
///
/// A document's tokens are written down first, then they go through the model; blocks and state are
/// committed together after so many tokens. A reading that was killed goes on behind the last commit
/// and ends with the records of one that was not.
///
/// - Concurrency: One thread at a time.
public final class ModelReader {
    /// How documents are read.
    public struct Settings: Sendable {
        /// Tokens of the window; nil for what the document was read with, or half of the context.
        public var windowLength: Int?
        /// The most bytes that a document's keys and values may take on disk; nil for no limit.
        public var budgetBytes: Int?
        /// Whether what was read before is forgotten.
        public var readsAgain: Bool

        /// Settings, all of them the usual ones unless given.
        public init(windowLength: Int? = nil, budgetBytes: Int? = nil, readsAgain: Bool = false) {
            self.windowLength = windowLength
            self.budgetBytes = budgetBytes
            self.readsAgain = readsAgain
        }
    }

    /// What happens to a document.
    public enum Event {
        /// Its tokens are known and it is about to be read, or read on.
        case begins(ReadingCost, readCount: Int)
        /// So many of its tokens have been read.
        case advanced(document: String, readCount: Int, tokenCount: Int)
        /// It was read now.
        case complete(document: String, tokenCount: Int, keptBytes: Int)
        /// It had been read before.
        case unchanged(document: String, tokenCount: Int)
        /// It cannot be read.
        case failed(document: String, any DiagnosticError)
        /// Something about it that its owner should hear of.
        case notice(document: String, String)
    }

    /// How a run ended.
    public struct Outcome: Sendable, Equatable {
        /// How many documents could not be read.
        public var failedCount = 0
        /// Whether the caller wanted no more; what was read is committed.
        public var isStopped = false
    }

    private let model: ReadingModel
    private let store: AttentionStore
    private let settings: Settings

    /// A reader into the store at `path`, made where there is none.
    ///
    /// - Throws: `StoreError` if it cannot be written to; `ModelsError.window` if the window is longer
    ///   than the model was made for.
    public init(_ model: ReadingModel, storePath path: String, _ settings: Settings) throws {
        let limit = model.model.configuration.contextLength
        if let length = settings.windowLength, length > limit {
            throw ModelsError.window(length: length, limit: limit)
        }
        self.model = model
        self.settings = settings
        store = try AttentionStore(ofStoreAt: path, mode: .readWrite(create: true))
        // What a killed run had not listed to the end.
        try store.delete(store.readings().filter { $0.state == .listing }.map(\.number))
    }

    /// Reads all documents of a source.
    ///
    /// - Throws: `StoreError` if the store fails, `ModelsError.shelf` if what it holds is damaged, and
    ///   `ReadingError` if a document was read with other settings.
    public func read(
        _ source: DocumentReader,
        isStopped: () -> Bool = { false },
        _ report: (Event) -> Void
    ) throws -> Outcome {
        var outcome = Outcome()
        var listing: TokenListing?
        while !isStopped(), let event = source.next() {
            switch event {
            case .began(let description):
                let earlier = try earlierReadings(of: description.id)
                if let last = earlier.last, !settings.readsAgain {
                    let text: TextDigest?
                    do throws(IngestionError) {
                        text = try source.digestOfDocument()
                    } catch {
                        source.skipDocument()
                        outcome.failedCount += 1
                        report(.failed(document: description.id, error))
                        continue
                    }
                    if text?.digest == last.digest {
                        source.skipDocument()
                        if try goOn(last, isStopped, report) { continue }
                        outcome.isStopped = true
                        return outcome
                    }
                }
                listing = try TokenListing(
                    store,
                    begun(description.id, after: earlier.last),
                    model.model.tokenizer
                )
            case .text(let piece, _):
                try listing?.append(piece)
            case .ended(let text, let notice):
                guard let listed = try listing?.finish() else { continue }
                listing = nil
                let id = listed.document
                if let notice { report(.notice(document: id, "\(notice)")) }
                let reading = try settle(listed, text)
                if try !goOn(reading, isStopped, report) { outcome.isStopped = true }
            case .failed(let description, let error):
                try listing.map { try store.delete([$0.reading.number]) }
                listing = nil
                outcome.failedCount += 1
                report(.failed(document: description.id, error))
            }
            if outcome.isStopped { return outcome }
        }
        outcome.isStopped = isStopped()
        return outcome
    }

    // MARK: - Which reading

    /// What this model has of a document, the latest last.
    private func earlierReadings(of document: String) throws -> [AttentionReading] {
        let earlier = try store.readings().filter {
            $0.modelFingerprint == model.fingerprint && $0.document == document
                && $0.state != .listing
        }
        guard let last = earlier.last, !settings.readsAgain else { return earlier }
        try check("a window of", last.layout.windowLength, settings.windowLength, document)
        try check("a budget of", last.budgetBytes, settings.budgetBytes, document)
        return earlier
    }

    private func check(
        _ name: String,
        _ stored: Int,
        _ given: Int?,
        _ document: String
    ) throws(ReadingError) {
        guard let given, given != stored else { return }
        throw .otherSetting(
            document: document,
            name: name,
            stored: stored == .max ? "any size" : "\(stored)",
            given: "\(given)"
        )
    }

    private func begun(
        _ document: String,
        after earlier: AttentionReading?
    ) throws -> AttentionReading {
        let kept = settings.readsAgain ? nil : earlier
        let windowLength =
            settings.windowLength ?? kept?.layout.windowLength
            ?? DecoderAttention.usualWindow(of: model.model)
        return try store.begin(
            AttentionReading(
                modelFingerprint: model.fingerprint,
                modelName: model.model.name,
                document: document,
                layout: model.layout(InfLLMConfiguration(windowLength: windowLength)),
                budgetBytes: settings.budgetBytes ?? kept?.budgetBytes ?? .max
            )
        )
    }

    /// Decides between the tokens that were just listed and what was read before.
    private func settle(
        _ listed: AttentionReading,
        _ text: TextDigest
    ) throws -> AttentionReading {
        let earlier = try earlierReadings(of: listed.document)
        if let last = earlier.last, last.digest == text.digest, !settings.readsAgain {
            try store.delete([listed.number])
            return last
        }
        var reading = listed
        reading.state = .reading
        reading.digest = text.digest
        reading.textBytes = text.lengthBytes
        try store.replace(earlier.map(\.number), by: reading)
        return reading
    }

    // MARK: - Reading

    /// Reads what has not been read of a document.
    ///
    /// - Returns: Whether all of it has been.
    private func goOn(
        _ reading: AttentionReading,
        _ isStopped: () -> Bool,
        _ report: (Event) -> Void
    ) throws -> Bool {
        let document = reading.document
        guard reading.state != .complete else {
            report(.unchanged(document: document, tokenCount: reading.tokenCount))
            return true
        }
        guard reading.tokenCount > 0 else {
            report(.failed(document: document, ReadingError.noTokens(document: document)))
            try store.delete([reading.number])
            return true
        }
        report(
            .begins(ReadingCost(of: reading, model.model), readCount: reading.readCount)
        )
        let shape = InfLLMAttention.shape(
            of: model.model,
            InfLLMConfiguration(windowLength: reading.layout.windowLength)
        )
        let shelf = StoredShelf(store, reading, shape)
        let memory = try model.memory(of: reading, shelf: shelf, recoder: nil, from: store)
        let session = LlamaSession(model.model, memory, position: reading.readCount)
        let step = reading.layout.stepLength
        // One token at least is left for whoever goes on: its logits say what follows.
        let end = (reading.tokenCount - 1) / step * step
        let commitLength = Self.windowsPerCommit * reading.layout.windowLength
        var position = reading.readCount
        func commit() throws {
            let states = (0..<reading.layout.layerCount).map { memory.snapshot(layer: $0) }
            _ = try shelf.commit(readCount: position, states: states)
        }
        while position < end {
            // Commits stand where they stood for any other run.
            let stop = min(end, (position / commitLength + 1) * commitLength)
            let tokens = try store.tokens(position..<stop, of: reading)
            for start in stride(from: 0, to: tokens.count, by: step) {
                if isStopped() {
                    try commit()
                    return false
                }
                try session.append(Array(tokens[start..<min(start + step, tokens.count)]))
                position += step
                report(
                    .advanced(
                        document: document,
                        readCount: position,
                        tokenCount: reading.tokenCount
                    )
                )
            }
            try commit()
        }
        let complete = try shelf.complete()
        report(
            .complete(
                document: document,
                tokenCount: complete.tokenCount,
                keptBytes: complete.keptBytes
            )
        )
        return true
    }

    /// A state is written with each commit, which is as long as a window.
    private static let windowsPerCommit = 8
}

/// A document's tokens as they are written down.
private struct TokenListing {
    private(set) var reading: AttentionReading
    private let store: AttentionStore
    private var text: TextTokens
    private var waiting: [Int32] = []

    init(
        _ store: AttentionStore,
        _ reading: AttentionReading,
        _ tokenizer: ModelTokenizer
    ) {
        self.store = store
        self.reading = reading
        text = TextTokens(tokenizer)
    }

    mutating func append(_ piece: [UInt8]) throws(StoreError) {
        waiting += text.append(piece)
        // Transactions of a few hundred records.
        let size = 64 * AttentionStore.tokensPerRecord
        guard waiting.count >= size else { return }
        try write(waiting.count / size * size)
    }

    /// Writes the rest.
    mutating func finish() throws(StoreError) -> AttentionReading {
        waiting += text.finish()
        try write(waiting.count)
        return reading
    }

    private mutating func write(_ count: Int) throws(StoreError) {
        reading.tokenCount += count
        try store.add(waiting.prefix(count), to: reading)
        waiting.removeFirst(count)
    }
}
