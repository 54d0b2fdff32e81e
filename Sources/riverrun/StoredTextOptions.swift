import ArgumentParser
import Models

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
