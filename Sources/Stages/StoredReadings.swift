public import BlockStorage
import Diagnostics
public import Generation
import Models

/// What the model that writes has read into a store before: from there it goes on.
///
///     let readings = try await StoredReadings(choice, models, ofStoreAt: "library")
///     let writer = try readings?.writer(behind: document, isNamed: true) { show($0) } ?? writer
public struct StoredReadings: Sendable {
    private let store: AttentionStore
    private let storePath: String
    private let model: ReadingModel
    private let contextLength: Int?

    /// What a choice's model has read into the store at `path`.
    ///
    /// - Returns: Nil if no model of this process writes, or none has read anything there.
    /// - Throws: `StoreError` if what was read cannot be opened, `ModelsError` if the model cannot.
    public init?(
        _ choice: WriterChoice,
        _ models: ModelShelf,
        ofStoreAt path: String
    ) async throws {
        guard choice.server.isEmpty, !choice.model.isEmpty else { return nil }
        do throws(StoreError) {
            store = try AttentionStore(ofStoreAt: path, mode: .readOnly)
        } catch .noAttention {
            return nil
        }
        storePath = path
        contextLength = choice.contextLength == 0 ? nil : choice.contextLength
        model = try ReadingModel(
            try await models.languageModel(file: choice.model),
            file: choice.model
        )
    }

    /// A writer that begins where the model stood at the end of a document.
    ///
    /// - Parameters:
    ///   - document: The document.
    ///   - isNamed: Whether the user named it, so that a reading of another model is an error.
    ///   - notice: Takes what the writer begins with, or why it begins without the document.
    /// - Returns: Nil if the model has not read it, or not as it is stored.
    /// - Throws: `ReadingError.otherModel`; `StoreError` if the store fails.
    public func writer(
        behind document: DocumentRecord,
        isNamed: Bool,
        notice: (String) -> Void
    ) throws -> ModelWriter? {
        do {
            let text = try StoredText(
                document: document.id,
                in: store,
                ofStoreAt: storePath,
                model
            )
            guard text.digest == document.digest else {
                throw ReadingError.otherText(document: document.id, store: storePath)
            }
            let writer = try ModelWriter(
                model.model,
                contextLength: contextLength,
                behind: document.title ?? document.id,
                windowLength: text.windowLength
            ) { try text.beginning() }
            notice(
                "begins behind the \(text.tokenCount) tokens of \(document.id) that the model has read"
            )
            return writer
        } catch let error as ReadingError {
            switch error {
            case .notRead: return nil
            case .otherModel where isNamed: throw error
            default:
                notice("\(error.description); begins without it")
                return nil
            }
        }
    }
}
