import BlockStorage
import Dataflow
import Foundation
import Stages
import Testing

/// However a run is cut, what the store holds is the same to the byte.
@Suite struct SplitInvarianceTests {
    /// Checks that a run gives the store that the plainest run gives.
    private func check(_ variants: [Ingest], in scratch: Scratch, from plain: Ingest) async throws {
        let expected = try await plain.run(into: scratch.path("plain"))
        #expect(try expected.store.read { try $0.statistics().blockCount } > 10)
        for (index, variant) in variants.enumerated() {
            let outcome = try await variant.run(into: scratch.path("variant-\(index)"))
            let difference = try outcome.store.firstDifference(from: expected.store)
            #expect(difference == nil, "variant \(index)")
            #expect(outcome.report.failures == [])
        }
    }

    @Test func theStoreDoesNotDependOnChannelsCutsCheckpointsOrThreads() async throws {
        let scratch = try Scratch()
        let plain = Ingest(inputs: try scratch.library())
        var variants: [Ingest] = []
        for bytes in [1, 300, 1000, 4096] {
            var variant = plain
            variant.checkpointBytes = bytes
            variants.append(variant)
        }
        for capacity in [1, 2000] {
            var variant = plain
            variant.capacity = ChannelCapacity(bytes: capacity, rows: 3)
            variant.checkpointBytes = 700
            variants.append(variant)
        }
        for threads in [1, 3] {
            var variant = plain
            variant.threads = threads
            variants.append(variant)
        }
        for bytes in [1, 50, 1000] {
            var variant = plain
            variant.settings = ["embed.batch_bytes=\(bytes)"]
            variants.append(variant)
        }
        try await check(variants, in: scratch, from: plain)
    }

    @Test(.enabled(if: exists(realModel)))
    func theStoreIsTheSameWithTheRealEncoderToo() async throws {
        let scratch = try Scratch()
        var plain = Ingest(inputs: [
            try scratch.write(Prose.markdown(sections: 4, seed: 8), to: "a.md")
        ])
        plain.model = realModel
        plain.settings = ["encode.maximum_pieces=60", "encode.minimum_pieces=10"]
        var cut = plain
        cut.checkpointBytes = 256
        cut.threads = 1
        var other = plain
        other.settings.append("embed.batch_bytes=100")
        other.threads = 3
        let expected = try await plain.run(into: scratch.path("plain"))
        for (index, variant) in [cut, other].enumerated() {
            let outcome = try await variant.run(into: scratch.path("variant-\(index)"))
            #expect(try outcome.store.firstDifference(from: expected.store) == nil)
        }
    }

    @Test(arguments: [256, 600])
    func aRunKilledAtAnyCommitGoesOnToAnEqualStore(checkpointBytes: Int) async throws {
        let scratch = try Scratch()
        var ingest = Ingest(inputs: try scratch.library())
        ingest.checkpointBytes = checkpointBytes
        let (expected, copies) = try await ingest.runCopyingEachCommit(into: scratch.path("store"))
        #expect(copies.count > 10)
        for copy in copies {
            let outcome = try await ingest.run(into: copy)
            let difference = try outcome.store.firstDifference(from: expected.store)
            #expect(difference == nil, "\(copy)")
            #expect(outcome.notices == [], "\(copy)")
        }
    }

    @Test func aRunStoppedAnywhereGoesOnToAnEqualStore() async throws {
        let scratch = try Scratch()
        var ingest = Ingest(inputs: try scratch.library())
        ingest.checkpointBytes = 900
        let expected = try await ingest.run(into: scratch.path("plain"))
        for batches in [1, 7, 15, 24] {
            let runs = Log<PipelineRun>()
            var stopped = ingest
            stopped.onStart = { runs.append($0) }
            stopped.taps["chunk"] = { _ in
                let run = runs.entries.first
                if (run?.progress[1].batches ?? 0) >= batches { run?.stop() }
            }
            let first = try await stopped.run(into: scratch.path("stopped-\(batches)"))
            #expect(first.report.wasStopped, "after \(batches)")
            let second = try await ingest.run(into: "", first.stores)
            let difference = try second.store.firstDifference(from: expected.store)
            #expect(difference == nil, "after \(batches)")
        }
    }
}
