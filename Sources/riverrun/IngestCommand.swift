import ArgumentParser
import Dataflow
import Diagnostics
import Pipelines
import Stages

/// `riverrun ingest`: reads documents into a store.
struct IngestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ingest",
        abstract: "Read documents into a store.",
        discussion: """
            Inputs are files, folders, glob patterns or - for standard input: text, Markdown, HTML \
            or NDJSON (a document a line), also in gzip or zstd. A document that the store holds \
            already is passed over. A run that was killed goes on where it last committed.

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

    @Option(name: .shortAndLong, help: "The store's folder; made where there is none.")
    var store: String

    @Flag(help: "Read from the beginning, although an earlier run can be gone on from.")
    var restart = false

    @OptionGroup var reading: ReadOptions
    @OptionGroup var options: RunOptions

    func run() async throws {
        try await Exit.run {
            let models = options.shelf()
            let pipeline = try options.pipeline(.ingest).applying(reading.settings)
            let environment = StageEnvironment(
                inputs: inputs,
                models: models,
                stores: StoreShelf(path: store, models: models),
                notice: { Terminal.report($0) }
            )
            let runner = PipelineRunner(
                pipeline: pipeline,
                environment: environment,
                options: options,
                restarts: restart
            )
            let outcome = try await runner.run()
            if !options.quiet { summarize(environment.progress.figures, failed: outcome) }
            return outcome.status
        }
    }

    private func summarize(_ figures: RunProgress.Figures, failed: PipelineRunner.Outcome) {
        var parts = [
            Quantities.count(figures.documents, "document"),
            "\(Quantities.bytes(figures.textBytes)) of text",
            Quantities.count(figures.blocks, "block"),
        ]
        if figures.unchanged > 0 { parts.append("\(figures.unchanged) unchanged") }
        if !failed.report.failures.isEmpty {
            parts.append("\(failed.report.failures.count) failed")
        }
        Terminal.report("read " + parts.joined(separator: ", ") + " into \(store)")
    }
}
