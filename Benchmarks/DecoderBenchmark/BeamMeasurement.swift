import Foundation
import Models
import Tensors

/// Measures how fast texts are read beside each other, and with a session forked for each.
enum BeamMeasurement {
    private static let stepCount = 32

    /// Prints the processor's milliseconds of a step: of one text, of all beside each other, of all in sessions that
    /// are forked at each step, and of the forks alone.
    static func run(file: String, promptCount: Int, beamCount: Int, threads: Int) throws {
        let model = try LlamaModel(file: file, pool: ComputePool(threadCount: threads))
        let vocabularySize = model.configuration.vocabularySize
        let prompt = (0..<promptCount).map { Int32((3 + 7 * $0) % vocabularySize) }
        func tokens(_ step: Int) -> [Int32] {
            (0..<beamCount).map { Int32((3 + step * 5 + $0) % vocabularySize) }
        }
        // As in a search: some texts are gone on with twice, others are given up.
        let parents = (0..<beamCount).map { $0 / 2 }
        let first = try LlamaSession(model, contextLength: promptCount + stepCount)
        _ = try first.read(prompt)
        for _ in 0..<3 {
            let single = first.fork()
            try report("one_text") { step in _ = try single.read([tokens(step)[0]]) }
            let beams = try LlamaBeams(
                model,
                beginningLength: promptCount,
                beamCount: beamCount,
                stepCount: stepCount
            )
            _ = try beams.begin(prompt)
            try report("beams") { step in
                let after = step == 0 ? [Int](repeating: 0, count: beamCount) : parents
                _ = try beams.read(tokens(step), after: after)
            }
            var sessions = (0..<beamCount).map { _ in first.fork() }
            try report("forked_sessions") { step in
                sessions = parents.map { sessions[$0].fork() }
                for (session, token) in zip(sessions, tokens(step)) {
                    _ = try session.read([token])
                }
            }
            report("forks_alone") { _ in sessions = parents.map { sessions[$0].fork() } }
        }
    }

    private static func report(_ name: String, _ step: (Int) throws -> Void) rethrows {
        let start = clock()
        for index in 0..<stepCount { try step(index) }
        let milliseconds = Double(clock() - start) / 1000 / Double(stepCount)
        print("\(name)_milliseconds_a_step \(milliseconds)")
    }
}
