import Foundation
import Testing

/// Killed with SIGKILL at any moment and run again, the store ends up equal to an uninterrupted run's.
@Suite struct KillTests {
    /// How often each run is killed before it may come to its end.
    private static let killsPerRun = 11

    @Test(arguments: [1, 2, 3] as [UInt64])
    func killedRunsOverFilesEndInAnEqualStore(seed: UInt64) throws {
        let scratch = try Scratch()
        let library = try Library(in: scratch, seed: 7)
        try check(seed: seed, in: scratch) { Ingest(store: $0, inputs: [library.folder]) }
    }

    @Test func killedRunsOverAPipeEndInAnEqualStore() throws {
        let scratch = try Scratch()
        let file = scratch.file("pipe.txt", Library.prose(bytes: 40_000, seed: 9))
        try check(seed: 4, in: scratch) {
            Ingest(store: $0, inputs: ["-", "--id", "piped"], input: file)
        }
    }

    /// Kills a run at random moments, runs it to its end, and compares with a run in peace.
    private func check(
        seed: UInt64,
        in scratch: Scratch,
        _ ingest: (_ store: String) -> Ingest
    ) throws {
        let begin = ContinuousClock.now
        let peace = try ingest(scratch.path("peace")).run()
        #expect(peace.status == 0, "\(peace.errors)")
        let (seconds, attoseconds) = begin.duration(to: .now).components
        let microseconds = Double(seconds) * 1e6 + Double(attoseconds) / 1e12
        var random = SeededGenerator(state: seed)
        let killed = ingest(scratch.path("killed"))
        for _ in 0..<Self.killsPerRun {
            // Far enough to get ahead at times, never surely to the end.
            let delay = Double.random(in: 0...(microseconds * 0.6), using: &random)
            let process = try killed.start()
            usleep(UInt32(delay))
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
            #expect(try StoreFiles.problems(of: scratch.path("killed")) == [])
        }
        let last = try killed.run()
        #expect(last.status == 0, "\(last.errors)")
        #expect(
            try StoreFiles.difference(scratch.path("killed"), scratch.path("peace")) == nil
        )
    }
}
