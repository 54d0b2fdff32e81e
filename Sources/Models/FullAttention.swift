internal import CKernels
internal import Tensors

/// Attention of each token to all tokens up to its own, whose keys and values are kept.
package final class FullAttention: AttentionMemory {
    package var capacity: Int { cache.capacity }
    package let passLength: Int

    private let model: LlamaModel
    private let cache: KVCache
    private var passTurns = PassTurns()

    /// Tokens that go through the layers together.
    private static let longestPass = 128

    /// A memory of up to `capacity` tokens.
    ///
    /// - Throws: `ModelsError.contextMemory` if that is more than the machine can hold.
    package convenience init(_ model: LlamaModel, capacity: Int) throws(ModelsError) {
        self.init(model, try KVCache(model.configuration, capacity: capacity))
    }

    /// A memory of what a cache holds.
    init(_ model: LlamaModel, _ cache: KVCache) {
        self.model = model
        self.cache = cache
        passLength = min(Self.longestPass, cache.capacity)
    }

    package func rewind(to position: Int) {}

    package func fork(at position: Int) -> any AttentionMemory {
        FullAttention(model, KVCache(copying: cache, tokenCount: position))
    }

    package func attend(_ pass: AttentionPass, layer: Int) {
        cache.turnAndKeep(pass, passTurns.turns(of: pass, model.rotary), model, layer: layer)
        // result = softmax(q · kᵀ / √headSize) · v for each head.
        let configuration = model.configuration
        let (heads, headSize) = (configuration.headCount, configuration.headSize)
        let headsOfKey = heads / configuration.keyValueHeadCount
        let scale = 1 / Float(headSize).squareRoot()
        let (kernels, cache) = (model.kernels, cache)
        let (start, tokenCount) = (pass.firstPosition, pass.tokenCount)
        let (queries, attended) = (pass.queries, pass.result)
        let grain = max(1, (1 << 14) / ((start + tokenCount) * headSize))
        model.pool.parallelFor(count: tokenCount * heads, grain: grain) { range in
            // The softmax takes whole vectors of 16.
            let room = (start + tokenCount + 15) / 16 * 16
            withUnsafeTemporaryAllocation(of: Float.self, capacity: room) { scores in
                guard let scores = scores.baseAddress else { return }
                for index in range {
                    let (token, head) = (index / heads, index % heads)
                    let keyCount = start + token + 1
                    let keys = cache.keys(layer: layer, head: head / headsOfKey)
                    let values = cache.values(layer: layer, head: head / headsOfKey)
                    let query = queries.pointer + index * headSize
                    let result = attended.pointer + index * headSize
                    kernels.table.pointee.scan_f32(query, keys, keyCount, headSize, scores)
                    kernels.table.pointee.softmax_f32(scores, keyCount, scale)
                    result.update(repeating: 0, count: headSize)
                    kernels.table.pointee.add_scaled_rows_f32(
                        result,
                        values,
                        scores,
                        keyCount,
                        headSize
                    )
                }
            }
        }
    }
}
