import ArgumentParser
import Diagnostics
import Foundation
import Models
import Pipelines
import Stages

/// Options of every verb that runs a pipeline.
struct RunOptions: ParsableArguments {
    @Option(help: "The folder that holds the encoders.", completion: .directory)
    var models: String?

    @Option(
        help: """
            The encoder, minilm or static; the one that the store was made with unless given. `ask` and \
            `summarize` take a language model's file, too.
            """
    )
    var model: String?

    private static let encoderNames: Set<String> = ["auto", "minilm", "static"]

    /// Takes the file of a language model away, if `--model` names one rather than an encoder.
    mutating func takeModelFile() -> String? {
        guard let file = model, !Self.encoderNames.contains(file) else { return nil }
        model = nil
        return file
    }

    @Option(help: "How many threads compute; one a core unless given.")
    var threads: Int?

    @Option(
        help: """
            What MiniLM computes in: f32, bf16 or int8; unless given, a store's own, int8 where \
            it looks again at what the static encoder found, and bf16 for a new store.
            """,
        transform: { name in
            guard let precision = EncoderPrecision(rawValue: name) else {
                throw ValidationError("it is f32, bf16 or int8.")
            }
            return precision
        }
    )
    var precision: EncoderPrecision?

    @Flag(name: .shortAndLong, help: "Show no progress.")
    var quiet = false

    @Flag(help: "Print what each stage did and where its time went.")
    var stats = false

    @Option(
        name: .customLong("set"),
        help: ArgumentHelp("Set a stage's key.", valueName: "stage.key=value")
    )
    var settings: [String] = []

    @Option(
        name: .customLong("checkpoint-bytes"),
        help: ArgumentHelp(
            "Commit after this much text; less is lost when the run is killed, more runs faster.",
            valueName: "size"
        )
    )
    var checkpointBytes: String?

    func validate() throws {
        if let threads, threads < 1 { throw ValidationError("--threads is at least 1.") }
        if let checkpointBytes, ByteSize.count(of: checkpointBytes).map({ $0 < 1 }) ?? true {
            throw ValidationError("--checkpoint-bytes takes a size such as 64KiB.")
        }
    }

    /// The models to use.
    func shelf() -> ModelShelf {
        ModelShelf(folder: models, threadCount: threads, precision: precision)
    }

    /// A pipeline that is part of the program, with the settings that were given.
    func pipeline(_ standard: StandardPipeline) throws -> Pipeline {
        try applied(to: try standard.pipeline())
    }

    /// A pipeline with the settings that were given.
    func applied(to pipeline: Pipeline) throws -> Pipeline {
        var pipeline = try pipeline.applying(modelSettings + settings)
        if let count = checkpointBytes.flatMap(ByteSize.count) { pipeline.checkpointBytes = count }
        return pipeline
    }

    /// The encoder's choice as a setting of `embed`.
    var modelSettings: [String] { model.map { ["embed.model=\($0)"] } ?? [] }
}

/// Options of the verbs that read documents.
struct ReadOptions: ParsableArguments {
    @Option(help: "What inputs are taken for: auto, text, html, ndjson.")
    var format: String?

    @Option(help: "The id of the document on standard input.")
    var id: String?

    @Option(name: .customLong("invalid-utf8"), help: "Bytes that are not UTF-8: replace or refuse.")
    var invalidUTF8: String?

    @Option(name: .customLong("text-field"), help: "The key of a document's text in NDJSON.")
    var textField: String?

    /// The options as settings of `ingest`.
    var settings: [String] {
        let pairs = [
            ("format", format), ("id", id), ("invalid_utf8", invalidUTF8),
            ("text_field", textField),
        ]
        return pairs.compactMap { key, value in value.map { "ingest.\(key)=\($0)" } }
    }
}

/// Ends the program with a status of our own.
enum Exit {
    /// Prints an error and what to do about it, and gives the status that stands for it.
    static func status(of error: any Error) -> ExitCode {
        if let error = error as? any DiagnosticError {
            Terminal.report(error.description)
            return error.exitCode
        }
        Terminal.report("\(error)")
        return .software
    }

    /// Runs a verb's body; errors become one message and an exit status.
    static func run(_ body: () async throws -> ExitCode) async throws {
        // A closed pipe or a limit on the size of files is an error to be told, not a sudden death.
        for number in [SIGPIPE, SIGXFSZ] { signal(number, SIG_IGN) }
        let status: ExitCode
        do {
            status = try await body()
        } catch let error as ArgumentParser.ExitCode {
            throw error
        } catch is CancellationError {
            status = .interrupted
        } catch {
            status = Exit.status(of: error)
        }
        if status != .success { throw ArgumentParser.ExitCode(status.rawValue) }
    }
}

typealias ExitCode = Diagnostics.ExitCode
