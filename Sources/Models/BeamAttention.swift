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
        cache = try KVCache(model, capacity: capacity)
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
                    let offset = cache.offset(layer: layer, head: head / headsOfKey)
                    var query = HeadQueries(
                        vectors: pass.queries.pointer + index * headSize,
                        headSize: headSize,
                        scores: scores
                    )
                    cache.keys.scan(query, offset: offset, rowCount: shared, kernels)
                    for (place, row) in path.enumerated() {
                        query.scores = scores + shared + place
                        let offset = offset + row * headSize
                        cache.keys.scan(query, offset: offset, rowCount: 1, kernels)
                    }
                    kernels.table.pointee.softmax_f32(scores, shared + path.count, scale)
                    query.vectors = pass.result.pointer + index * headSize
                    query.vectors.update(repeating: 0, count: headSize)
                    query.scores = scores
                    cache.values.addScaled(query, offset: offset, rowCount: shared, kernels)
                    for (place, row) in path.enumerated() {
                        query.scores = scores + shared + place
                        let offset = offset + row * headSize
                        cache.values.addScaled(query, offset: offset, rowCount: 1, kernels)
                    }
                }
            }
        }
    }
}
