import Dataflow
import Testing

/// What travels together from one stage to the next.
@Suite struct OutputTests {
    /// How many batches the stage behind takes of documents of so many rows each, checkpoints apart.
    private func batchCount(
        _ rowCounts: [Int],
        batchRows: Int = 1_000,
        behind stage: any Stage
    ) async throws -> Int {
        let documents = rowCounts.map { (0..<$0).map(Int64.init) }
        let shown = Log<Batch>()
        let report = try await PipelineRun(
            source: .init("numbers", Numbers(documents, batchRows: batchRows)),
            stages: [.init("first", stage), .init("second", Mirror())],
            configuration: RunConfiguration(taps: ["second": { shown.append($0) }])
        ).start()
        let passed = try documents.indices.map { index in
            try shown.entries.filter { $0.document?.ordinal == index }.flatMap {
                try values(of: $0)
            }
        }
        #expect(passed == documents)
        let ends = shown.entries.flatMap(\.markers).count { marker in
            if case .documentEnded = marker { true } else { false }
        }
        #expect(ends == documents.count)
        return report.stages[2].batches - 1
    }

    @Test func rowsOfATurnAreJoined() async throws {
        // The beginning, the rows, the end: each was a turn.
        #expect(try await batchCount([5], behind: Scatter()) == 3)
        #expect(try await batchCount([5, 1, 0, 4], behind: Scatter()) == 11)
    }

    @Test func joinedRowsHaveALimit() async throws {
        #expect(try await batchCount([128], behind: Scatter()) == 3)
        #expect(try await batchCount([129], behind: Scatter()) == 4)
        #expect(try await batchCount([300], behind: Scatter()) == 5)
        // More rows than that are never parted.
        #expect(try await batchCount([300], behind: Mirror()) == 3)
    }

    @Test func rowsOfTwoTurnsAreNotJoined() async throws {
        #expect(try await batchCount([6], batchRows: 2, behind: Scatter()) == 5)
    }

    @Test func rowsOfTwoDocumentsAreNotJoined() async throws {
        let shown = Log<Batch>()
        let report = try await PipelineRun(
            source: .init("numbers", Numbers([[1, 2]])),
            stages: [.init("first", Parter()), .init("second", Mirror())],
            configuration: RunConfiguration(taps: ["second": { shown.append($0) }])
        ).start()
        #expect(shown.entries.compactMap(\.document?.ordinal) == [0, 1])
        // The beginning, the rows of each, the end, and the checkpoint.
        #expect(report.stages[2].batches == 5)
    }

    @Test func markersJoinTheRowsBeforeThem() async throws {
        // Its rows come at the document's end.
        #expect(try await batchCount([5], behind: Hoarder()) == 2)
        // All documents are sent on at once, each with its end and the beginning of the next; the first
        // has begun before.
        #expect(try await batchCount([2, 2, 2, 2], behind: Gatherer(limit: 8)) == 4 + 1 + 1)
    }
}

/// Sends what comes as it is.
private actor Mirror: Stage {
    func process(_ rows: Batch, into output: Output) async throws { try await output.send(rows) }
}

/// Sends each row by itself.
private actor Scatter: Stage {
    func process(_ rows: Batch, into output: Output) async throws {
        for row in 0..<rows.rowCount { try await output.send(rows[rows: row..<(row + 1)]) }
    }
}

/// Sends each row as another document's.
private actor Parter: Stage {
    func process(_ rows: Batch, into output: Output) async throws {
        for row in 0..<rows.rowCount {
            var part = rows[rows: row..<(row + 1)]
            part.document = document(row)
            try await output.send(part)
        }
    }
}

/// Sends a document's rows at its end.
private actor Hoarder: Stage {
    private var held: [Batch] = []

    func process(_ rows: Batch, into output: Output) { held.append(rows) }

    func documentEnded(_ end: inout DocumentEnd, into output: Output) async throws {
        for batch in held { try await output.send(batch) }
        held = []
    }
}
