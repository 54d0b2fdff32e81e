import ArgumentParser
import Foundation
import Tensors

/// The command line: one file a verb.
@main
struct Riverrun: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "riverrun",
        abstract: "Read text of any length, remember it on disk, answer with exact citations.",
        version: "0.1.0",
        subcommands: [
            IngestCommand.self, AskCommand.self, SummarizeCommand.self, InspectCommand.self,
            RunCommand.self, CheckCommand.self, GraphCommand.self, ModelsCommand.self,
            GenerateCommand.self, ReadCommand.self,
        ]
    )

    func validate() throws {
        guard let limit = ProcessInfo.processInfo.environment["RIVERRUN_MAX_ISA"],
            !Kernels.limits.contains(limit)
        else { return }
        throw ValidationError(
            "RIVERRUN_MAX_ISA is `\(limit)`; it is one of \(Kernels.limits.joined(separator: ", "))."
        )
    }
}
