import Synchronization

/// Whether the user wants no more.
final class StopFlag: Sendable {
    private let flag = Atomic<Bool>(false)

    /// Whether it was set.
    var isSet: Bool { flag.load(ordering: .relaxed) }

    /// Lets work stop at its next look.
    func set() { flag.store(true, ordering: .relaxed) }
}
