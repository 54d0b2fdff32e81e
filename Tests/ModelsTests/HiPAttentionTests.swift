import Foundation
import Models
import Tensors
import Testing

@Suite struct HiPAttentionTests {
    private func configuration(
        _ stages: [HiPConfiguration.Stage],
        step: Int = 8
    ) -> HiPConfiguration {
        HiPConfiguration(initialTokenCount: 3, windowLength: 16, stages: stages, stepLength: step)
    }

    /// Steps of a layer, and what the last one found.
    private func selected(
        _ model: LlamaModel,
        _ configuration: HiPConfiguration,
        _ layer: RandomLayer,
        length: Int
    ) throws -> [[Int]] {
        let memory = HiPAttention(model, configuration)
        for start in stride(from: 0, to: length, by: configuration.stepLength) {
            _ = try layer.attend(
                start..<min(start + configuration.stepLength, length),
                memory
            )
        }
        return memory.selected[0]
    }

    /// Chunks of one key leave nothing to chance: whatever the stages, the same keys are found, and fewer
    /// of them are some of those.
    @Test func chunksOfOneKeyFindTheBest() throws {
        let model = try tinyDecoder("qwen2")
        let length = 150
        let layer = RandomLayer(model.configuration, length: length)
        let one = try selected(
            model,
            configuration([.init(chunkLength: 1, keptCount: 12)]),
            layer,
            length: length
        )
        let two = try selected(
            model,
            configuration([
                .init(chunkLength: 1, keptCount: 40), .init(chunkLength: 1, keptCount: 12),
            ]),
            layer,
            length: length
        )
        #expect(one == two)
        let all = try selected(
            model,
            configuration([.init(chunkLength: 1, keptCount: 11)]),
            layer,
            length: length
        )
        for (head, positions) in one.enumerated() {
            #expect(positions.count == 15 && positions == positions.sorted())
            #expect(Set(positions).count == 15 && positions.prefix(3) == [0, 1, 2])
            // Who keeps fewer keeps some of the same.
            #expect(Set(all[head]).isSubset(of: Set(positions)))
        }
    }

    /// Keys that are alike, and like the queries, are found through three stages where they begin a chunk.
    @Test(arguments: [40, 77, 101])
    func alikeNeighboursAreFound(place: Int) throws {
        let model = try tinyDecoder("qwen2")
        let length = 160
        var layer = RandomLayer(model.configuration, length: length)
        let width = model.configuration.keyValueHeadCount * model.configuration.headSize
        // All queries alike, and eight keys of a chunk of the first stage much like them.
        layer.queries = Array(repeating: 1, count: layer.queries.count)
        layer.keys = layer.keys.map { $0 * 0.01 }
        let start = 3 + (place - 3) / 32 * 32
        for index in (start * width)..<((start + 8) * width) { layer.keys[index] = 0 }
        let turned = TurnedOnes(model).key
        for position in start..<(start + 8) {
            for channel in 0..<width {
                layer.keys[position * width + channel] = turned[channel % turned.count]
            }
        }
        let stages: [HiPConfiguration.Stage] = [
            .init(chunkLength: 32, keptCount: 64), .init(chunkLength: 8, keptCount: 16),
            .init(chunkLength: 2, keptCount: 8),
        ]
        let found = try selected(model, configuration(stages), layer, length: length)
        for positions in found {
            #expect(Array(positions.dropFirst(3)) == Array(start..<(start + 8)))
        }
    }

    /// What a query of ones is after it was turned by the window's length, by its attention alone: the
    /// direction of keys that it likes most.
    private struct TurnedOnes {
        let key: [Float]

        init(_ model: LlamaModel) {
            let size = model.configuration.headSize
            // Qwen turns channel c with c + size / 2, base 1,000,000; the window is 16 long.
            key = (0..<size).map { channel in
                let pair = channel % (size / 2)
                let angle = 15 * pow(1_000_000, -2 * Double(pair) / Double(size))
                let sign: Double = channel < size / 2 ? -1 : 1
                return Float(cos(angle) + sign * sin(angle))
            }
        }
    }
}
