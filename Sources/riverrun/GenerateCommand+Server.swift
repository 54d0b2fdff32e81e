import ArgumentParser
import Diagnostics
import Generation
import Servers
import Tensors

extension GenerateCommand {
    /// Refuses what only a model in this process can do.
    func validateForServer() throws {
        let given = [
            ("--context", context != nil), ("--attention", attention != .full),
            ("--ignore-end", ignoresEnd), ("--threads", threads != nil),
            ("--beams", beams.configuration != nil), ("--chat", chat),
            ("--store", stored.store != nil),
            ("--prior", leaning.prior != 0), ("--ngram-share", leaning.nGramShare != 0),
            ("--draft", leaning.draft != 0), ("--skip-layers", layers.skipped != nil),
            ("--loop-layers", layers.looped != nil),
            ("--top-k", sampling.topK != nil), ("--min-p", sampling.minP != nil),
            ("--repetition-penalty", sampling.repetitionPenalty != nil),
        ]
        if let (name, _) = given.first(where: \.1) {
            throw ValidationError("\(name) goes with --model; a server has settings of its own.")
        }
    }

    /// Lets a server answer the prompt.
    func answer(from server: ChatServer) async throws -> ExitCode {
        let prompt = String(decoding: try promptBytes(), as: UTF8.self)
        guard !prompt.isEmpty else { throw GenerationError.emptyPrompt }
        let options = ChatOptions(
            tokenLimit: tokens,
            temperature: sampling.temperature,
            topP: sampling.topP,
            seed: sampling.seed
        )
        let stop = StopFlag()
        let interrupts = Interrupts { stop.set() }
        defer { interrupts.stop() }
        // It waits more than it computes, but may wait for long: on a thread of its own.
        let end = try await ComputePool(threadCount: 1).run {
            let output = StandardOutput()
            var isLineOpen = false
            // What went wrong is told on a line of its own.
            defer {
                if isLineOpen {
                    try? output.write("\n")
                    try? output.flush()
                }
            }
            let end = try server.complete(
                [ChatMessage(.user, prompt)],
                options,
                isStopped: { stop.isSet }
            ) { text in
                isLineOpen = true
                try output.write(text)
                try output.flush()
            }
            isLineOpen = false
            try output.write("\n")
            try output.flush()
            return end
        }
        switch end {
        case .endOfText, .tokenLimit: return .success
        case .stopped:
            Terminal.report("stopped")
            return .interrupted
        }
    }
}
