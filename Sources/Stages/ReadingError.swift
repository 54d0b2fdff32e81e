public import Diagnostics

/// What can be wrong with what a language model has read, or is to read.
public enum ReadingError: DiagnosticError, Equatable {
    /// The document was read with another model.
    case otherModel(document: String, store: String, stored: String, given: String)
    /// The document was read with another setting.
    case otherSetting(document: String, name: String, stored: String, given: String)
    /// The model has not read the document.
    case notRead(document: String, store: String, model: String)
    /// The model has not read the document to its end.
    case unfinished(document: String, readCount: Int, tokenCount: Int)
    /// The model has read several documents, and none was named.
    case ambiguous(store: String, documents: [String])
    /// The document's text is another one than the model has read.
    case otherText(document: String, store: String)
    /// The document is empty for the model.
    case noTokens(document: String)

    public var problem: String {
        switch self {
        case .otherModel(let document, let store, let stored, let given):
            "document \(document) of store \(store) was read with the model \(stored), and \(given) is in use"
        case .otherSetting(let document, let name, let stored, let given):
            "document \(document) was read with \(name) \(stored), and \(given) is asked for"
        case .notRead(let document, let store, let model):
            "the model \(model) has not read a document \(document) into store \(store)"
        case .unfinished(let document, let readCount, let tokenCount):
            "of document \(document) \(readCount) of \(tokenCount) tokens have been read"
        case .ambiguous(let store, let documents):
            "store \(store) has several documents that the model has read: "
                + documents.joined(separator: ", ")
        case .otherText(let document, let store):
            "document \(document) of store \(store) has changed since the model read it"
        case .noTokens(let document): "document \(document) has no tokens"
        }
    }

    public var mend: String? {
        switch self {
        case .otherModel: "use that model, or `riverrun read` the document with this one too"
        case .otherSetting: "leave the option out, or read the document again with --again"
        case .notRead: "`riverrun inspect STORE attention` lists what has been read"
        case .unfinished: "run the same `riverrun read` again; it goes on where it stopped"
        case .ambiguous: "name one with --document"
        case .otherText: "`riverrun read` it again"
        case .noTokens: nil
        }
    }

    public var exitCode: ExitCode {
        switch self {
        case .otherModel, .otherSetting, .otherText: .configuration
        case .notRead: .noInput
        case .unfinished: .temporaryFailure
        case .ambiguous: .usage
        case .noTokens: .dataError
        }
    }
}
