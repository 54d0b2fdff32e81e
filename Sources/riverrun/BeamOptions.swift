import ArgumentParser
import Generation
import Models

/// Options of a search for the most likely texts, in place of drawing tokens.
struct BeamOptions: ParsableArguments {
    @Option(
        name: .customLong("beams"),
        help: "Search the likeliest text by this many beams, instead of drawing tokens."
    )
    var beamCount: Int = 1

    @Option(
        name: .customLong("beam-groups"),
        help: "Groups of beams that avoid each other's tokens."
    )
    var groupCount: Int = 1

    @Option(help: "What a token loses for each beam of an earlier group that chose it.")
    var diversity: Float?

    @Option(
        name: .customLong("length-penalty"),
        help: """
            The power of its length by which a text's score is divided, 1 unless given; more for \
            longer texts.
            """
    )
    var lengthPenalty: Double?

    @Option(
        name: .customLong("beam-stop"),
        help: """
            Look no further when as many texts as beams have ended, when no beam is better as it \
            is, or when none can become better; the second unless given.
            """
    )
    var stop: BeamStop?

    @Option(help: "How many texts of a beam search are written, each under its score.")
    var count: Int?

    private static let usualDiversity: Float = 0.5

    func validate() throws {
        guard 1...LlamaBeams.mostBeams ~= beamCount else {
            throw ValidationError("--beams is from 1 to \(LlamaBeams.mostBeams).")
        }
        if groupCount < 1 || beamCount % groupCount != 0 {
            throw ValidationError("--beam-groups divides --beams.")
        }
        if diversity != nil, groupCount == 1 {
            throw ValidationError("--diversity goes with --beam-groups of 2 or more.")
        }
        if let diversity, !(diversity >= 0 && diversity.isFinite) {
            throw ValidationError("--diversity is at least 0.")
        }
        if beamCount == 1, lengthPenalty != nil || stop != nil || count != nil {
            throw ValidationError("--length-penalty, --beam-stop and --count go with --beams.")
        }
        if let lengthPenalty, !lengthPenalty.isFinite {
            throw ValidationError("--length-penalty is a number.")
        }
        if let count, !(1...beamCount ~= count) {
            throw ValidationError("--count is from 1 to the number of --beams.")
        }
    }

    /// The search, if one is asked for.
    var configuration: BeamConfiguration? {
        guard beamCount > 1 else { return nil }
        return BeamConfiguration(
            beamCount: beamCount,
            groupCount: groupCount,
            diversityPenalty: groupCount > 1 ? diversity ?? Self.usualDiversity : 0,
            lengthPenalty: lengthPenalty ?? 1,
            stopping: (stop ?? .heuristic).stopping
        )
    }

    /// What is shown of the texts: the best one as it is, several each under its score.
    func show(_ texts: [BeamContinuation.Text], _ output: StandardOutput) throws {
        for (index, text) in texts.enumerated() {
            if count != nil {
                let score = (text.score * 10_000).rounded() / 10_000
                try output.write("\(index > 0 ? "\n" : "")\(index + 1)  \(score)\n")
            }
            try output.write(text.bytes)
            try output.write("\n")
        }
        try output.flush()
    }
}

/// When a group of beams looks no further, by the name on the command line.
enum BeamStop: String, ExpressibleByArgument, CaseIterable {
    case early, heuristic, exhaustive

    /// As the search takes it.
    var stopping: BeamConfiguration.Stopping {
        switch self {
        case .early: .early
        case .heuristic: .heuristic
        case .exhaustive: .exhaustive
        }
    }
}
