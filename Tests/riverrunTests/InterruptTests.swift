import Foundation
import Testing

/// Ctrl-C, SIGTERM, closed pipes, a full disk, several runs at once.
@Suite struct InterruptTests {
    private let text = Library.prose(bytes: 30_000, seed: 5)

    private func piped(into store: String) -> Ingest {
        Ingest(store: store, inputs: ["-"])
    }

    // MARK: - Signals

    /// A pipe that gives nothing more, but stays open, must not keep a run from stopping.
    @Test(arguments: [SIGINT, SIGTERM])
    func aSignalCommitsWhatIsDoneAndTheSameCommandGoesOn(signal: Int32) throws {
        let scratch = try Scratch()
        let ingest = piped(into: scratch.path("stopped"))
        let running = try Running(ingest.arguments, in: scratch)
        try running.write(text)
        running.waitForBlocks(in: ingest.store)
        running.send(signal)
        #expect(running.wait() == 130)
        #expect(
            running.errors == """
                riverrun: stopped; what was read is committed, run the same command to go on

                """
        )
        #expect(try StoreFiles.problems(of: ingest.store) == [])
        let whole = scratch.file("whole.txt", text)
        var rest = ingest
        rest.input = whole
        var peace = piped(into: scratch.path("peace"))
        peace.input = whole
        #expect(try rest.run().status == 0)
        #expect(try peace.run().status == 0)
        #expect(try StoreFiles.difference(ingest.store, peace.store) == nil)
    }

    @Test func aRunThatWaitsForItsFirstByteCanBeStopped() throws {
        let scratch = try Scratch()
        let ingest = piped(into: scratch.path("store"))
        let running = try Running(ingest.arguments, in: scratch)
        while running.process.isRunning,
            !FileManager.default.fileExists(atPath: "\(ingest.store)/data.mdb")
        {
            sched_yield()
        }
        running.send(SIGINT)
        #expect(running.wait() == 130)
        var whole = ingest
        whole.input = scratch.file("whole.txt", text)
        #expect(try whole.run().status == 0)
    }

    @Test func aSecondSignalEndsARunThatCannotStop() throws {
        let scratch = try Scratch()
        let file = scratch.file("long.txt", Library.prose(bytes: 600_000, seed: 1))
        let pipeline = Binary.root.appending(path: "pipelines/segments.yaml").path()
        let running = try Running(["run", pipeline, file.path()], in: scratch)
        // Nobody reads on: the run waits in the middle of its output, and cannot flow out.
        try running.waitForOutput()
        while running.process.isRunning {
            running.send(SIGINT)
            sched_yield()
        }
        #expect(running.wait() == 130)
        #expect(running.process.terminationReason == .exit)
    }

    // MARK: - Outputs

    @Test func aReaderThatGoesAwayIsToldInOneMessage() throws {
        let scratch = try Scratch()
        let file = scratch.file("long.txt", Library.prose(bytes: 600_000, seed: 1))
        let result = try Binary.shell(
            "riverrun run pipelines/segments.yaml \(file.path()) | head -1; exit ${PIPESTATUS[0]}"
        )
        #expect(result.output.split(separator: "\n").count == 1)
        #expect(result.errors == "riverrun: nobody reads the output any more; stopped\n")
        #expect(result.status == 74)
    }

    @Test func aFullDiskIsToldAndTheSameCommandGoesOn() throws {
        let scratch = try Scratch()
        let file = scratch.file("a.txt", Library.prose(bytes: 200_000, seed: 3))
        let full = Ingest(store: scratch.path("full"), inputs: [file.path()])
        let command = full.arguments.joined(separator: " ")
        // In KiB: the store would grow beyond this.
        let result = try Binary.shell("ulimit -f 300; riverrun \(command)")
        #expect(
            result.errors == """
                riverrun: store: no space left to write to store \(full.store); free some space \
                and run the same command again; nothing was changed

                """
        )
        #expect(result.status == 74)
        #expect(try StoreFiles.problems(of: full.store) == [])
        #expect(try full.run().status == 0)
        let peace = Ingest(store: scratch.path("peace"), inputs: [file.path()])
        #expect(try peace.run().status == 0)
        #expect(try StoreFiles.difference(full.store, peace.store) == nil)
    }

    // MARK: - Several runs at once

    @Test func aSecondWriterIsRefusedAndAReaderIsNot() throws {
        let scratch = try Scratch()
        let writer = piped(into: scratch.path("store"))
        let running = try Running(writer.arguments, in: scratch)
        try running.write(text)
        running.waitForBlocks(in: writer.store)
        var second = writer
        second.input = scratch.file("other.txt", "The sea.")
        let refused = try second.run()
        #expect(
            refused.errors == """
                riverrun: store \(writer.store) is being written to by another run; wait for that \
                run to end, or stop it

                """
        )
        #expect(refused.status == 75)
        let reader = try Binary.run(["inspect", writer.store, "documents", "--json"])
        #expect(reader.status == 0)
        #expect(try reader.objects().count == 1)
        try running.closeInput()
        #expect(running.wait() == 0)
    }

    // MARK: - What a run says

    @Test func progressIsDrawnOnATerminalAndTakenAway() throws {
        let scratch = try Scratch()
        let file = scratch.file("a.txt", Library.prose(bytes: 40_000, seed: 3))
        var ingest = Ingest(store: scratch.path("store"), inputs: [file.path()])
        ingest.more = []
        let command = "riverrun \(ingest.arguments.joined(separator: " "))"
        let result = try Binary.shell("script -qec '\(command)' /dev/null")
        #expect(result.status == 0)
        let size = try FileManager.default.attributesOfItem(atPath: file.path())[.size] as? Int
        #expect(
            result.output.contains(
                "0 B of \((size ?? 0) / 1000) kB, 0 B/s, 0 documents, 0 blocks, channels 0 0 0 0 0 %"
            )
        )
        let last = result.output.split(separator: "\r\u{1B}[K").last.map(String.init) ?? ""
        #expect(last.hasPrefix("riverrun: read 1 document, "))
        #expect(last.contains(" blocks into \(ingest.store)"))
    }

    @Test func aQuietRunSaysNothingAndAnotherOneLine() throws {
        let scratch = try Scratch()
        let file = scratch.file("a.txt", "The river runs to the sea.")
        var ingest = Ingest(store: scratch.path("store"), inputs: [file.path()])
        #expect(try ingest.run().errors == "")
        ingest.more = []
        #expect(
            try ingest.run().errors == """
                riverrun: read 0 documents, 0 B of text, 0 blocks, 1 unchanged into \(ingest.store)

                """
        )
    }

    @Test func statisticsHaveARowForEachStage() throws {
        let scratch = try Scratch()
        let file = scratch.file("a.txt", "The river runs to the sea.")
        var ingest = Ingest(store: scratch.path("store"), inputs: [file.path()])
        ingest.more = ["--quiet", "--stats"]
        let lines = try ingest.run().errors.split(separator: "\n")
        #expect(lines.first?.contains("rows") == true)
        #expect(
            lines.dropFirst().map { $0.prefix { $0 != " " } } == [
                "ingest", "chunk", "structurize", "embed", "encode", "store",
            ]
        )
    }

    @Test func oneFailingDocumentDoesNotStopTheRestAndTheStatusTells() throws {
        let scratch = try Scratch()
        let good = scratch.file("a.txt", "The river runs to the sea.")
        let ingest = Ingest(
            store: scratch.path("store"),
            inputs: [scratch.path("none.txt"), good.path()]
        )
        let result = try ingest.run()
        let none = scratch.path("none.txt")
        #expect(
            result.errors == """
                riverrun: ingest, document \(none): \(none): no such file or folder; check the path

                """
        )
        #expect(result.status == 2)
        let alone = Ingest(store: scratch.path("other"), inputs: [none])
        #expect(try alone.run().status == 66)
    }

    @Test(arguments: ["0", "-5", "many", ""])
    func whatIsNoCheckpointSizeIsTold(size: String) throws {
        let scratch = try Scratch()
        let result = try Binary.run([
            "ingest", "--store", scratch.path("s"), "--checkpoint-bytes=\(size)", "-",
        ])
        #expect(result.errors.contains("--checkpoint-bytes takes a size such as 64KiB."))
        #expect(result.status == 64)
    }
}
