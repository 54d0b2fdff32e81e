import Diagnostics
import Dispatch
import Foundation
import Synchronization

/// Turns Ctrl-C into an orderly stop, and a second Ctrl-C into an immediate one.
///
/// The first SIGINT or SIGTERM runs the handler; the second ends the process with status 130.
/// What was committed before stays committed: the store is consistent at every instant.
final class Interrupts: Sendable {
    private static let signals = [SIGINT, SIGTERM]

    // Written once in `init`; dispatch sources are thread-safe objects.
    nonisolated(unsafe) private let sources: [any DispatchSourceSignal]  // Never written again.

    /// Starts listening; `onFirst` runs on a queue of its own.
    ///
    /// Returns once every signal is listened to: one that came before would be lost.
    init(onFirst: @escaping @Sendable () -> Void) {
        let registered = DispatchSemaphore(value: 0)
        let queue = DispatchQueue(label: "riverrun.interrupts")
        let count = InterruptCount()
        sources = Self.signals.map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            // The handler and the source hold each other until `stop` cancels the source.
            source.setEventHandler {
                // Two that come at once are told as one event.
                let total = count.add(Int(source.data))
                guard total == 1 else { _exit(ExitCode.interrupted.rawValue) }
                onFirst()
            }
            source.setRegistrationHandler { registered.signal() }
            return source
        }
        for source in sources { source.resume() }
        for _ in sources { registered.wait() }
    }

    /// Stops listening: a signal ends the process again.
    func stop() {
        for source in sources { source.cancel() }
        for number in Self.signals { signal(number, SIG_DFL) }
    }
}

/// How often a run was interrupted.
private final class InterruptCount: Sendable {
    private let count = Mutex(0)

    /// Counts more and gives the sum.
    func add(_ more: Int) -> Int {
        count.withLock { count in
            count += more
            return count
        }
    }
}
