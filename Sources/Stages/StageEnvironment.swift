public import BlockStorage
internal import Dataflow
internal import Serialization

/// What a run gives its stages beside their keys: inputs, the store, the model, an ear for notices.
///
/// One environment serves one run; the store and the encoder it opens may serve several.
public struct StageEnvironment: Sendable {
    /// Files, folders, patterns or `-`.
    public var inputs: [String]
    /// The pipeline's name, by which checkpoints are kept.
    public var pipelineName: String
    /// The effective settings of all stages, a line each, which a checkpoint must have been made with.
    var pipelineSettings = ""
    /// After how many bytes a checkpoint follows.
    var checkpointBytes = RunConfiguration.standardCheckpointBytes
    /// What is under way to the store; nil where the pipeline has none.
    var ledger: DocumentLedger?
    /// Whether of the stages behind `encode` the store alone takes vectors.
    var onlyStoreTakesVectors = false
    /// The encoder, loaded once.
    public var models: ModelShelf
    /// The store, opened once.
    public var stores: StoreShelf
    /// The run's progress.
    public var progress: RunProgress
    /// Takes what should be told to the user and stops nothing.
    public var notice: @Sendable (String) -> Void
    /// Hears what a language model writes, as it comes; what it throws ends the run.
    public var listener: @Sendable (WritingEvent) throws -> Void = { _ in }
    /// Whether a language model is to write no more.
    public var isStopped: @Sendable () -> Bool = { false }
    /// Documents to which answers are confined; empty for all.
    public var documents: [String]
    /// Metadata that documents must have for answers to come from them.
    public var metadata: [MetadataField]

    /// An environment.
    public init(
        inputs: [String] = [],
        pipelineName: String = "",
        models: ModelShelf,
        stores: StoreShelf,
        progress: RunProgress = RunProgress(),
        documents: [String] = [],
        metadata: [MetadataField] = [],
        notice: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.inputs = inputs
        self.pipelineName = pipelineName
        self.models = models
        self.stores = stores
        self.progress = progress
        self.documents = documents
        self.metadata = metadata
        self.notice = notice
    }

    /// The inputs' name, by which checkpoints are kept: the same inputs have the same.
    public var sourceName: String {
        let all = inputs.joined(separator: "\n")
        return all.utf8.count <= 256 ? all : ContentDigest(of: Array(all.utf8)).description
    }

    /// The digest of a document that the store holds whole, or will when it has come to where the
    /// source is; nil without a store.
    func storedDigest(of document: String) throws -> ContentDigest? {
        switch ledger?.entry(document) {
        case .complete(let digest): return digest
        case .incomplete: return nil
        case nil: break
        }
        guard let store = stores.opened else { return nil }
        let record = try store.read { try $0.document(id: document) }
        return record?.state == .complete ? record?.digest : nil
    }
}
