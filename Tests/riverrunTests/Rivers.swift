import Foundation
import Testing

/// A small library of documents about rivers, of several kinds, read into a store once.
struct Rivers: Sendable {
    /// The texts by their names in `folder`.
    static let documents = [
        "liffey.md": """
        # The Liffey

        The Liffey rises in the Wicklow Mountains. The Liffey is 132 km long and flows through Dublin.

        ## Bridges

        - The Ha'penny Bridge was built in 1816.
        - The O'Connell Bridge was built by James Gandon between 1791 and 1794.

        """,
        "danube.txt": """
        Die Donau entspringt im Schwarzwald. Sie fließt durch zehn Länder ins Schwarze Meer.
        The Danube passes through Vienna, Bratislava, Budapest and Belgrade.

        """,
        "nile.html": """
        <html><head><title>The Nile</title></head><body><h1>The Nile</h1>
        <p>The Nile flows north into the Mediterranean Sea. Its two tributaries are the White Nile \
        and the Blue Nile.</p></body></html>
        """,
        "letters.ndjson": """
        {"id": "amazon", "text": "The Amazon carries more water than any other river.", "year": 1542}
        {"id": "rhine", "text": "The Rhine falls near Schaffhausen are 23 metres high.", "year": 1800}

        """,
    ]

    /// The folder of the sources, which the documents' URIs name.
    let folder: URL
    /// The store that holds them.
    let store: String

    private let scratch: Scratch

    /// The library; whoever comes first reads it.
    static let library = Result { try Rivers() }

    private init() throws {
        scratch = try Scratch()
        let sources = scratch.folder.appending(path: "rivers", directoryHint: .isDirectory)
        try FileManager.default.createDirectory(at: sources, withIntermediateDirectories: true)
        for (name, text) in Self.documents {
            try Data(text.utf8).write(to: sources.appending(path: name))
        }
        folder = sources
        store = scratch.path("store")
        let result = try Binary.run(["ingest", sources.path(), "--store", store])
        try #require(result.status == 0, "\(result.errors)")
    }

    /// The decoded text of a document.
    func text(of document: String) throws -> [UInt8] {
        let segments = try Binary.run(
            ["run", "pipelines/segments.yaml", folder.path()]
        ).objects()
        let own = segments.filter { $0["document"] as? String == document }
        return own.flatMap { Array((($0["text"] as? String) ?? "").utf8) }
    }

    /// Whether an object's `start` and `end` cut its `text` out of its document.
    func cuts(_ object: [String: Any]) throws -> Bool {
        guard
            let document = object["document"] as? String,
            let start = object["start"] as? Int,
            let end = object["end"] as? Int,
            let quoted = object["text"] as? String
        else { return false }
        let text = try text(of: document)
        return end <= text.count && Array(text[start..<end]) == Array(quoted.utf8)
    }
}
