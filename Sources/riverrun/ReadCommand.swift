import ArgumentParser
import Diagnostics
import Foundation
import Ingestion
import Models
import Pipelines
import Stages
import Tensors
import Text

/// `riverrun read`: a language model reads documents once, for all that is asked of them later.
struct ReadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "read",
        abstract: "Let a language model read documents into a store, to go on from there later.",
        discussion: """
            riverrun read BOOK --model FILE.gguf --store S
            riverrun generate --model FILE.gguf --store S --document BOOK --prompt "So"

            What the model attends to later is kept in the store's folder `attention`: for each layer \
            the keys and values of past tokens, in blocks. Its cost is told before anything is read. \
            Blocks beyond --attention-budget keep text and landmarks only, and are computed again \
            when they are looked for. A document that was read is passed over; a run that was \
            stopped or killed goes on where it last committed.

            EXIT STATUS
              0  everything was read
              2  some documents failed, the rest was read
              130  stopped by Ctrl-C or SIGTERM; what was read is committed, and the same command \
            goes on
              others as in sysexits.h
            """
    )

    @Argument(help: "Files, folders, patterns, or - for standard input.")
    var inputs: [String] = ["-"]

    @Option(
        help: "The model's file, GGUF or llama2.c's.",
        completion: .file(extensions: ["gguf", "bin"])
    )
    var model: String

    @Option(name: .shortAndLong, help: "The store's folder; made where there is none.")
    var store: String

    @Option(help: "How many tokens a window has; half of the model's context unless given.")
    var window: Int?

    @Option(
        name: .customLong("attention-budget"),
        help: ArgumentHelp(
            "The most that a document's keys and values may take on disk.",
            valueName: "size"
        )
    )
    var budget: String?

    @Flag(help: "Forget what was read of these documents before.")
    var again = false

    @OptionGroup var reading: ReadOptions

    @Option(help: "How many threads compute; one a core unless given.")
    var threads: Int?

    @Flag(name: .shortAndLong, help: "Tell nothing but what goes wrong.")
    var quiet = false

    func validate() throws {
        if let window, window < DecoderAttention.shortestWindow {
            throw ValidationError("--window is at least \(DecoderAttention.shortestWindow).")
        }
        if let budget, ByteSize.count(of: budget) == nil {
            throw ValidationError("--attention-budget takes a size such as 2GiB.")
        }
        if let threads, threads < 1 { throw ValidationError("--threads is at least 1.") }
        _ = try reading.configuration()
    }

    func run() async throws {
        try await Exit.run {
            let configuration = try reading.configuration()
            let pool = threads.map { ComputePool(threadCount: $0) } ?? ComputePool()
            let (path, store, inputs, isQuiet) = (model, store, inputs, quiet)
            let settings = ModelReader.Settings(
                windowLength: window,
                budgetBytes: budget.flatMap(ByteSize.count),
                readsAgain: again
            )
            let stop = StopFlag()
            let interruption = ReadInterruption()
            let interrupts = Interrupts {
                stop.set()
                interruption.interrupt()
            }
            defer { interrupts.stop() }
            let outcome = try await pool.run {
                let model = try ReadingModel(file: path, pool: pool)
                let reader = try ModelReader(model, storePath: store, settings)
                let source = DocumentReader(
                    inputs: inputs,
                    configuration: configuration,
                    interruption: interruption
                )
                var report = ReadingReport(isQuiet: isQuiet)
                return try reader.read(source, isStopped: { stop.isSet }) { report.tell($0) }
            }
            if outcome.isStopped {
                Terminal.report("stopped; the same command goes on")
                return .interrupted
            }
            return outcome.failedCount > 0 ? .partial : .success
        }
    }
}

extension ReadOptions {
    /// The options as a reader of documents takes them.
    func configuration() throws -> IngestionConfiguration {
        var configuration = IngestionConfiguration()
        if let format {
            guard let known = IngestionConfiguration.Format(rawValue: format) else {
                throw ValidationError("--format is auto, text, html or ndjson.")
            }
            configuration.format = known
        }
        switch invalidUTF8 {
        case nil, "replace": break
        case "refuse": configuration.invalidUTF8 = .refused
        default: throw ValidationError("--invalid-utf8 is replace or refuse.")
        }
        if let textField { configuration.textField = textField }
        if let id { configuration.standardInputID = id }
        return configuration
    }
}

/// Tells on standard error how reading goes on.
private struct ReadingReport {
    let isQuiet: Bool
    private var start = ContinuousClock.now
    private var firstCount = 0
    private var lastShown = ContinuousClock.now

    init(isQuiet: Bool) { self.isQuiet = isQuiet }

    mutating func tell(_ event: ModelReader.Event) {
        switch event {
        case .begins(let cost, let readCount):
            (start, firstCount) = (.now, readCount)
            guard !isQuiet else { return }
            Terminal.report(Self.text(of: cost))
            if readCount > 0 { Terminal.report("\(cost.document): goes on at token \(readCount)") }
        case .advanced(let document, let readCount, let tokenCount):
            show(document, readCount, tokenCount)
        case .complete(let document, let tokenCount, let keptBytes):
            guard !isQuiet else { return }
            Terminal.report(
                "\(document): read \(Quantities.count(tokenCount, "token")), "
                    + "keys and values take \(Quantities.bytes(keptBytes))"
            )
        case .unchanged(let document, let tokenCount):
            guard !isQuiet else { return }
            Terminal.report(
                "\(document): all \(Quantities.count(tokenCount, "token")) have been read already"
            )
        case .failed(let document, let error):
            Terminal.report("\(document): \(error.description)")
        case .notice(let document, let notice):
            Terminal.report("\(document): \(notice)")
        }
    }

    private static func text(of cost: ReadingCost) -> String {
        var text =
            "\(cost.document): \(Quantities.count(cost.tokenCount, "token")); keys and values "
            + "\(cost.keyValueBytesPerToken) bytes a token, \(Quantities.bytes(cost.keyValueBytes)); "
            + "landmarks \(cost.landmarkBytesPerToken), "
            + "\(Quantities.bytes(cost.landmarkBytesPerToken * cost.tokenCount)); "
            + "window \(Quantities.bytes(cost.fixedBytes))"
        if let budget = cost.budgetBytes {
            text +=
                "; the budget of \(Quantities.bytes(budget)) keeps "
                + (cost.keptTokenCount == cost.tokenCount
                    ? "all of them" : "those of the first \(cost.keptTokenCount)")
        }
        return text
    }

    private mutating func show(_ document: String, _ readCount: Int, _ tokenCount: Int) {
        let interval: Duration = Terminal.isInteractive ? .milliseconds(200) : .seconds(10)
        guard !isQuiet, lastShown.duration(to: .now) > interval else { return }
        lastShown = .now
        let (whole, atto) = start.duration(to: .now).components
        let rate = Double(readCount - firstCount) / (Double(whole) + Double(atto) / 1e18)
        let line =
            "\(document): \(readCount) of \(tokenCount) tokens, \(Int(rate)) a second, "
            + "\(Quantities.seconds(Double(tokenCount - readCount) / max(rate, 1e-3))) left"
        if Terminal.isInteractive { Terminal.draw(line) } else { Terminal.report(line) }
    }
}
