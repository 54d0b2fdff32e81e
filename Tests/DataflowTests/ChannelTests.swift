import Dataflow
import Testing

/// The channel between real tasks.
@Suite struct ChannelTests {
    private let one = ChannelCapacity(bytes: 1 << 20, rows: 1)

    private func parcel(_ values: [Int64], of document: Document?) throws -> Parcel {
        Parcel(try batch(values, of: document))
    }

    @Test func whatIsSentArrivesInOrderAndThenTheEnd() async throws {
        let channel = Channel(capacity: one)
        let sender = Task {
            for value in 0..<500 { try await channel.send(try parcel([Int64(value)], of: nil)) }
            channel.finish()
        }
        var received: [Int64] = []
        while let parcel = try await channel.receive() {
            received += try values(of: parcel.batch)
        }
        try await sender.value
        #expect(received == Array(0..<500))
    }

    @Test func theSenderNeverRunsAheadOfTheReceiverByMoreThanTheCapacity() async throws {
        let channel = Channel(capacity: ChannelCapacity(bytes: 1 << 20, rows: 3))
        let asked = Log<Void>()
        let leads = Log<Int>()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for sent in 1...200 {
                    try await channel.send(try parcel([1], of: nil))
                    // It may be asked for more meanwhile, never for less.
                    leads.append(sent - asked.entries.count)
                }
                channel.finish()
            }
            group.addTask {
                repeat {
                    asked.append(())
                    await Task.yield()
                } while try await channel.receive() != nil
            }
            try await group.waitForAll()
        }
        #expect(leads.entries.count == 200)
        #expect(leads.entries.allSatisfy { $0 <= 3 })
        #expect(channel.highWaterBytes <= 3 * (try batch([1], of: nil)).byteCount)
    }

    @Test func anOfferIsTakenOnlyWhereThereIsRoom() async throws {
        let channel = Channel(capacity: one)
        #expect(try channel.offer(try parcel([1], of: nil)))
        #expect(try !channel.offer(try parcel([2], of: nil)))
        #expect(try await channel.receive()?.batch == batch([1], of: nil))
        let receiver = Task { try await channel.receive() }
        while try !channel.offer(try parcel([3], of: nil)) { await Task.yield() }
        #expect(try await receiver.value?.batch == batch([3], of: nil))
        channel.abandon()
        #expect(throws: CancellationError.self) { try channel.offer(try parcel([4], of: nil)) }
    }

    @Test func aSenderWaitsWhileTheChannelIsFull() async throws {
        let channel = Channel(capacity: one)
        let sent = Log<Int>()
        try await channel.send(try parcel([1], of: nil))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await channel.send(try parcel([2], of: nil))
                sent.append(2)
            }
            for _ in 0..<50 { await Task.yield() }
            #expect(sent.entries == [])
            #expect(channel.fill == 1)
            #expect(try await channel.receive()?.batch == batch([1], of: nil))
            try await group.waitForAll()
        }
        #expect(try await channel.receive()?.batch == batch([2], of: nil))
    }

    @Test func aCancelledSenderThrowsAndItsBatchIsDropped() async throws {
        let channel = Channel(capacity: one)
        try await channel.send(try parcel([1], of: nil))
        let sender = Task { try await channel.send(try parcel([2], of: nil)) }
        sender.cancel()
        await #expect(throws: CancellationError.self) { try await sender.value }
        channel.finish()
        #expect(try await channel.receive()?.batch == batch([1], of: nil))
        #expect(try await channel.receive()?.batch == nil)
    }

    @Test func aCancelledReceiverThrows() async throws {
        let channel = Channel(capacity: one)
        let receiver = Task { try await channel.receive() }
        receiver.cancel()
        await #expect(throws: CancellationError.self) { try await receiver.value }
    }

    @Test func aSenderIsRefusedOnceTheReceiverIsGone() async throws {
        let channel = Channel(capacity: one)
        try await channel.send(try parcel([1], of: nil))
        let waiting = Task { try await channel.send(try parcel([2], of: nil)) }
        for _ in 0..<50 { await Task.yield() }
        channel.abandon()
        await #expect(throws: CancellationError.self) { try await waiting.value }
        await #expect(throws: CancellationError.self) {
            try await channel.send(try parcel([3], of: nil))
        }
    }

    @Test func aWaitingReceiverLearnsOfTheEnd() async throws {
        let channel = Channel(capacity: one)
        let receiver = Task { try await channel.receive() }
        for _ in 0..<50 { await Task.yield() }
        channel.finish()
        #expect(try await receiver.value?.batch == nil)
    }
}
