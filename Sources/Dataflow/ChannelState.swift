/// The state of a bounded channel, apart from locks and continuations.
///
/// Transitions return what to do outside the lock. `Sender` and `Receiver` are what wakes a waiting
/// party: continuations in a run, plain numbers in a test.
///
/// Invariants: at most one sender and one receiver wait, and never both; a receiver waits only while
/// the queue is empty; `bytes` and `rows` are the sums over the queue.
package struct ChannelState<Sender, Receiver> {
    /// What became of a batch that was sent.
    package enum SendAction {
        /// It is queued.
        case queued
        /// It goes to the receiver that was waiting.
        case deliver(Receiver)
        /// The channel is full; the sender waits.
        case wait
        /// Nobody will receive any more.
        case refused
    }

    /// What a receiver gets.
    package enum ReceiveAction {
        /// A batch, and the sender that may go on because there is room again.
        case take(Parcel, resuming: Sender?)
        /// Nothing is there yet; the receiver waits.
        case wait
        /// The sender has finished and nothing is left.
        case finished
    }

    private let capacity: ChannelCapacity
    private var queue: [Parcel?] = []
    private var head = 0
    private var waitingSender: (parcel: Parcel, sender: Sender)?
    private var waitingReceiver: Receiver?
    private var isFinished = false
    private var isAbandoned = false
    /// How many bytes are queued.
    package private(set) var bytes = 0
    /// How many rows are queued.
    package private(set) var rows = 0
    /// The most bytes that were ever queued.
    package private(set) var highWaterBytes = 0

    /// An empty channel.
    package init(capacity: ChannelCapacity) {
        self.capacity = capacity
    }

    /// How full the channel is, from 0 to 1 and above 1 with an oversize batch.
    package var fill: Double {
        max(Double(bytes) / Double(capacity.bytes), Double(rows) / Double(capacity.rows))
    }

    private var count: Int { queue.count - head }

    /// Whether one more batch may be queued; an empty channel takes a batch of any size.
    private func hasRoom(for parcel: Parcel) -> Bool {
        count == 0
            || bytes + parcel.bytes <= capacity.bytes && rows + parcel.rows <= capacity.rows
    }

    /// Offers a batch; after `.wait`, `park` must follow under the same lock.
    package mutating func send(_ parcel: Parcel) -> SendAction {
        precondition(waitingSender == nil, "a channel has one sender")
        if isAbandoned { return .refused }
        precondition(!isFinished, "nothing is sent after the end")
        if let receiver = waitingReceiver {
            waitingReceiver = nil
            return .deliver(receiver)
        }
        guard hasRoom(for: parcel) else { return .wait }
        enqueue(parcel)
        return .queued
    }

    /// Leaves a batch with the sender that waits for room.
    package mutating func park(_ parcel: Parcel, sender: Sender) {
        waitingSender = (parcel, sender)
    }

    /// Asks for the next batch; after `.wait`, `park(receiver:)` must follow under the same lock.
    package mutating func receive() -> ReceiveAction {
        precondition(waitingReceiver == nil, "a channel has one receiver")
        guard let parcel = dequeue() else {
            if let waiting = waitingSender {
                waitingSender = nil
                return .take(waiting.parcel, resuming: waiting.sender)
            }
            return isFinished ? .finished : .wait
        }
        guard let waiting = waitingSender, hasRoom(for: waiting.parcel) else {
            return .take(parcel, resuming: nil)
        }
        waitingSender = nil
        enqueue(waiting.parcel)
        return .take(parcel, resuming: waiting.sender)
    }

    /// Leaves the receiver that waits for a batch.
    package mutating func park(receiver: Receiver) {
        waitingReceiver = receiver
    }

    /// The sender has nothing more; returns the receiver to be told, if one waits.
    package mutating func finish() -> Receiver? {
        isFinished = true
        defer { waitingReceiver = nil }
        return waitingReceiver
    }

    /// Nobody will receive any more; returns the sender to be refused, if one waits.
    package mutating func abandon() -> Sender? {
        isAbandoned = true
        queue.removeAll()
        head = 0
        bytes = 0
        rows = 0
        defer { waitingSender = nil }
        return waitingSender?.sender
    }

    /// The waiting sender was cancelled: its batch is dropped.
    package mutating func cancelSender() -> Sender? {
        defer { waitingSender = nil }
        return waitingSender?.sender
    }

    /// The waiting receiver was cancelled.
    package mutating func cancelReceiver() -> Receiver? {
        defer { waitingReceiver = nil }
        return waitingReceiver
    }

    private mutating func enqueue(_ parcel: Parcel) {
        queue.append(parcel)
        bytes += parcel.bytes
        rows += parcel.rows
        highWaterBytes = max(highWaterBytes, bytes)
    }

    private mutating func dequeue() -> Parcel? {
        guard head < queue.count, let parcel = queue[head] else { return nil }
        queue[head] = nil
        head += 1
        if head > 32, head * 2 > queue.count {
            queue.removeFirst(head)
            head = 0
        }
        bytes -= parcel.bytes
        rows -= parcel.rows
        return parcel
    }

    /// Checks what must hold between transitions.
    package func checkInvariants() {
        precondition(waitingSender == nil || waitingReceiver == nil, "both parties wait")
        precondition(waitingReceiver == nil || count == 0, "a receiver waits beside a queue")
        let queued = queue[head...].compactMap(\.self)
        precondition(bytes == queued.reduce(0) { $0 + $1.batch.byteCount }, "bytes are counted")
        precondition(rows == queued.reduce(0) { $0 + $1.batch.rowCount }, "rows are counted")
        precondition(
            count <= 1 || bytes <= capacity.bytes && rows <= capacity.rows,
            "more is queued than there is room for"
        )
    }
}

/// A batch on its way, measured once; one object, which is handed on several times from stage to stage.
package final class Parcel: Sendable {
    /// The batch.
    package let batch: Batch
    /// About how many bytes of memory it takes.
    let bytes: Int
    /// How many rows it has.
    package var rows: Int { batch.rowCount }

    /// Measures a batch.
    package init(_ batch: Batch) {
        self.batch = batch
        bytes = batch.byteCount
    }
}

/// How much a channel holds before its sender waits.
public struct ChannelCapacity: Sendable, Equatable {
    /// The most bytes.
    public var bytes: Int
    /// The most rows.
    public var rows: Int

    /// A capacity; one batch alone may exceed it.
    public init(bytes: Int = 4 << 20, rows: Int = 4096) {
        self.bytes = bytes
        self.rows = rows
    }
}
