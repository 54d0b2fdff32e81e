import ArgumentParser
import Dataflow
import Diagnostics
import Pipelines
import Stages

/// `riverrun run`: runs a pipeline file.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run a pipeline file.",
        discussion: """
            The rows that leave the last stage are printed as NDJSON, unless that stage stores \
            them. With --tap the rows behind another stage are printed instead.
            """
    )

    @Argument(help: "A pipeline file.", completion: .file(extensions: ["yaml", "yml"]))
    var pipeline: String

    @Argument(help: "Files, folders, patterns, or - for standard input.")
    var inputs: [String] = ["-"]

    @Option(name: .shortAndLong, help: "The store's folder, where the pipeline needs one.")
    var store: String?

    @Option(help: "Print the rows behind this stage.")
    var tap: String?

    @Flag(help: "Read from the beginning, although an earlier run can be gone on from.")
    var restart = false

    @OptionGroup var options: RunOptions

    func run() async throws {
        try await Exit.run {
            let pipeline = try options.applied(
                to: try StandardStages.reader.pipeline(atPath: pipeline)
            )
            let stages = pipeline.items.map(\.spec.name)
            if let tap, !stages.contains(tap) {
                throw PipelineError.noSuchStage(name: tap, present: stages)
            }
            let output = StandardOutput()
            let printed = tap ?? stages.last.flatMap { $0 == "store" ? nil : $0 }
            let models = options.shelf()
            var runner = PipelineRunner(
                pipeline: pipeline,
                environment: StageEnvironment(
                    inputs: inputs,
                    models: models,
                    stores: StoreShelf(path: store, models: models),
                    notice: { Terminal.report($0) }
                ),
                options: options,
                restarts: restart
            )
            if let printed {
                let printer = BatchPrinter()
                runner.taps[printed] = { batch in try output.write(printer.lines(of: batch)) }
                runner.showsProgress = false
            }
            let outcome = try await runner.run()
            try output.flush()
            return outcome.status
        }
    }
}
