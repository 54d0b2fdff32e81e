import Dispatch

/// Runs an actor on a queue of its own.
///
/// Reading a pipe blocks and cutting text computes for long: neither may hold one of the few threads
/// that all tasks share.
final class StageExecutor: SerialExecutor {
    private let queue: DispatchQueue

    init(_ label: String) {
        queue = DispatchQueue(label: "riverrun.\(label)")
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }
}
