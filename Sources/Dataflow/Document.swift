/// One input of a run: what its batches and markers are about.
public struct Document: Sendable, Equatable {
    /// Its place in the order in which the source began documents, from 0.
    public var ordinal: Int
    /// The name that citations carry.
    public var id: String
    /// Where it came from.
    public var uri: String
    /// What it is called, where that is known.
    public var title: String?
    /// What else is known of it, in the order in which it was given.
    public var metadata: [Metadatum]

    /// One fact about a document.
    public struct Metadatum: Sendable, Equatable {
        /// What the fact is.
        public var key: String
        /// Its value.
        public var value: String

        /// A fact.
        public init(key: String, value: String) {
            self.key = key
            self.value = value
        }
    }

    /// A document.
    public init(
        ordinal: Int,
        id: String,
        uri: String,
        title: String? = nil,
        metadata: [Metadatum] = []
    ) {
        self.ordinal = ordinal
        self.id = id
        self.uri = uri
        self.title = title
        self.metadata = metadata
    }
}
