internal import CKernels
internal import Dispatch
internal import Foundation
internal import Synchronization

/// Jobs in the order of their coming, taken by the threads of a pool.
final class WorkQueue: @unchecked Sendable {  // All is touched under `condition`'s lock.
    private let condition = NSCondition()
    /// How many jobs wait, to be looked at without the lock.
    private let jobCount = Atomic<Int>(0)
    private var jobs: [@Sendable () -> Void] = []
    private var isClosed = false

    /// Queues a job.
    func add(_ job: @escaping @Sendable () -> Void) {
        condition.lock()
        jobs.append(job)
        jobCount.store(jobs.count, ordering: .relaxed)
        condition.unlock()
        condition.signal()
    }

    /// Lets the threads go once the queue is empty.
    func close() {
        condition.lock()
        isClosed = true
        condition.unlock()
        condition.broadcast()
    }

    /// Does jobs until the queue is closed and empty: the life of a thread.
    func work() {
        while let job = next() { job() }
    }

    private func next() -> (@Sendable () -> Void)? {
        // One loop often follows another: to wake a thread takes longer than to wait for a moment.
        Patience.wait { jobCount.load(ordering: .relaxed) > 0 }
        condition.lock()
        defer { condition.unlock() }
        while jobs.isEmpty {
            if isClosed { return nil }
            condition.wait()
        }
        // Moved out, so that nothing dies under the lock: a job may hold the last reference to the
        // pool, whose end closes this queue. A queue holds a few jobs, so moving the rest is cheap.
        jobCount.store(jobs.count - 1, ordering: .relaxed)
        return jobs.removeFirst()
    }
}

/// Waiting without sleeping, for some 20 µs.
private enum Patience {
    private static let pauseCount = 1_000

    /// Waits until a condition holds, or not much longer.
    static func wait(until isDone: () -> Bool) {
        for _ in 0..<pauseCount {
            if isDone() { return }
            kernels_pause()
        }
    }
}

/// A loop whose ranges several threads draw, one after another.
final class SharedLoop: Sendable {
    private let rangeCount: Int
    private let drawn = Atomic<Int>(0)
    private let done = Atomic<Int>(0)
    private let body: @Sendable (Int) -> Void
    private let allDone = DispatchSemaphore(value: 0)

    init(rangeCount: Int, body: @escaping @Sendable (Int) -> Void) {
        self.rangeCount = rangeCount
        self.body = body
    }

    /// Draws ranges until none is left.
    func help() {
        while true {
            let index = drawn.wrappingAdd(1, ordering: .relaxed).oldValue
            guard index < rangeCount else { return }
            body(index)
            let doneCount = done.wrappingAdd(1, ordering: .acquiringAndReleasing).newValue
            if doneCount == rangeCount { allDone.signal() }
        }
    }

    /// Waits for the ranges that others have drawn; called once, after `help`.
    func waitUntilDone() {
        Patience.wait { done.load(ordering: .acquiring) == rangeCount }
        // What was signalled while nobody slept is taken without sleeping.
        allDone.wait()
    }
}
