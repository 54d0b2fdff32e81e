import Dataflow
import Testing

/// The state machine alone: senders and receivers are numbers.
@Suite struct ChannelStateTests {
    private typealias State = ChannelState<Int, Int>

    private func parcel(_ rows: Int) throws -> Parcel {
        Parcel(try batch([Int64](repeating: 7, count: rows), of: nil))
    }

    /// A state by its name.
    private func state(_ name: String) throws -> State {
        var state = State(capacity: ChannelCapacity(bytes: 1 << 20, rows: 2))
        switch name {
        case "empty": break
        case "queued": _ = state.send(try parcel(1))
        case "full": _ = state.send(try parcel(2))
        case "senderWaits":
            _ = state.send(try parcel(2))
            _ = state.send(try parcel(1))
            state.park(try parcel(1), sender: 1)
        case "receiverWaits":
            _ = state.receive()
            state.park(receiver: 2)
        case "finished": _ = state.finish()
        case "finishedWithRest":
            _ = state.send(try parcel(1))
            _ = state.finish()
        case "abandoned": _ = state.abandon()
        default: Issue.record("there is no state \(name)")
        }
        return state
    }

    /// What an event does, in words.
    private func outcome(of event: String, in state: inout State) throws -> String {
        func woken(_ party: Int?) -> String { party.map { "wakes \($0)" } ?? "nothing" }
        switch event {
        case "send":
            switch state.send(try parcel(1)) {
            case .queued: return "queued"
            case .deliver(let receiver): return "delivers to \(receiver)"
            case .wait: return "waits"
            case .refused: return "refused"
            }
        case "receive":
            switch state.receive() {
            case .take(let parcel, let sender):
                return "takes \(parcel.rows), \(woken(sender))"
            case .wait: return "waits"
            case .finished: return "finished"
            }
        case "finish": return woken(state.finish())
        case "abandon": return woken(state.abandon())
        case "cancelSender": return woken(state.cancelSender())
        default: return woken(state.cancelReceiver())
        }
    }

    @Test(arguments: [
        ("empty", "send", "queued"), ("empty", "receive", "waits"),
        ("empty", "finish", "nothing"), ("empty", "abandon", "nothing"),
        ("empty", "cancelSender", "nothing"), ("empty", "cancelReceiver", "nothing"),
        ("queued", "send", "queued"), ("queued", "receive", "takes 1, nothing"),
        ("queued", "finish", "nothing"), ("queued", "abandon", "nothing"),
        ("full", "send", "waits"), ("full", "receive", "takes 2, nothing"),
        ("full", "finish", "nothing"), ("full", "abandon", "nothing"),
        ("senderWaits", "receive", "takes 2, wakes 1"),
        ("senderWaits", "abandon", "wakes 1"), ("senderWaits", "cancelSender", "wakes 1"),
        ("senderWaits", "cancelReceiver", "nothing"),
        ("receiverWaits", "send", "delivers to 2"), ("receiverWaits", "finish", "wakes 2"),
        ("receiverWaits", "cancelReceiver", "wakes 2"),
        ("receiverWaits", "cancelSender", "nothing"),
        ("finished", "receive", "finished"), ("finished", "abandon", "nothing"),
        ("finishedWithRest", "receive", "takes 1, nothing"),
        ("finishedWithRest", "abandon", "nothing"),
        ("abandoned", "send", "refused"), ("abandoned", "finish", "nothing"),
        ("abandoned", "cancelSender", "nothing"),
    ])
    func eachEventDoesInEachState(name: String, event: String, expected: String) throws {
        var state = try state(name)
        #expect(try outcome(of: event, in: &state) == expected)
        state.checkInvariants()
    }

    @Test func aBatchLargerThanTheChannelPassesAlone() throws {
        var state = State(capacity: ChannelCapacity(bytes: 1 << 20, rows: 2))
        guard case .queued = state.send(try parcel(5)) else {
            Issue.record("an empty channel takes a batch of any size")
            return
        }
        guard case .wait = state.send(try parcel(1)) else {
            Issue.record("nothing goes beside an oversize batch")
            return
        }
        #expect(state.fill > 1)
        state.checkInvariants()
    }

    @Test func bytesFillAChannelAsRowsDo() throws {
        let one = try batch([1], of: nil)
        var state = State(capacity: ChannelCapacity(bytes: one.byteCount * 2, rows: 100))
        for _ in 0..<2 {
            guard case .queued = state.send(Parcel(one)) else {
                Issue.record("there is room for two")
                return
            }
        }
        guard case .wait = state.send(Parcel(one)) else {
            Issue.record("there is no room for a third")
            return
        }
        #expect(state.highWaterBytes == one.byteCount * 2)
    }

    /// What is sent comes out once, in order, whatever the two sides do in between.
    @Test(arguments: 0..<50 as Range<UInt64>)
    func randomEventsKeepTheInvariantsAndTheOrder(seed: UInt64) throws {
        var random = SeededGenerator(state: seed)
        let capacity = ChannelCapacity(bytes: .random(in: 20...200, using: &random), rows: 5)
        var state = State(capacity: capacity)
        var (next, received) = (Int64(0), [Int64]())
        var (senderWaits, receiverWaits) = (false, false)
        for _ in 0..<300 {
            if Bool.random(using: &random), !senderWaits {
                let rows = Int.random(in: 1...7, using: &random)
                let sent = Parcel(try batch((0..<rows).map { next + Int64($0) }, of: nil))
                next += Int64(rows)
                switch state.send(sent) {
                case .queued: break
                case .deliver:
                    receiverWaits = false
                    received += try values(of: sent.batch)
                case .wait:
                    state.park(sent, sender: 1)
                    senderWaits = true
                case .refused: Issue.record("nobody has gone")
                }
            } else if !receiverWaits {
                switch state.receive() {
                case .take(let parcel, let sender):
                    received += try values(of: parcel.batch)
                    if sender != nil { senderWaits = false }
                case .wait:
                    state.park(receiver: 2)
                    receiverWaits = true
                case .finished: Issue.record("the end has not come")
                }
            }
            state.checkInvariants()
            #expect(!(senderWaits && receiverWaits))
        }
        if receiverWaits { _ = state.cancelReceiver() }
        drain: while true {
            switch state.receive() {
            case .take(let parcel, _): received += try values(of: parcel.batch)
            default: break drain
            }
        }
        #expect(received == Array(0..<next))
    }
}
