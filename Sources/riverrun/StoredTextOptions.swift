import ArgumentParser
import Generation
import Models
import Stages

/// Options of going on from a document that `riverrun read` has read.
struct StoredTextOptions: ParsableArguments {
    @Option(
        name: .shortAndLong,
        help: "Go on from a document of this store that the model has read."
    )
    var store: String?

    @Option(help: "The document's id; needed where the model has read several.")
    var document: String?

    func validate() throws {
        if document != nil, store == nil { throw ValidationError("--document goes with --store.") }
    }
}

extension StoredTextOptions {
    /// The document and the text behind it, if a store was named.
    func beginning(
        _ model: LlamaModel,
        file path: String,
        followedBy text: [UInt8]
    ) throws -> TextBeginning? {
        guard let store else { return nil }
        return try StoredText(
            document: document,
            ofStoreAt: store,
            ReadingModel(model, file: path)
        ).beginning(followedBy: text)
    }
}
