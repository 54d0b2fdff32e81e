import Diagnostics
import Foundation
import Synchronization

/// Turns Ctrl-C into an orderly stop, and a second Ctrl-C into an immediate one.
///
/// The first SIGINT or SIGTERM runs the handler; the second ends the process with status 130.
/// What was committed before stays committed: the store is consistent at every instant.
/// One listens at a time, and any number one after another.
final class Interrupts: Sendable {
    private static let signals = [SIGINT, SIGTERM]

    /// Starts listening; `onFirst` runs on a thread of its own.
    init(onFirst: @escaping @Sendable () -> Void) {
        let count = Mutex(0)
        SignalPipe.shared.listen {
            let total = count.withLock { count in
                count += 1
                return count
            }
            guard total == 1 else { _exit(ExitCode.interrupted.rawValue) }
            onFirst()
        }
        for number in Self.signals { signal(number, passOnSignal) }
    }

    /// Stops listening: a signal ends the process again.
    func stop() {
        for number in Self.signals { signal(number, SIG_DFL) }
        SignalPipe.shared.listen {}
    }
}

/// Brings signals from where hardly anything is allowed to a thread where everything is.
///
/// Dispatch's own source of signals loses them where a second one follows a first.
private final class SignalPipe: Sendable {
    static let shared = SignalPipe()

    private let listener = Mutex<@Sendable () -> Void>({})

    private init() {
        let pipe = Pipe()
        signalDescriptor = pipe.fileHandleForWriting.fileDescriptor
        let thread = Thread { [self] in
            // The pipe lives as long as the process.
            while let byte = try? pipe.fileHandleForReading.read(upToCount: 1), !byte.isEmpty {
                listener.withLock { $0 }()
            }
            withExtendedLifetime(pipe) {}
        }
        thread.name = "interrupts"
        thread.start()
    }

    func listen(_ body: @escaping @Sendable () -> Void) {
        listener.withLock { $0 = body }
    }
}

// Written once, before the first signal is passed on.
nonisolated(unsafe) private var signalDescriptor: Int32 = -1  // Only read after that.

/// Runs inside whatever a signal interrupts, so it only writes a byte.
private func passOnSignal(_ number: Int32) {
    let saved = errno
    var byte: UInt8 = 1
    _ = write(signalDescriptor, &byte, 1)
    errno = saved
}
