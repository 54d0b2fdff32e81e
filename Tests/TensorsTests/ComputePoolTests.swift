import Synchronization
import Tensors
import Testing

@Suite struct ComputePoolTests {
    private struct Refusal: Error, Equatable {}

    @Test(arguments: [1, 2, 5], [0, 1, 2, 7, 100, 1_001])
    func everyIndexIsVisitedOnce(threadCount: Int, count: Int) {
        let pool = ComputePool(threadCount: threadCount)
        for grain in [1, 3, 1_000, 5_000] {
            let visits = Mutex([Int](repeating: 0, count: count))
            pool.parallelFor(count: count, grain: grain) { range in
                #expect(!range.isEmpty && range.count <= grain)
                visits.withLock { visits in for index in range { visits[index] += 1 } }
            }
            #expect(visits.withLock { $0.allSatisfy { $0 == 1 } })
        }
    }

    @Test func loopsNest() {
        let pool = ComputePool(threadCount: 3)
        let sum = Atomic(0)
        pool.parallelFor(count: 10, grain: 1) { outer in
            pool.parallelFor(count: 10, grain: 2) { inner in
                for i in outer { for j in inner { sum.add(10 * i + j, ordering: .relaxed) } }
            }
        }
        #expect(sum.load(ordering: .relaxed) == 4_950)
    }

    @Test func asyncCallersGetTheirResults() async throws {
        let pool = ComputePool(threadCount: 2)
        let sum = await withTaskGroup(of: Int.self) { group in
            for index in 0..<100 {
                group.addTask {
                    await pool.run {
                        let sum = Atomic(0)
                        pool.parallelFor(count: index, grain: 1) { range in
                            sum.add(range.lowerBound, ordering: .relaxed)
                        }
                        return sum.load(ordering: .relaxed)
                    }
                }
            }
            return await group.reduce(0, +)
        }
        #expect(sum == (0..<100).reduce(0) { $0 + $1 * ($1 - 1) / 2 })
    }

    @Test func errorsComeBackTyped() async {
        let pool = ComputePool(threadCount: 1)
        await #expect(throws: Refusal()) {
            try await pool.run { () throws(Refusal) -> Int in throw Refusal() }
        }
    }

    @Test func jobsThatAreQueuedOutliveThePool() async {
        let value = await ComputePool(threadCount: 1).run { 42 }
        #expect(value == 42)
    }

    @Test(arguments: [1, 2, 3])
    func bothResultsCome(threadCount: Int) throws {
        struct Failure: Error, Equatable { var name: String }
        let pool = ComputePool(threadCount: threadCount)
        let (word, number) = pool.both({ "word" }) { 7 }
        #expect(word == "word" && number == 7)
        #expect(throws: Failure(name: "first")) {
            _ = try pool.both({ () throws(Failure) -> Int in throw Failure(name: "first") }) {
                () throws(Failure) -> Int in throw Failure(name: "second")
            }
        }
        #expect(throws: Failure(name: "second")) {
            _ = try pool.both({ () throws(Failure) -> Int in 1 }) {
                () throws(Failure) -> Int in throw Failure(name: "second")
            }
        }
    }
}
