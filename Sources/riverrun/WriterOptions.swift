import ArgumentParser
import Stages

/// Options of the verbs that may let a language model write.
struct WriterOptions: ParsableArguments {
    @OptionGroup var server: ServerOptions

    @Option(
        help: "How many tokens a model's context has; 4096, or what the model can, unless given."
    )
    var context: Int?

    @Option(
        help: """
            How many tokens a model writes at most; 512, or a quarter of the context, unless given.
            """
    )
    var tokens: Int?

    /// The model that `--model` names.
    private(set) var modelFile: String?

    func validate() throws {
        if let context, context < 1 { throw ValidationError("--context is at least 1.") }
        if let tokens, tokens < 1 { throw ValidationError("--tokens is at least 1.") }
    }

    /// Takes a language model's file from the options of the run, where it has the encoder's place.
    ///
    /// - Returns: The options without it.
    mutating func takingModel(from options: RunOptions) throws -> RunOptions {
        var options = options
        modelFile = options.takeModelFile()
        if modelFile != nil, server.server != nil {
            throw ValidationError("Pass either --model FILE or --server URL.")
        }
        guard choice.isNone else { return options }
        if context != nil { throw ValidationError("--context goes with --model FILE or --server.") }
        if tokens != nil { throw ValidationError("--tokens goes with --model FILE or --server.") }
        return options
    }

    /// Who writes.
    var choice: WriterChoice {
        WriterChoice(
            server: server.server ?? "",
            model: server.server == nil ? modelFile ?? "" : server.serverModel ?? "",
            keyVariable: server.serverKey ?? "",
            timeoutSeconds: server.serverTimeout ?? 0,
            contextLength: context ?? 0,
            tokenLimit: tokens ?? 0
        )
    }
}
