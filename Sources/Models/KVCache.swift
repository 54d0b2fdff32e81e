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
    /// Keys, turned by their positions.
    let keys: HeadRows
    /// Values.
    let values: HeadRows
    private let kernels: Kernels

    /// Room for `capacity` tokens; memory is taken as it fills.
    ///
    /// - Throws: `ModelsError.contextMemory` if the machine has less.
    init(_ model: LlamaModel, capacity: Int) throws(ModelsError) {
        let configuration = model.configuration
        // No overflow: each layer's matrices are in the file.
        let perToken =
            configuration.layerCount * configuration.keyValueSize * 2 * (model.keepsHalves ? 2 : 4)
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
        keys = HeadRows(count: count, model)
        values = HeadRows(count: count, model)
        kernels = model.kernels
    }

    /// A copy of the keys and values of the first `tokenCount` tokens, with as much room.
    init(copying cache: KVCache, tokenCount: Int) {
        capacity = cache.capacity
        layerCount = cache.layerCount
        headCount = cache.headCount
        headSize = cache.headSize
        keys = HeadRows(like: cache.keys)
        values = HeadRows(like: cache.values)
        kernels = cache.kernels
        for layer in 0..<layerCount {
            for head in 0..<headCount {
                let (start, count) = (offset(layer: layer, head: head), tokenCount * headSize)
                keys.copy(from: cache.keys, at: start, count: count, to: start)
                values.copy(from: cache.values, at: start, count: count, to: start)
            }
        }
    }

    /// Where the rows of a head begin.
    func offset(layer: Int, head: Int) -> Int {
        (layer * headCount + head) * capacity * headSize
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
                let source = (token * headCount + head) * headSize
                let target =
                    offset(layer: layer, head: head) + (pass.firstPosition + token) * headSize
                model.rotary.apply(turns, to: pass.keys.pointer + source)
                keys.write(pass.keys.pointer + source, count: headSize, at: target, kernels)
                values.write(pass.values.pointer + source, count: headSize, at: target, kernels)
            }
        }
    }
}
