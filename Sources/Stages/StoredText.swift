import BlockStorage
public import Generation
import Models
import Serialization

/// A document that a language model has read into a store, as the beginning of more.
public struct StoredText: Sendable {
    /// How many of its tokens the model has read.
    let tokenCount: Int
    /// The window that it was read with.
    let windowLength: Int
    /// The digest of its text.
    let digest: ContentDigest

    private let store: AttentionStore
    private let reading: AttentionReading
    private let model: ReadingModel

    /// Spans of blocks that are kept of those that had to be computed again.
    private static let recodedSpanCount = 32
    /// Tokens that whoever goes on is told of those that went through the model.
    private static let pastCount = 64

    /// A document of a store.
    ///
    /// - Parameters:
    ///   - document: Its id; nil if the model has read one only.
    ///   - path: The store's folder.
    ///   - model: The model that read it.
    /// - Throws: `StoreError.noAttention` and others if the store has nothing that can be used;
    ///   `ReadingError` if the model has not read the document.
    public init(
        document: String?,
        ofStoreAt path: String,
        _ model: ReadingModel
    ) throws {
        let store = try AttentionStore(ofStoreAt: path, mode: .readOnly)
        try self.init(document: document, in: store, ofStoreAt: path, model)
    }

    /// A document of a store whose readings have been opened.
    init(
        document: String?,
        in store: AttentionStore,
        ofStoreAt path: String,
        _ model: ReadingModel
    ) throws {
        let reading = try Self.reading(of: document, in: store, path: path, model)
        guard reading.state == .complete else {
            throw ReadingError.unfinished(
                document: reading.document,
                readCount: reading.readCount,
                tokenCount: reading.tokenCount
            )
        }
        self.store = store
        self.reading = reading
        self.model = model
        tokenCount = reading.tokenCount
        windowLength = reading.layout.windowLength
        digest = reading.digest
    }

    /// The state at the document's end, and text behind it; each beginning goes on apart from others.
    ///
    /// - Parameter text: What stands behind the document.
    /// - Returns: Where the model stands, and what it has not read yet.
    /// - Throws: `StoreError` or `ModelsError` if what is kept cannot be used.
    public func beginning(followedBy text: [UInt8] = []) throws -> TextBeginning {
        let (store, reading) = (store, reading)
        let configuration = InfLLMConfiguration(windowLength: windowLength)
        let shape = InfLLMAttention.shape(of: model.model, configuration)
        var recoder: BlockRecoder?
        if reading.keptCount < reading.blockCount {
            recoder = BlockRecoder(
                model.model,
                configuration,
                capacity: Self.recodedSpanCount
            ) { range throws(ModelsError) in
                do throws(StoreError) {
                    return try store.tokens(range, of: reading)
                } catch {
                    throw ModelsError(error)
                }
            }
        }
        let memory = try model.memory(
            of: reading,
            shelf: StoredShelf(store, reading, shape).fork(),
            recoder: recoder,
            from: store
        )
        let firstPast = max(0, reading.readCount - Self.pastCount)
        var beginning = TextBeginning(
            session: LlamaSession(model.model, memory, position: reading.readCount),
            past: try store.tokens(firstPast..<reading.readCount, of: reading),
            unread: try store.tokens(reading.readCount..<reading.tokenCount, of: reading)
        )
        beginning.append(text, model.model.tokenizer)
        return beginning
    }

    private static func reading(
        of document: String?,
        in store: AttentionStore,
        path: String,
        _ model: ReadingModel
    ) throws -> AttentionReading {
        let all = try store.readings().filter { $0.state != .listing }
        let candidates = all.filter { document == nil || $0.document == document }
        let own = candidates.filter { $0.modelFingerprint == model.fingerprint }
        if let only = own.last, Set(own.map(\.document)).count == 1 { return only }
        guard own.isEmpty else {
            throw ReadingError.ambiguous(store: path, documents: own.map(\.document))
        }
        if let other = candidates.last {
            throw ReadingError.otherModel(
                document: other.document,
                store: path,
                stored: label(other.modelName, other.modelFingerprint),
                given: label(model.model.name, model.fingerprint)
            )
        }
        guard let document else { throw StoreError.noAttention(path: path) }
        throw ReadingError.notRead(document: document, store: path, model: model.model.name)
    }

    /// A model's name and the beginning of its fingerprint, since names are not unique.
    static func label(_ name: String, _ fingerprint: String) -> String {
        "\(name) (\(fingerprint.prefix(8)))"
    }
}
