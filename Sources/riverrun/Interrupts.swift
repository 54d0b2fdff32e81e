import Dispatch
import Foundation
import Synchronization

/// Turns Ctrl-C into an orderly stop, and a second Ctrl-C into an immediate one.
///
/// The first SIGINT or SIGTERM runs the handler; the second ends the process with status 130.
/// What was committed before stays committed: the store is consistent at every instant.
final class Interrupts: Sendable {
    // Safe: written once in `init`; dispatch sources are thread-safe objects.
    nonisolated(unsafe) private let sources: [any DispatchSourceSignal]
    private let count = Mutex(0)

    /// Starts listening; `onFirst` runs on a queue of its own.
    init(onFirst: @escaping @Sendable () -> Void) {
        let queue = DispatchQueue(label: "riverrun.interrupts")
        sources = [SIGINT, SIGTERM].map { number in
            signal(number, SIG_IGN)
            return DispatchSource.makeSignalSource(signal: number, queue: queue)
        }
        for source in sources {
            source.setEventHandler { [self] in
                let isFirst = count.withLock { count in
                    count += 1
                    return count == 1
                }
                guard isFirst else { _exit(130) }
                onFirst()
            }
            source.resume()
        }
    }

    /// Whether a stop was asked for.
    var wasInterrupted: Bool { count.withLock { $0 > 0 } }
}
