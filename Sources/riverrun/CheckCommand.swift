import ArgumentParser
import Diagnostics
import Foundation
import Pipelines
import Stages

/// `riverrun check`: proves pipeline files, running nothing.
struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Check pipeline files without running them.",
        discussion: "Every fault is told with its file, line, column and mend; the status is 78."
    )

    @Argument(help: "Pipeline files.", completion: .file(extensions: ["yaml", "yml"]))
    var pipelines: [String] = []

    @Flag(help: "Print the reference of all stages in Markdown.")
    var reference = false

    func validate() throws {
        if pipelines.isEmpty && !reference { throw ValidationError("Name a pipeline file.") }
    }

    func run() async throws {
        try await Exit.run {
            let output = StandardOutput()
            if reference { try output.write(StandardStages.specs.reference) }
            var status = ExitCode.success
            for path in pipelines {
                do {
                    _ = try StandardStages.reader.pipeline(atPath: path)
                    try output.write("\(path): no faults\n")
                } catch let PipelineError.invalid(issues) {
                    for issue in issues { Terminal.write("\(issue)\n") }
                    status = .configuration
                }
            }
            try output.flush()
            return status
        }
    }
}
