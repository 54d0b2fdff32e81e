public import Serialization
public import Tensors

/// What stands between rows in the stream: where documents begin and end, and checkpoints.
public enum Marker: Sendable, Equatable {
    /// Rows of this document follow.
    case documentBegan(Document)
    /// All rows of this document have passed.
    case documentEnded(DocumentEnd)
    /// This document cannot be read further; what passed of it is to be forgotten.
    case documentFailed(Document, DocumentProblem)
    /// Everything before this point can be committed.
    case checkpoint(Checkpoint)

    /// The document that it is about; nil for a checkpoint.
    var document: Document? {
        switch self {
        case .documentBegan(let document), .documentFailed(let document, _): document
        case .documentEnded(let end): end.document
        case .checkpoint: nil
        }
    }
}

/// The end of a document, with what stages say about the whole of it.
public struct DocumentEnd: Sendable, Equatable {
    /// The document.
    public var document: Document
    /// The length of its decoded text, in bytes.
    public var lengthBytes: Int
    /// The digest of its decoded text.
    public var digest: ContentDigest
    /// Tensors that stages attach, such as a memory at the document's end.
    public var attachments: [Attachment] = []

    /// A named tensor.
    public struct Attachment: Sendable, Equatable {
        /// What it is.
        public var name: String
        /// Its value, [rows, width].
        public var tensor: Tensor<Float>

        /// A named tensor.
        public init(name: String, tensor: Tensor<Float>) {
            self.name = name
            self.tensor = tensor
        }
    }

    /// The end of a document.
    public init(document: Document, lengthBytes: Int, digest: ContentDigest) {
        self.document = document
        self.lengthBytes = lengthBytes
        self.digest = digest
    }
}

/// A consistent cut through the stream: where the source stood, and each stage's state there.
///
/// - Source: Carbone et al. 2015, arXiv:1506.08603, asynchronous barrier snapshots; in a chain the
///   barrier simply flows through.
public struct Checkpoint: Sendable, Equatable {
    /// Its place in the order of checkpoints of this run, from 0.
    public var ordinal: Int
    /// Where the source stood, in the source's own words.
    public var position: [UInt8]
    /// The states of the stages passed so far, in the order of the chain.
    public var states: [StageState] = []
    /// Whether the source has nothing more.
    public var isFinal: Bool

    /// The state of one stage.
    public struct StageState: Sendable, Equatable {
        /// The stage's name.
        public var stage: String
        /// Its snapshot.
        public var bytes: [UInt8]

        /// The state of one stage.
        public init(stage: String, bytes: [UInt8]) {
            self.stage = stage
            self.bytes = bytes
        }
    }

    /// A checkpoint at a position of the source.
    public init(
        ordinal: Int,
        position: [UInt8],
        states: [StageState] = [],
        isFinal: Bool = false
    ) {
        self.ordinal = ordinal
        self.position = position
        self.states = states
        self.isFinal = isFinal
    }

    /// The state of the stage with a name.
    public func state(of stage: String) -> [UInt8]? {
        states.first { $0.stage == stage }?.bytes
    }
}
