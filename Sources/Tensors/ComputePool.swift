internal import Foundation

/// A fixed number of threads of our own for work that keeps a core busy.
///
///     let pool = ComputePool(threadCount: 2)
///     let vectors = await pool.run { encoder.encode(texts) }
///
/// Long computations must not run on Swift's cooperative threads: `run` takes them to this pool and
/// suspends its caller. Inside or outside, `parallelFor` shares out a range among the threads.
/// - Concurrency: `run` queues without bound, which is bounded by its callers, since each awaits
///   its result. A body that has started is not cancelled. Threads end when the pool goes.
public final class ComputePool: Sendable {
    /// How many threads compute at once.
    public let threadCount: Int

    private let queue: WorkQueue

    /// A pool with one thread for each active core.
    public convenience init() {
        self.init(threadCount: ProcessInfo.processInfo.activeProcessorCount)
    }

    /// A pool of `threadCount` threads.
    ///
    /// - Precondition: `threadCount` is positive.
    public init(threadCount: Int) {
        precondition(threadCount > 0, "a pool has a thread")
        self.threadCount = threadCount
        let queue = WorkQueue()
        self.queue = queue
        for index in 0..<threadCount {
            let thread = Thread { queue.work() }
            thread.name = "compute-\(index)"
            thread.stackSize = 8 << 20
            thread.start()
        }
    }

    deinit { queue.close() }

    /// Runs `body` on a thread of the pool and gives its result.
    public func run<Result: Sendable, Failure: Error>(
        _ body: @escaping @Sendable () throws(Failure) -> Result
    ) async throws(Failure) -> Result {
        let result = await withCheckedContinuation { continuation in
            queue.add {
                do throws(Failure) {
                    continuation.resume(returning: Swift.Result<_, Failure>.success(try body()))
                } catch {
                    continuation.resume(returning: .failure(error))
                }
            }
        }
        return try result.get()
    }

    /// Calls `body` with consecutive ranges of up to `grain` that tile `0..<count`.
    ///
    /// Returns when all calls have. The caller's thread takes part, so calls may be nested and a
    /// busy pool only means less help. Which thread gets which range is not determined: `body`
    /// must give the same result for any.
    ///
    /// - Precondition: `grain` is positive.
    public func parallelFor(
        count: Int,
        grain: Int,
        _ body: @escaping @Sendable (Range<Int>) -> Void
    ) {
        precondition(grain > 0, "a range has elements")
        guard count > 0 else { return }
        let rangeCount = (count - 1) / grain + 1
        let helperCount = min(threadCount, rangeCount) - 1
        guard helperCount > 0 else {
            for index in 0..<rangeCount { body(Self.range(index, grain: grain, count: count)) }
            return
        }
        let loop = SharedLoop(rangeCount: rangeCount) { index in
            body(Self.range(index, grain: grain, count: count))
        }
        for _ in 0..<helperCount { queue.add { loop.help() } }
        loop.help()
        loop.waitUntilDone()
    }

    /// Does two things at once, on the caller's thread and one of the pool where one is free.
    ///
    /// - Throws: What `first` throws, else what `second` throws.
    package func both<First: Sendable, Second: Sendable, Failure: Error>(
        _ first: @escaping @Sendable () throws(Failure) -> First,
        _ second: @escaping @Sendable () throws(Failure) -> Second
    ) throws(Failure) -> (First, Second) {
        let firstResult = RowBuffer<Result<First, Failure>?>(count: 1, repeating: nil)
        let secondResult = RowBuffer<Result<Second, Failure>?>(count: 1, repeating: nil)
        parallelFor(count: 2, grain: 1) { range in
            for index in range {
                if index == 0 {
                    firstResult.set([Result(catching: first)], at: 0)
                } else {
                    secondResult.set([Result(catching: second)], at: 0)
                }
            }
        }
        guard case let first?? = firstResult.values().first,
            case let second?? = secondResult.values().first
        else { preconditionFailure("a loop does all of its range") }
        return (try first.get(), try second.get())
    }

    private static func range(_ index: Int, grain: Int, count: Int) -> Range<Int> {
        (index * grain)..<min((index + 1) * grain, count)
    }
}
