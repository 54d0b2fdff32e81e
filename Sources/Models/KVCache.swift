internal import Foundation
internal import Tensors

/// The keys and values of the tokens that a decoder has read, as many as its context holds.
///
/// - Shapes: keys and values [layers, keyValueHeads, capacity, headSize], so that a head's keys are
///   one matrix.
/// - Concurrency: not guarded; heads may be filled and read by several threads, each its own.
final class KVCache: Sendable {
    /// How many tokens there is room for.
    let capacity: Int
    private let layerCount: Int
    private let headCount: Int
    private let headSize: Int
    private let keys: AlignedFloats
    private let values: AlignedFloats

    /// Room for `capacity` tokens; memory is taken as it fills.
    ///
    /// - Throws: `ModelsError.contextMemory` if the machine has less.
    init(_ configuration: LlamaConfiguration, capacity: Int) throws(ModelsError) {
        // No overflow: each layer's matrices are in the file.
        let perToken =
            configuration.layerCount * configuration.keyValueSize * 2 * MemoryLayout<Float>.size
        let (needed, overflows) = perToken.multipliedReportingOverflow(by: capacity)
        let limit = Int(clamping: ProcessInfo.processInfo.physicalMemory)
        guard !overflows, needed <= limit else {
            throw .contextMemory(
                tokenCount: capacity,
                neededBytes: overflows ? .max : needed,
                limitBytes: limit
            )
        }
        self.capacity = capacity
        layerCount = configuration.layerCount
        headCount = configuration.keyValueHeadCount
        headSize = configuration.headSize
        let count = layerCount * headCount * capacity * headSize
        keys = AlignedFloats(count: count)
        values = AlignedFloats(count: count)
    }

    /// A copy of the keys and values of the first `tokenCount` tokens, with as much room.
    init(copying cache: KVCache, tokenCount: Int) {
        capacity = cache.capacity
        layerCount = cache.layerCount
        headCount = cache.headCount
        headSize = cache.headSize
        keys = AlignedFloats(count: cache.keys.count)
        values = AlignedFloats(count: cache.values.count)
        for layer in 0..<layerCount {
            for head in 0..<headCount {
                let count = tokenCount * headSize
                keys(layer: layer, head: head)
                    .update(from: cache.keys(layer: layer, head: head), count: count)
                values(layer: layer, head: head)
                    .update(from: cache.values(layer: layer, head: head), count: count)
            }
        }
    }

    /// The keys of a head, from the first position on.
    func keys(layer: Int, head: Int) -> UnsafeMutablePointer<Float> {
        keys.pointer + offset(layer, head)
    }

    /// The values of a head, from the first position on.
    func values(layer: Int, head: Int) -> UnsafeMutablePointer<Float> {
        values.pointer + offset(layer, head)
    }

    /// Turns a pass's queries and keys, each token's by its own turns, and keeps keys and values in
    /// the rows from the pass's first position on.
    func turnAndKeep(
        _ pass: AttentionPass,
        _ turns: [[SIMD2<Float>]],
        _ model: LlamaModel,
        layer: Int
    ) {
        model.rotary.apply(
            turns,
            to: pass.queries.pointer,
            headCount: model.configuration.headCount,
            headSize: headSize
        )
        for (token, turns) in turns.enumerated() {
            for head in 0..<headCount {
                let offset = (token * headCount + head) * headSize
                let row = (pass.firstPosition + token) * headSize
                model.rotary.apply(turns, to: pass.keys.pointer + offset)
                (keys(layer: layer, head: head) + row)
                    .update(from: pass.keys.pointer + offset, count: headSize)
                (values(layer: layer, head: head) + row)
                    .update(from: pass.values.pointer + offset, count: headSize)
            }
        }
    }

    private func offset(_ layer: Int, _ head: Int) -> Int {
        (layer * headCount + head) * capacity * headSize
    }
}
