internal import CKernels
internal import Tensors

/// Attention of several texts that share what they begin with: a token attends to the shared
/// beginning, to the tokens of its own text behind it, and to itself.
///
/// Keys and values of all texts lie in one cache, a row a token in the order in which they were read.
/// A text behind the beginning is the list of its rows, so that texts part without a copy.
package final class BeamAttention: AttentionMemory {
    package var capacity: Int { cache.capacity }
    package let passLength: Int

    private let model: LlamaModel
    private let cache: KVCache
    private let beginning: FullAttention
    private var pass: BranchPass?

    /// The tokens of a pass that belong to different texts.
    private struct BranchPass {
        /// The shared tokens, which have the first rows.
        var beginningLength: Int
        /// For each token its text's rows behind the beginning; the last is its own.
        var paths: [[Int]]
        var turns: [[SIMD2<Float>]]
    }

    /// A memory of up to `capacity` tokens of all texts together.
    ///
    /// - Throws: `ModelsError.contextMemory` if that is more than the machine can hold.
    package init(_ model: LlamaModel, capacity: Int) throws(ModelsError) {
        self.model = model
        cache = try KVCache(model.configuration, capacity: capacity)
        beginning = FullAttention(model, cache)
        passLength = beginning.passLength
    }

    private init(copying other: BeamAttention, tokenCount: Int) {
        model = other.model
        cache = KVCache(copying: other.cache, tokenCount: tokenCount)
        beginning = FullAttention(model, cache)
        passLength = other.passLength
        pass = other.pass
    }

    /// Says to which text each token of the passes to come belongs, by the rows of that text behind a
    /// beginning; the last of them is the token's own.
    package func branch(behind beginningLength: Int, paths: [[Int]]) {
        precondition(paths.count <= passLength, "all texts go through the layers together")
        pass = BranchPass(
            beginningLength: beginningLength,
            paths: paths,
            turns: paths.map { model.rotary.turns(at: beginningLength + $0.count - 1) }
        )
    }

    package func rewind(to position: Int) {}

    package func fork(at position: Int) -> any AttentionMemory {
        BeamAttention(copying: self, tokenCount: position)
    }

    package func attend(_ pass: AttentionPass, layer: Int) {
        guard let branches = self.pass else { return beginning.attend(pass, layer: layer) }
        precondition(pass.tokenCount == branches.paths.count, "a path for each token")
        cache.turnAndKeep(pass, branches.turns, model, layer: layer)
        let configuration = model.configuration
        let (heads, headSize) = (configuration.headCount, configuration.headSize)
        let headsOfKey = heads / configuration.keyValueHeadCount
        let (kernels, cache, shared) = (model.kernels, cache, branches.beginningLength)
        let scale = 1 / Float(headSize).squareRoot()
        let longest = shared + (branches.paths.map(\.count).max() ?? 0)
        let grain = max(1, (1 << 14) / (longest * headSize))
        model.pool.parallelFor(count: pass.tokenCount * heads, grain: grain) { range in
            // The softmax takes whole vectors of 16.
            let room = (longest + 15) / 16 * 16
            withUnsafeTemporaryAllocation(of: Float.self, capacity: room) { scores in
                guard let scores = scores.baseAddress else { return }
                for index in range {
                    let (token, head) = (index / heads, index % heads)
                    let path = branches.paths[token]
                    let keys = cache.keys(layer: layer, head: head / headsOfKey)
                    let values = cache.values(layer: layer, head: head / headsOfKey)
                    let query = pass.queries.pointer + index * headSize
                    let result = pass.result.pointer + index * headSize
                    let table = kernels.table
                    table.pointee.scan_f32(query, keys, shared, headSize, scores)
                    for (place, row) in path.enumerated() {
                        let key = keys + row * headSize
                        table.pointee.scan_f32(query, key, 1, headSize, scores + shared + place)
                    }
                    table.pointee.softmax_f32(scores, shared + path.count, scale)
                    result.update(repeating: 0, count: headSize)
                    table.pointee.add_scaled_rows_f32(result, values, scores, shared, headSize)
                    for (place, row) in path.enumerated() {
                        let (value, share) = (values + row * headSize, scores[shared + place])
                        table.pointee.add_scaled_f32(result, value, share, headSize)
                    }
                }
            }
        }
    }
}
