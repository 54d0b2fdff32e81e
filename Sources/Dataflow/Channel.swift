import Synchronization

/// A bounded queue of batches between two stages.
///
/// - **Capacity**: bytes and rows; one batch of any size fits into an empty channel.
/// - **Full**: `send` waits until the receiver has made room.
/// - **Sender done**: `receive` returns what is queued, then nil.
/// - **Receiver gone**: what is queued is dropped and `send` throws `CancellationError`.
/// - **Cancellation**: a waiting party wakes and throws `CancellationError`; its batch is dropped.
///
/// - Concurrency: One task sends and one receives.
package final class Channel: Sendable {
    private typealias State = ChannelState<SenderContinuation, ReceiverContinuation>
    private typealias SenderContinuation = CheckedContinuation<Void, any Error>
    private typealias ReceiverContinuation = CheckedContinuation<Parcel?, any Error>

    private let state: Mutex<State>

    /// An empty channel.
    package init(capacity: ChannelCapacity) {
        state = Mutex(State(capacity: capacity))
    }

    /// How full the channel is, from 0 to 1.
    package var fill: Double { state.withLock { min(1, $0.fill) } }

    /// The most bytes that were ever queued.
    package var highWaterBytes: Int { state.withLock { $0.highWaterBytes } }

    /// Sends a batch if there is room for it now.
    ///
    /// - Returns: Whether it is sent; if not, `send` waits for room.
    /// - Throws: `CancellationError` if the task is cancelled or the receiver is gone.
    package func offer(_ parcel: Parcel) throws -> Bool {
        try Task.checkCancellation()
        switch state.withLock({ $0.send(parcel) }) {
        case .queued: return true
        case .deliver(let receiver):
            receiver.resume(returning: parcel)
            return true
        case .wait: return false
        case .refused: throw CancellationError()
        }
    }

    /// Sends a batch, waiting for room.
    ///
    /// - Throws: `CancellationError` if the task is cancelled or the receiver is gone.
    package func send(
        _ parcel: Parcel,
        isolation: isolated (any Actor)? = #isolation
    ) async throws {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation(isolation: isolation) {
                (continuation: SenderContinuation) in
                let action = state.withLock { state -> State.SendAction in
                    // The handler may have run before there was a continuation to wake.
                    if Task.isCancelled { return .refused }
                    let action = state.send(parcel)
                    if case .wait = action { state.park(parcel, sender: continuation) }
                    return action
                }
                switch action {
                case .queued: continuation.resume()
                case .deliver(let receiver):
                    receiver.resume(returning: parcel)
                    continuation.resume()
                case .wait: break
                case .refused: continuation.resume(throwing: CancellationError())
                }
            }
        } onCancel: {
            state.withLock { $0.cancelSender() }?.resume(throwing: CancellationError())
        }
    }

    /// The next batch, or nil after the last.
    ///
    /// - Throws: `CancellationError` if the task is cancelled.
    package func receive(isolation: isolated (any Actor)? = #isolation) async throws -> Parcel? {
        try Task.checkCancellation()
        switch state.withLock({ $0.receive() }) {
        case .take(let parcel, let sender):
            sender?.resume()
            return parcel
        case .finished: return nil
        case .wait: return try await receiveNext()
        }
    }

    /// Waits for the next batch.
    private func receiveNext(
        isolation: isolated (any Actor)? = #isolation
    ) async throws -> Parcel? {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation(isolation: isolation) {
                (continuation: ReceiverContinuation) in
                let action = state.withLock { state -> State.ReceiveAction? in
                    // The handler may have run before there was a continuation to wake.
                    if Task.isCancelled { return nil }
                    let action = state.receive()
                    if case .wait = action { state.park(receiver: continuation) }
                    return action
                }
                switch action {
                case .take(let parcel, let sender):
                    sender?.resume()
                    continuation.resume(returning: parcel)
                case .wait: break
                case .finished: continuation.resume(returning: nil)
                case nil: continuation.resume(throwing: CancellationError())
                }
            }
        } onCancel: {
            state.withLock { $0.cancelReceiver() }?.resume(throwing: CancellationError())
        }
    }

    /// Says that nothing more will be sent.
    package func finish() {
        state.withLock { $0.finish() }?.resume(returning: nil)
    }

    /// Says that nothing more will be received.
    package func abandon() {
        state.withLock { $0.abandon() }?.resume(throwing: CancellationError())
    }
}
