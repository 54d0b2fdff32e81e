import Dataflow
import Diagnostics
import Generation
import Pipelines
import Stages
import Synchronization

extension AskCommand {
    /// Lets a language model answer.
    func write(_ environment: StageEnvironment, printsQuestion: Bool) async throws -> ExitCode {
        var environment = environment
        let output = StandardOutput()
        let page = CitedPage(output, printsQuestions: printsQuestion)
        if !json { environment.listener = { try page.take($0) } }
        let choice = writing.choice.settings(of: "generate")
        let pipeline = try options.applied(
            to: try StandardPipeline.ask.pipeline().applying(["retrieve.limit=\(limit)"] + choice)
        )
        var runner = PipelineRunner(pipeline: pipeline, environment: environment, options: options)
        runner.showsProgress = false
        runner.stopNotice = "stopped"
        let printsJSON = json
        let rowCount = Mutex(0)
        runner.taps["generate"] = { batch in
            rowCount.withLock { $0 += batch.rowCount }
            guard printsJSON, batch.rowCount > 0 else { return }
            try output.write(BatchPrinter().lines(of: batch.without("question_text")))
        }
        let outcome: PipelineRunner.Outcome
        do {
            outcome = try await runner.run()
        } catch {
            page.breakLine()
            throw error
        }
        try output.flush()
        guard outcome.status == .success else { return outcome.status }
        return rowCount.withLock { $0 } > 0 ? .success : .nothingFound
    }
}
