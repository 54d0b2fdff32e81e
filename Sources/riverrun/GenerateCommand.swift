import ArgumentParser
import Diagnostics
import Foundation
import Generation
import Models
import Tensors

/// `riverrun generate`: a language model goes on with a text.
struct GenerateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "generate",
        abstract: "Let a language model go on with a text, written as it comes.",
        discussion: """
            riverrun generate --model FILE.gguf --prompt "Once upon a time"
            riverrun generate --model FILE.gguf < prompt.txt
            riverrun generate --model FILE.gguf --chat --prompt "Name three rivers."
            riverrun generate --server http://127.0.0.1:8080/v1 --prompt "Name three rivers."

            The model is a GGUF file of a Llama, Mistral, Qwen2 or Qwen3 model, or a .bin file of \
            llama2.c's with its tokenizer's beside it, such as tokenizer.bin. The same prompt, \
            settings and seed give the same text on any number of threads. With `window`, `infllm` or \
            `hip` a prompt may be longer than any context: the first forgets what has left its \
            window, the others find blocks or tokens of it again. `infllm` keeps blocks in a temporary \
            file and takes constant memory, `hip` keeps all keys and values in memory. With --store the text begins with a document that \
            `riverrun read` has read, and the prompt stands behind it. Ctrl-C stops after the \
            token at hand, with status 130.

            A server is any that speaks OpenAI's protocol, such as llama.cpp's, Ollama or vLLM. It \
            takes the prompt as what a user says, and answers. One that is not there or is too busy \
            is asked again, four times.
            """
    )

    @Option(
        help: "The model's file, GGUF or llama2.c's.",
        completion: .file(extensions: ["gguf", "bin"])
    )
    var model: String?

    @OptionGroup var server: ServerOptions

    @Option(help: "The text to go on with; standard input unless given.")
    var prompt: String?

    @Option(help: "How many tokens are written at most.")
    var tokens: Int = 256

    @Option(help: "How many tokens the prompt and the text have at most; 4096 or what it can.")
    var context: Int?

    @Option(
        help:
            "What the model attends to: all tokens, a window of the latest, or a window and found blocks or tokens."
    )
    var attention = AttentionForm.full

    @Option(help: "How many tokens a window has; half of the model's context unless given.")
    var window: Int?

    @Flag(help: "Take the prompt as what a user says, laid out as the model's file wants it.")
    var chat = false

    @OptionGroup var stored: StoredTextOptions
    @OptionGroup var sampling: SamplingOptions

    @OptionGroup var beams: BeamOptions

    @OptionGroup var leaning: ContextOptions

    @OptionGroup var layers: LayerOptions

    @Flag(name: .customLong("ignore-end"), help: "Go on after a token that ends the text.")
    var ignoresEnd = false

    @Option(help: "How many threads compute; one a core unless given.")
    var threads: Int?

    func validate() throws {
        if (model == nil) == (server.server == nil) {
            throw ValidationError("Pass either --model FILE or --server URL.")
        }
        if tokens < 1 { throw ValidationError("--tokens is at least 1.") }
        if let context, context < 1 { throw ValidationError("--context is at least 1.") }
        if attention == .full || attention == .landmark, window != nil {
            throw ValidationError("--window goes with --attention window, infllm or hip.")
        }
        if attention != .full, context != nil {
            throw ValidationError("--context goes with --attention full; others have no limit.")
        }
        if let window, window < DecoderAttention.shortestWindow {
            throw ValidationError("--window is at least \(DecoderAttention.shortestWindow).")
        }
        if attention != .full, beams.configuration != nil {
            throw ValidationError("--beams goes with --attention full.")
        }
        if beams.configuration != nil, let name = sampling.given.first {
            throw ValidationError("\(name) goes without --beams, which draw nothing.")
        }
        if chat, beams.configuration != nil || stored.store != nil {
            throw ValidationError("--chat goes without --beams and --store.")
        }
        if stored.store != nil, attention != .full || context != nil || beams.configuration != nil {
            throw ValidationError(
                "--store brings the attention and the window that the document was read with."
            )
        }
        if stored.store != nil, leaning.draft > 0 || layers.isGiven {
            throw ValidationError("--draft, --skip-layers and --loop-layers go without --store.")
        }
        if leaning.settings != ContextSettings(), beams.configuration != nil {
            throw ValidationError("--prior, --ngram-share and --draft go without --beams.")
        }
        if attention != .full, leaning.draft > 0 {
            throw ValidationError("--draft goes with --attention full.")
        }
        if let threads, threads < 1 { throw ValidationError("--threads is at least 1.") }
        if server.server != nil { try validateForServer() }
    }

    /// What is gone on with.
    func promptBytes() throws -> [UInt8] {
        // A document that was read can be gone on with as it is.
        try prompt.map { Array($0.utf8) } ?? (stored.store == nil ? PromptInput.read() : [])
    }

    func run() async throws {
        try await Exit.run {
            if let server = try server.chatServer() { return try await answer(from: server) }
            let pool = threads.map { ComputePool(threadCount: $0) } ?? ComputePool()
            let (path, limit, sampling) = (model ?? "", tokens, sampling.configuration)
            let (requestedContext, ignoresEnd, beams) = (context, ignoresEnd, beams)
            let (leaning, layers, stored) = (leaning.settings, layers, stored)
            let isTurn = chat
            let model = try await pool.run { () throws(ModelsError) in
                let model = try LlamaModel(file: path, pool: pool)
                let order = layers.order(layerCount: model.configuration.layerCount)
                return if let order { try model.withLayers(order) } else { model }
            }
            let attention = attention.attention(
                windowLength: window ?? DecoderAttention.usualWindow(of: model)
            )
            let text = try promptBytes()
            let stop = StopFlag()
            let interrupts = Interrupts { stop.set() }
            defer { interrupts.stop() }
            let contextLength =
                requestedContext ?? model.usualContextLength
            let end = try await pool.run {
                let output = StandardOutput()
                if let search = beams.configuration {
                    let texts = try BeamContinuation(
                        model,
                        search,
                        contextLength: contextLength,
                        goesOnAfterEnd: ignoresEnd
                    ).texts(
                        after: text,
                        tokenLimit: limit,
                        count: beams.count ?? 1,
                        isStopped: { stop.isSet }
                    )
                    try beams.show(texts, output)
                    return stop.isSet ? .stopped : texts.first?.end ?? .tokenLimit
                }
                let continuation = TextContinuation(
                    model,
                    sampling,
                    contextLength: contextLength,
                    attention: attention,
                    context: leaning,
                    goesOnAfterEnd: ignoresEnd
                )
                let write = { (piece: [UInt8]) in
                    try output.write(piece)
                    try output.flush()
                }
                let end =
                    if let beginning = try stored.beginning(model, file: path, followedBy: text) {
                        try continuation.write(
                            after: beginning,
                            tokenLimit: limit,
                            isStopped: { stop.isSet },
                            write
                        )
                    } else {
                        try continuation.write(
                            after: text,
                            isTurn: isTurn,
                            tokenLimit: limit,
                            isStopped: { stop.isSet },
                            write
                        )
                    }
                try output.write("\n")
                try output.flush()
                return end
            }
            switch end {
            case .endOfText, .tokenLimit: return .success
            case .contextFull(let tokenCount):
                Terminal.report("the context of \(tokenCount) tokens is full; stopped")
                return .success
            case .stopped:
                Terminal.report("stopped")
                return .interrupted
            }
        }
    }
}

/// What a model attends to, by the name on the command line.
enum AttentionForm: String, ExpressibleByArgument, CaseIterable {
    case full, window, infllm, hip, landmark

    /// With a window of a length, where there is one.
    func attention(windowLength: Int) -> DecoderAttention {
        switch self {
        case .full: .full
        case .window: .window(length: windowLength)
        case .infllm: .infLLM(windowLength: windowLength)
        case .hip: .hip(windowLength: windowLength)
        case .landmark: .landmark()
        }
    }
}

/// Options of how tokens are drawn.
struct SamplingOptions: ParsableArguments {
    @Option(help: "How freely tokens are drawn; 0 takes the most likely one, 0.8 unless given.")
    var temperature: Float?

    @Option(
        name: .customLong("top-k"),
        help: "Draw from this many most likely tokens; 0 for all, 40 unless given."
    )
    var topK: Int?

    @Option(
        name: .customLong("top-p"),
        help: """
            Draw from the most likely tokens of this probability together; 1 for all, 0.95 unless \
            given.
            """
    )
    var topP: Float?

    @Option(
        name: .customLong("min-p"),
        help: """
            Draw from tokens of at least this share of the greatest probability; 0 for all, 0.05 \
            unless given.
            """
    )
    var minP: Float?

    @Option(
        name: .customLong("repetition-penalty"),
        help: "Make the last 64 tokens less likely; 1, for not at all, unless given."
    )
    var repetitionPenalty: Float?

    @Option(help: "What fixes every draw; 0 unless given.")
    var seed: UInt64?

    func validate() throws {
        if let temperature, !(temperature >= 0 && temperature.isFinite) {
            throw ValidationError("--temperature is at least 0.")
        }
        if let topK, topK < 0 { throw ValidationError("--top-k is at least 0.") }
        if let topP, !(0...1 ~= topP) { throw ValidationError("--top-p is from 0 to 1.") }
        if let minP, !(0...1 ~= minP) { throw ValidationError("--min-p is from 0 to 1.") }
        if let repetitionPenalty, !(repetitionPenalty > 0 && repetitionPenalty.isFinite) {
            throw ValidationError("--repetition-penalty is more than 0.")
        }
    }

    /// The options that were given.
    var given: [String] {
        let all = [
            ("--temperature", temperature != nil), ("--top-k", topK != nil),
            ("--top-p", topP != nil), ("--min-p", minP != nil),
            ("--repetition-penalty", repetitionPenalty != nil), ("--seed", seed != nil),
        ]
        return all.filter(\.1).map(\.0)
    }

    /// The options as the sampler takes them.
    var configuration: SamplingConfiguration {
        SamplingConfiguration(
            temperature: temperature ?? 0.8,
            topK: topK ?? 40,
            topP: topP ?? 0.95,
            minP: minP ?? 0.05,
            repetitionPenalty: repetitionPenalty ?? 1,
            seed: seed ?? 0
        )
    }
}

/// A prompt on standard input.
private enum PromptInput {
    /// More than any context holds.
    private static let mostBytes = 16 << 20

    static func read() throws -> [UInt8] {
        var bytes: [UInt8] = []
        while let piece = try FileHandle.standardInput.read(upToCount: 1 << 16), !piece.isEmpty {
            bytes += piece
            guard bytes.count <= mostBytes else {
                throw GenerationError.promptTooLong(limitBytes: mostBytes)
            }
        }
        return bytes
    }
}
