import ArgumentParser
import Diagnostics
import Stages

/// `riverrun models`: the encoders that are there, and making the static one.
struct ModelsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "models",
        abstract: "List the encoders, or make the static one.",
        subcommands: [ListModelsCommand.self, DistillCommand.self],
        defaultSubcommand: ListModelsCommand.self
    )
}

/// `riverrun models list`: name, place, size, width and fingerprint of each encoder.
struct ListModelsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the encoders that are there."
    )

    @Option(help: "The folder that holds the encoders.", completion: .directory)
    var models: String?

    @Flag(help: "Print one JSON object a line.")
    var json = false

    func run() async throws {
        try await Exit.run {
            let inventory = try ModelInventory(ModelShelf(folder: models))
            var listing = Listing(["name", "width", "size", "fingerprint", "path"])
            for entry in inventory.entries {
                listing.append([
                    .text(entry.name), .count(entry.width), .bytes(entry.sizeBytes),
                    .text(entry.fingerprint), .text(entry.path),
                ])
            }
            let output = StandardOutput()
            try output.write(listing.rendered(json: json))
            try output.flush()
            return inventory.entries.isEmpty ? .nothingFound : .success
        }
    }
}

/// `riverrun models distill`: makes the static encoder from MiniLM.
struct DistillCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "distill",
        abstract:
            "Make the static encoder from MiniLM, in about half a minute and without any text.",
        discussion: """
            The static encoder adds up a vector for each word piece: some hundred times as fast as \
            MiniLM, less exact. `riverrun ingest --model static` uses it; a store knows by which \
            encoder it was made.
            """
    )

    @Option(
        name: .shortAndLong,
        help: "The file; static.safetensors in the models' folder unless given."
    )
    var output: String?

    @Option(help: "The folder that holds all-MiniLM-L6-v2.", completion: .directory)
    var models: String?

    @Option(help: "How many threads compute; one a core unless given.")
    var threads: Int?

    @Flag(name: .shortAndLong, help: "Show no progress.")
    var quiet = false

    func validate() throws {
        if let threads, threads < 1 { throw ValidationError("--threads is at least 1.") }
    }

    func run() async throws {
        try await Exit.run {
            let shelf = ModelShelf(folder: models, threadCount: threads)
            let isShown = Terminal.isInteractive && !quiet
            let file = try shelf.distill(to: output) { share in
                if isShown { Terminal.write("\rdistilling, \(Int(100 * share)) %") }
            }
            if isShown { Terminal.write("\r") }
            if !quiet { Terminal.report("made \(file)") }
            return .success
        }
    }
}
