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
        self.init(model, try KVCache(model, capacity: capacity))
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
        let groups = QueryGroups(headCount: heads, headsOfKey: headsOfKey, pass.tokenCount)
        let scale = 1 / Float(headSize).squareRoot()
        let (kernels, cache) = (model.kernels, cache)
        let start = pass.firstPosition
        let (queries, attended) = (pass.queries, pass.result)
        let room = JointSoftmax.room(pass.endPosition)
        let grain = max(1, (1 << 14) / (pass.endPosition * headSize * groups.queryCount))
        model.pool.parallelFor(count: groups.count, grain: grain) { range in
            let scoreCount = groups.queryCount * room
            withUnsafeTemporaryAllocation(of: Float.self, capacity: scoreCount) { scores in
                guard let scores = scores.baseAddress else { return }
                for group in range {
                    let (token, head, count) = groups.group(group)
                    let offset = cache.offset(layer: layer, head: head / headsOfKey)
                    let place = (token * heads + head) * headSize
                    let keyCount = start + token + groups.tokenCount(of: count)
                    var group = HeadQueries(
                        vectors: queries.pointer + place,
                        count: count,
                        stride: groups.stride * headSize,
                        headSize: headSize,
                        scores: scores,
                        scoreStride: room
                    )
                    cache.keys.scan(group, offset: offset, rowCount: keyCount, kernels)
                    group.vectors = attended.pointer + place
                    for query in 0..<count {
                        let row = scores + query * room
                        let ownCount = start + token + groups.tokenCount(of: query + 1)
                        kernels.table.pointee.softmax_f32(row, ownCount, scale)
                        // Later tokens of the group have no share in an earlier one's.
                        let end = JointSoftmax.room(ownCount)
                        if end < keyCount {
                            (row + end).update(repeating: 0, count: keyCount - end)
                        }
                        (group.vectors + query * group.stride)
                            .update(repeating: 0, count: headSize)
                    }
                    cache.values.addScaled(group, offset: offset, rowCount: keyCount, kernels)
                }
            }
        }
    }
}

/// How the queries of a pass are put together, so that a key is read once for several: those of heads
/// that share their keys, or, where none do, of neighbouring tokens.
private struct QueryGroups: Sendable {
    /// How many groups there are.
    let count: Int
    /// The most queries of a group.
    let queryCount: Int
    /// Heads from one query to the next.
    let stride: Int

    private let headCount: Int
    private let passLength: Int
    private let areTokens: Bool

    /// As many as the kernels keep in registers.
    private static let most = 4

    init(headCount: Int, headsOfKey: Int, _ passLength: Int) {
        self.headCount = headCount
        self.passLength = passLength
        areTokens = headsOfKey == 1
        if areTokens {
            queryCount = min(Self.most, passLength)
            stride = headCount
            count = (passLength + queryCount - 1) / queryCount * headCount
        } else {
            queryCount = (1...Self.most).last { headsOfKey.isMultiple(of: $0) } ?? 1
            stride = 1
            count = passLength * headCount / queryCount
        }
    }

    /// The first token and head of a group, and how many queries it has.
    func group(_ index: Int) -> (token: Int, head: Int, count: Int) {
        guard areTokens else {
            let groupsOfToken = headCount / queryCount
            return (index / groupsOfToken, index % groupsOfToken * queryCount, queryCount)
        }
        let token = index / headCount * queryCount
        return (token, index % headCount, min(queryCount, passLength - token))
    }

    /// How many tokens some of a group's queries belong to.
    func tokenCount(of queryCount: Int) -> Int { areTokens ? queryCount : 1 }
}
