public import Serialization

/// One document as the store knows it.
public struct DocumentRecord: Sendable, Equatable {
    /// The store's own number of the document, never used again for another.
    public let number: UInt32
    /// The id that the user knows it by, unique in the store.
    public let id: String
    /// Where the text came from.
    public let uri: String
    /// The title, where there is one.
    public let title: String?
    /// Whatever else is known of it, in the order given.
    public let metadata: [MetadataField]
    /// How far the reading of it has come.
    public internal(set) var state: DocumentState
    /// The length of the decoded text in bytes; what is stored so far while it is being read.
    public internal(set) var lengthBytes: Int
    /// The digest of the decoded text, once it is complete.
    public internal(set) var digest: ContentDigest?
    /// The tokens of all its blocks.
    public internal(set) var tokenCount: Int
    /// The ids of its blocks in the order of the text, as ascending ranges.
    ///
    /// One range, unless another document was read between two parts of this one.
    public internal(set) var blockRanges: [Range<UInt64>]

    /// How many blocks it has.
    public var blockCount: Int { blockRanges.reduce(0) { $0 + $1.count } }

    /// The first of its blocks, if it has any.
    public var firstBlock: UInt64? { blockRanges.first?.lowerBound }
}

/// How far the reading of a document has come.
public enum DocumentState: Sendable, Equatable {
    /// Some of it may be stored; queries do not see it.
    case reading
    /// All of it is stored.
    case complete
    /// It could not be read, for the reason given; none of it is stored.
    case failed(reason: String)
}

/// A named piece of metadata.
public struct MetadataField: Sendable, Equatable {
    /// The name.
    public let name: String
    /// The value.
    public let value: String

    /// A field from its name and value.
    public init(name: String, value: String) {
        self.name = name
        self.value = value
    }
}

/// What is known of a document when reading it begins.
public struct NewDocument: Sendable, Equatable {
    /// The id that the user knows it by; a document of the same id is replaced.
    public var id: String
    /// Where the text comes from.
    public var uri: String
    /// The title, where there is one.
    public var title: String?
    /// Whatever else is known of it.
    public var metadata: [MetadataField]

    /// A document about to be read.
    public init(
        id: String,
        uri: String,
        title: String? = nil,
        metadata: [MetadataField] = []
    ) {
        self.id = id
        self.uri = uri
        self.title = title
        self.metadata = metadata
    }
}
