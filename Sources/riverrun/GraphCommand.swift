import ArgumentParser
import Diagnostics
import Pipelines
import Stages

/// `riverrun graph`: draws a pipeline.
struct GraphCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "graph",
        abstract: "Draw a pipeline as a Mermaid flowchart, with the columns on each edge."
    )

    @Argument(help: "A pipeline file.", completion: .file(extensions: ["yaml", "yml"]))
    var pipeline: String

    func run() async throws {
        try await Exit.run {
            let output = StandardOutput()
            try output.write(try StandardStages.reader.pipeline(atPath: pipeline).mermaid)
            try output.flush()
            return .success
        }
    }
}
