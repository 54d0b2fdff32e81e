public import Text

/// What is known of a document before its text is read.
public struct DocumentDescription: Sendable, Equatable {
    /// The name that citations carry.
    public var id: String
    /// The path of its file, or `-` for standard input.
    public var uri: String
    /// What it is called, where that is known.
    public var title: String?
    /// What else is known of it, in the order in which it was given.
    public var metadata: [Metadatum] = []

    /// One fact about a document.
    public struct Metadatum: Sendable, Equatable {
        /// What the fact is.
        public let key: String
        /// Its value; of a value that is not a string, its JSON text.
        public let value: String
    }
}

/// What a reader of documents says next.
public enum IngestionEvent: Sendable, Equatable {
    /// A document begins.
    case began(DocumentDescription)
    /// The next piece of its text: UTF-8, cut between characters, at an offset in the text.
    case text([UInt8], offset: Int)
    /// The document ends: what its text is recognized by, and what was mended in it.
    case ended(TextDigest, notice: IngestionNotice?)
    /// The document that began, or would have begun, cannot be read on.
    case failed(DocumentDescription, IngestionError)
}

/// Something about a document that is no error and that its owner should hear of.
public enum IngestionNotice: Sendable, Equatable, CustomStringConvertible {
    /// A document of an NDJSON file has an empty text.
    case noText
    /// Bytes that are not UTF-8 were replaced.
    case replacedBytes(count: Int, firstOffset: Int)

    public var description: String {
        switch self {
        case .noText: "there is no text in it"
        case .replacedBytes(let count, let offset):
            "replaced \(count) invalid byte sequence\(count == 1 ? "" : "s"), "
                + "\(count == 1 ? "" : "the first ")at byte \(offset)"
        }
    }
}

/// How documents are read.
public struct IngestionConfiguration: Sendable, Equatable {
    /// What a file is taken for.
    public enum Format: String, Sendable, CaseIterable {
        /// By its name, HTML and NDJSON also by its beginning.
        case auto
        /// Text as it is, Markdown too.
        case text
        /// HTML, turned into Markdown.
        case html
        /// A document a line: JSON objects with `text`.
        case ndjson
        /// A question a line: JSON objects with `text`, or plain text.
        case questions
    }

    /// What a file is taken for.
    public var format: Format
    /// What to do with bytes that are not UTF-8.
    public var invalidUTF8: UTF8Decoder.InvalidBytes
    /// The key of a document's text in NDJSON.
    public var textField: String
    /// The id of the document on standard input.
    public var standardInputID: String
    /// How many bytes a piece of text has but for the last, less where a character would be cut; at
    /// least 4.
    public var pieceBytes: Int
    /// The longest line of NDJSON that is read, in bytes.
    public var maximumLineBytes: Int
    /// The most bytes that are asked for at once; nothing but speed depends on it.
    package var maximumRead = Int.max

    /// A configuration.
    public init(
        format: Format = .auto,
        invalidUTF8: UTF8Decoder.InvalidBytes = .replaced,
        textField: String = "text",
        standardInputID: String = "stdin",
        pieceBytes: Int = 1 << 16,
        maximumLineBytes: Int = 32 << 20
    ) {
        self.format = format
        self.invalidUTF8 = invalidUTF8
        self.textField = textField
        self.standardInputID = standardInputID
        self.pieceBytes = pieceBytes
        self.maximumLineBytes = maximumLineBytes
    }
}
