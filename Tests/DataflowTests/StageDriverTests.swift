import Dataflow
import Diagnostics
import Dispatch
import Serialization
import Synchronization
import Testing

/// What a driver does with one stage, seen at its output.
@Suite struct StageDriverTests {
    /// Drives a stage over batches and tells what comes out, in words.
    private func check(
        _ stage: any Stage,
        _ batches: [Batch],
        from checkpoint: Checkpoint? = nil,
        gives expected: [String],
        failures expectedFailures: [DocumentFailure] = []
    ) async throws {
        let sent = Log<String>()
        let failures = Log<DocumentFailure>()
        var driver = StageDriver(
            name: "stage",
            output: Output { batch in
                if batch.rowCount > 0 {
                    sent.append("\(try values(of: batch))")
                }
                for marker in batch.markers { sent.append(name(of: marker)) }
            },
            onFailure: { failures.append($0) }
        )
        if let checkpoint { try await driver.restore(stage, from: checkpoint) }
        for batch in batches { try await driver.take(batch, by: stage) }
        try await driver.finish(stage)
        #expect(sent.entries == expected)
        #expect(failures.entries == expectedFailures)
    }

    private func name(of marker: Marker) -> String {
        switch marker {
        case .documentBegan(let document): "began \(document.id)"
        case .documentEnded(let end): "ended \(end.document.id)"
        case .documentFailed(let document, let problem): "failed \(document.id): \(problem.problem)"
        case .checkpoint(let checkpoint):
            "checkpoint \(checkpoint.ordinal) with \(checkpoint.states.map(\.stage))"
        }
    }

    private func rows(_ values: [Int64], _ ordinal: Int) throws -> Batch {
        try batch(values, of: document(ordinal))
    }

    private func began(_ ordinal: Int) -> Batch {
        Batch(markers: [.documentBegan(document(ordinal))])
    }

    private func ended(_ ordinal: Int) -> Batch {
        Batch(markers: [.documentEnded(end(of: document(ordinal)))])
    }

    private func failed(_ ordinal: Int, _ problem: String = "it is bad") -> Batch {
        let problem = DocumentProblem(Trouble(problem: problem))
        return Batch(markers: [.documentFailed(document(ordinal), problem)])
    }

    private let checkpoint = Batch(markers: [.checkpoint(Checkpoint(ordinal: 4, position: []))])

    @Test func rowsComeBeforeTheMarkersOfTheirBatch() async throws {
        let whole = try batch(
            [1, 2],
            of: document(0),
            markers: [.documentEnded(end(of: document(0)))]
        )
        try await check(
            Gate(refused: 13),
            [began(0), whole],
            gives: ["began d0", "[1, 2]", "ended d0"]
        )
    }

    @Test func whatAStageHoldsOfADocumentComesBeforeItsEnd() async throws {
        try await check(
            PairSums(),
            [began(0), try rows([1, 2, 3], 0), ended(0)],
            gives: ["began d0", "[3]", "[3]", "ended d0"]
        )
    }

    @Test func afterAFailureTheRestOfTheDocumentIsDropped() async throws {
        let problem = DocumentProblem(Trouble())
        try await check(
            Gate(refused: 13),
            [
                began(0), try rows([1], 0), try rows([13], 0), try rows([2], 0), ended(0),
                began(1), try rows([3], 1), ended(1),
            ],
            gives: [
                "began d0", "[1]", "failed d0: something is wrong", "began d1", "[3]", "ended d1",
            ],
            failures: [DocumentFailure(document: document(0), stage: "stage", cause: problem)]
        )
    }

    @Test func aFailedDocumentThatFailsAgainUpstreamIsToldOnce() async throws {
        let problem = DocumentProblem(Trouble())
        try await check(
            Gate(refused: 13),
            [began(0), try rows([13], 0), failed(0), began(1), ended(1)],
            gives: ["began d0", "failed d0: something is wrong", "began d1", "ended d1"],
            failures: [DocumentFailure(document: document(0), stage: "stage", cause: problem)]
        )
    }

    @Test func aFailureUpstreamIsPassedOn() async throws {
        try await check(
            PairSums(),
            [began(0), try rows([1], 0), failed(0), began(1), try rows([2], 1), ended(1)],
            gives: ["began d0", "failed d0: it is bad", "began d1", "[2]", "ended d1"]
        )
    }

    @Test func aFailureNamesThePlaceOfItsRows() async throws {
        var batch = try rows([13], 0)
        try batch.set("start", numbers([4096]))
        let failure = DocumentFailure(
            document: document(0),
            stage: "stage",
            byte: 4096,
            cause: DocumentProblem(Trouble(mend: "mend it"))
        )
        let stage = Gate(refused: 13, error: DocumentProblem(Trouble(mend: "mend it")))
        try await check(
            stage,
            [batch],
            gives: ["failed d0: something is wrong"],
            failures: [failure]
        )
        #expect(
            failure.description == "stage, document d0, byte 4096: something is wrong; mend it"
        )
    }

    @Test(arguments: [true, false])
    func aDocumentCanFailAtItsBeginningAndAtItsEnd(atBeginning: Bool) async throws {
        actor Picky: Stage {
            let atBeginning: Bool
            init(atBeginning: Bool) { self.atBeginning = atBeginning }
            func process(_ batch: Batch, into output: Output) async throws {
                try await output.send(batch)
            }
            func documentBegan(_ document: Document, into output: Output) throws {
                if atBeginning, document.ordinal == 0 { throw DocumentProblem(Trouble()) }
            }
            func documentEnded(_ end: inout DocumentEnd, into output: Output) throws {
                if !atBeginning, end.document.ordinal == 0 { throw DocumentProblem(Trouble()) }
            }
        }
        let failure = DocumentFailure(
            document: document(0),
            stage: "stage",
            cause: DocumentProblem(Trouble())
        )
        try await check(
            Picky(atBeginning: atBeginning),
            [began(0), try rows([1], 0), ended(0), began(1), try rows([2], 1), ended(1)],
            gives: (atBeginning ? [] : ["began d0", "[1]"]) + [
                "failed d0: something is wrong", "began d1", "[2]", "ended d1",
            ],
            failures: [failure]
        )
    }

    @Test func heldMarkersComeInTheirPlaceAndACheckpointDrivesThemOut() async throws {
        try await check(
            Gatherer(limit: 100),
            [
                began(0), try rows([1], 0), ended(0), began(1), try rows([2], 1), checkpoint,
                try rows([3], 1), ended(1),
            ],
            gives: [
                "began d0", "[1]", "ended d0", "began d1", "[2]", "checkpoint 4 with [\"stage\"]",
                "[3]", "ended d1",
            ]
        )
    }

    @Test func aSkippedDocumentIsStillSkippedBehindACheckpoint() async throws {
        let saved = Log<Checkpoint>()
        let stage = Gate(refused: 13)
        var driver = StageDriver(
            name: "stage",
            output: Output { batch in
                for case .checkpoint(let checkpoint) in batch.markers { saved.append(checkpoint) }
            },
            onFailure: { _ in }
        )
        for batch in [began(0), try rows([13], 0), checkpoint] {
            try await driver.take(batch, by: stage)
        }
        try await check(
            Gate(refused: 13),
            [try rows([1], 0), ended(0), began(1), try rows([2], 1)],
            from: saved.entries.first,
            gives: ["began d1", "[2]"]
        )
    }

    @Test func stateIsCarriedOverACheckpoint() async throws {
        let saved = Log<Checkpoint>()
        let stage = PairSums()
        var driver = StageDriver(
            name: "stage",
            output: Output { batch in
                for case .checkpoint(let checkpoint) in batch.markers { saved.append(checkpoint) }
            },
            onFailure: { _ in }
        )
        for batch in [began(0), try rows([5], 0), checkpoint] {
            try await driver.take(batch, by: stage)
        }
        try await check(
            PairSums(),
            [try rows([6], 0), ended(0)],
            from: saved.entries.first,
            gives: ["[11]", "ended d0"]
        )
    }

    @Test(arguments: [[], [1, 2, 3], [0, 0, 0, 0, 0, 0, 0, 0, 9]] as [[UInt8]])
    func aDamagedStateIsRefused(bytes: [UInt8]) async throws {
        let checkpoint = Checkpoint(
            ordinal: 0,
            position: [],
            states: [.init(stage: "stage", bytes: bytes)]
        )
        await #expect(throws: DataflowError.self) {
            try await check(PairSums(), [], from: checkpoint, gives: [])
        }
    }

    @Test func errorsThatAreNoDocumentsGoThrough() async throws {
        await #expect(throws: Trouble()) {
            try await check(
                Gate(refused: 13, error: Trouble()),
                [try rows([13], 0)],
                gives: []
            )
        }
    }

    /// What is queued already passes a stage with an executor of its own without leaving it.
    @Test func batchesPassWithoutAChangeOfExecutors() async throws {
        let executor = CountingExecutor()
        let stage = Echo(executor)
        let capacity = ChannelCapacity(bytes: 1 << 20, rows: 1_000)
        let (input, output) = (Channel(capacity: capacity), Channel(capacity: capacity))
        for value in 0..<500 { try await input.send(Parcel(try rows([Int64(value)], 0))) }
        input.finish()
        try await pass(input, through: stage, to: output)
        #expect(executor.jobCount <= 2)
        output.finish()
        var passed: [Int64] = []
        while let parcel = try await output.receive() { passed += try values(of: parcel.batch) }
        #expect(passed == Array(0..<500))
    }

    private func pass(
        _ input: Channel,
        through stage: isolated Echo,
        to output: Channel
    ) async throws {
        var driver = StageDriver(
            name: "echo",
            output: Output { _ in },
            onFailure: { _ in }
        )
        while let parcel = try await input.receive() {
            try await driver.take(parcel.batch, by: stage)
            try await output.send(Parcel(stage.taken))
        }
    }
}

/// Keeps the batch that it took last.
private actor Echo: Stage {
    private(set) var taken = Batch(markers: [])
    private let executor: CountingExecutor

    init(_ executor: CountingExecutor) { self.executor = executor }

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    func process(_ batch: Batch, into output: Output) { taken = batch }
}

/// Runs jobs on a queue of its own, and counts them.
private final class CountingExecutor: SerialExecutor {
    private let queue = DispatchQueue(label: "counting")
    private let count = Mutex(0)

    var jobCount: Int { count.withLock { $0 } }

    func enqueue(_ job: consuming ExecutorJob) {
        count.withLock { $0 += 1 }
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }
}
