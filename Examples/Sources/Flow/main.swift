// A chain of one's own: a source of numbers and a stage that adds them up, joined by a channel.
//
//     swift run --package-path Examples Flow

import Dataflow
import Tensors

actor Numbers: Source {
    private var number: Int64 = 0

    func next() throws -> Batch? {
        guard number < 10 else { return nil }
        number += 1
        var batch = Batch(document: Document(ordinal: 0, id: "numbers", uri: "numbers"))
        try batch.set("number", .int64(Tensor(width: 1, elements: [number])))
        return batch
    }

    func position() -> [UInt8] { [UInt8(number)] }
    func restore(_ position: [UInt8]) { number = Int64(position.first ?? 0) }
}

actor Adder: Stage {
    private(set) var sum: Int64 = 0

    func process(_ batch: Batch, into output: Output) async throws {
        sum += try batch.int64("number").elements.reduce(0, +)
        try await output.send(batch)
    }

    func snapshot() -> [UInt8] { [UInt8(sum)] }
    func restore(_ state: [UInt8]) { sum = Int64(state.first ?? 0) }
}

let adder = Adder()
let run = PipelineRun(
    source: .init("numbers", Numbers()),
    stages: [.init("add", adder)],
    configuration: RunConfiguration(channelCapacity: ChannelCapacity(bytes: 4096, rows: 4))
)
let report = try await run.start()
print(await adder.sum, report.stages.map(\.rows))
