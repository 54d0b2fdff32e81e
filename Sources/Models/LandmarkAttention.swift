internal import CKernels
internal import Tensors

/// How a model that was trained with landmarks is laid out.
package struct LandmarkConfiguration: Sendable, Equatable {
    /// Tokens of a block before its landmark.
    package var blockLength: Int
    /// Blocks that a token attends to besides its own, head by head; nil for all.
    package var retrievedBlockCount: Int?

    package init(blockLength: Int, retrievedBlockCount: Int?) {
        precondition(blockLength > 0 && retrievedBlockCount ?? 1 > 0, "a block has a token")
        self.blockLength = blockLength
        self.retrievedBlockCount = retrievedBlockCount
    }

    /// Tokens of a block with its landmark.
    var period: Int { blockLength + 1 }
}

/// Attention of a model that was trained so: a landmark closes each block and stands for it, and what
/// its tokens get together is what the landmark gets.
///
/// A token shares its attention out among the tokens of its own block and the landmarks of earlier
/// ones; what a landmark gets, its block's tokens share out among themselves. Landmarks get nothing.
/// Where only some blocks are attended to, those are whose landmarks are most alike the query, and they
/// are laid out in order before the token's own block: the last ones may stay where they are, all
/// others are looked for as if they stood before them, so no distance is longer than it was in training.
///
/// Every token whose position is `blockLength` more than a multiple of the period has to be a landmark.
/// - Source: Mohtashami and Jaggi 2023, arXiv:2305.16300, §3; distances as in
///   github.com/epfml/landmark-attention, `llama_mem.py` at d963e50.
package final class LandmarkAttention: AttentionMemory {
    package let capacity: Int
    package let passLength = 64

    private let model: LlamaModel
    private let configuration: LandmarkConfiguration
    private var layers: [Layer]

    private struct Layer {
        /// Blocks, each of their tokens' keys turned by its place in the block.
        var blocks: [AttentionBlock] = []
        /// For each head of keys the landmarks of whole blocks, [blocks, headSize].
        var landmarks: [[Float]]
    }

    /// A memory that holds nothing yet; where all blocks are attended to, for as many tokens as the model
    /// was made for.
    package init(_ model: LlamaModel, _ configuration: LandmarkConfiguration) {
        self.model = model
        self.configuration = configuration
        let dimensions = model.configuration
        capacity =
            configuration.retrievedBlockCount == nil ? dimensions.contextLength : Int.max
        layers = (0..<dimensions.layerCount).map { _ in
            Layer(landmarks: [[Float]](repeating: [], count: dimensions.keyValueHeadCount))
        }
    }

    package func rewind(to position: Int) throws(ModelsError) {
        throw .rewind(position: position)
    }

    package func fork(at position: Int) -> any AttentionMemory {
        let fork = LandmarkAttention(model, configuration)
        fork.layers = layers
        for layer in layers.indices {
            guard let last = layers[layer].blocks.last else { continue }
            // Blocks before it are not written any more.
            let index = layers[layer].blocks.count - 1
            fork.layers[layer].blocks[index] = last.copy(count: last.keys.count)
        }
        return fork
    }

    package func attend(_ pass: AttentionPass, layer: Int) {
        append(pass, layer)
        let dimensions = model.configuration
        let (heads, headSize) = (dimensions.headCount, dimensions.headSize)
        let headsOfKey = heads / dimensions.keyValueHeadCount
        let (blocks, landmarks) = (layers[layer].blocks, layers[layer].landmarks)
        let (configuration, kernels, rotary) = (configuration, model.kernels, model.rotary)
        let grain = max(1, (1 << 12) / (configuration.period * headSize))
        model.pool.parallelFor(count: pass.tokenCount * heads, grain: grain) { range in
            for index in range {
                let head = index % heads
                let search = LandmarkQuery(
                    configuration: configuration,
                    kernels: kernels,
                    rotary: rotary,
                    headSize: headSize,
                    position: pass.firstPosition + index / heads,
                    query: pass.queries.pointer + index * headSize
                )
                search.attend(
                    blocks: blocks,
                    landmarks: landmarks[head / headsOfKey],
                    head: head / headsOfKey,
                    result: pass.result.pointer + index * headSize
                )
            }
        }
    }

    /// Keeps a pass's tokens, keys turned by their places in their blocks.
    private func append(_ pass: AttentionPass, _ layer: Int) {
        let dimensions = model.configuration
        let (heads, headSize) = (dimensions.keyValueHeadCount, dimensions.headSize)
        let period = configuration.period
        for token in 0..<pass.tokenCount {
            let place = (pass.firstPosition + token) % period
            if place == 0 {
                layers[layer].blocks.append(AttentionBlock(count: heads * period * headSize))
            }
            let block = layers[layer].blocks[layers[layer].blocks.count - 1]
            let turns = model.rotary.turns(at: place)
            for head in 0..<heads {
                let source = (token * heads + head) * headSize
                let key = block.keys.pointer + (head * period + place) * headSize
                key.update(from: pass.keys.pointer + source, count: headSize)
                model.rotary.apply(turns, to: key)
                (block.values.pointer + (head * period + place) * headSize)
                    .update(from: pass.values.pointer + source, count: headSize)
                if place == configuration.blockLength {
                    layers[layer].landmarks[head] += UnsafeBufferPointer(
                        start: key,
                        count: headSize
                    )
                }
            }
        }
    }
}

/// One query of one token, and what it attends to.
private struct LandmarkQuery {
    let configuration: LandmarkConfiguration
    let kernels: Kernels
    let rotary: RotaryEmbedding
    let headSize: Int
    let position: Int
    let query: UnsafePointer<Float>

    /// Blocks before the token's own.
    private var blockCount: Int { position / configuration.period }
    /// Blocks that are attended to besides it.
    private var foundCount: Int {
        min(configuration.retrievedBlockCount ?? .max, blockCount)
    }

    func attend(
        blocks: [AttentionBlock],
        landmarks: [Float],
        head: Int,
        result: UnsafeMutablePointer<Float>
    ) {
        let (period, length) = (configuration.period, configuration.blockLength)
        let offset = head * period * headSize
        let place = position % period
        // A landmark attends to its block, not to itself.
        let ownCount = min(place + 1, length)
        let found = nearestBlocks(landmarks)
        // The own block's scores, then those of the landmarks.
        var shares = [Float](repeating: 0, count: JointSoftmax.room(ownCount + found.count))
        scan(turned(place), blocks[blockCount].keys.pointer + offset, ownCount, &shares)
        let queries = found.enumerated().map { order, block in
            turned(slot: order + (block >= blockCount - foundCount ? 1 : 0))
        }
        for (order, block) in found.enumerated() {
            let key = blocks[block].keys.pointer + offset + length * headSize
            shares[ownCount + order] = product(queries[order], key)
        }
        softmax(&shares, ownCount + found.count)
        result.update(repeating: 0, count: headSize)
        mix(blocks[blockCount].values.pointer + offset, shares, ownCount, result)
        for (order, block) in found.enumerated() {
            var inner = [Float](repeating: 0, count: JointSoftmax.room(length))
            scan(queries[order], blocks[block].keys.pointer + offset, length, &inner)
            softmax(&inner, length)
            for index in 0..<length { inner[index] *= shares[ownCount + order] }
            mix(blocks[block].values.pointer + offset, inner, length, result)
        }
    }

    /// The earlier blocks whose landmarks are most alike the query, in order.
    private func nearestBlocks(_ landmarks: [Float]) -> [Int] {
        guard foundCount < blockCount else { return Array(0..<blockCount) }
        var scores = [Float](repeating: 0, count: blockCount)
        let first = blockCount - foundCount
        scan(turned(slot: 0), landmarks, first, &scores)
        landmarks.withUnsafeBufferPointer { landmarks in
            guard let start = landmarks.baseAddress else { return }
            for block in first..<blockCount {
                let query = turned(slot: block - first + 1)
                scores[block] = product(query, start + block * headSize)
            }
        }
        return scores.indices.sorted { (-scores[$0], $0) < (-scores[$1], $1) }
            .prefix(foundCount).sorted()
    }

    /// The query as it is to keys of a block that stands in a slot: slot 0 before as many others as are
    /// found, then the own block.
    private func turned(slot: Int) -> [Float] {
        turned((foundCount + 1 - slot) * configuration.period + position % configuration.period)
    }

    private func turned(_ distance: Int) -> [Float] {
        var turned = Array(UnsafeBufferPointer(start: query, count: headSize))
        turned.withUnsafeMutableBufferPointer { turned in
            guard let start = turned.baseAddress else { return }
            rotary.apply(rotary.turns(at: distance), to: start)
        }
        return turned
    }

    private func product(_ query: [Float], _ key: UnsafePointer<Float>) -> Float {
        kernels.table.pointee.dot_f32(query, key, headSize)
    }

    private func scan(
        _ query: [Float],
        _ keys: UnsafePointer<Float>,
        _ count: Int,
        _ scores: inout [Float]
    ) {
        kernels.table.pointee.scan_f32(query, keys, count, headSize, &scores)
    }

    private func softmax(_ scores: inout [Float], _ count: Int) {
        kernels.table.pointee.softmax_f32(&scores, count, 1 / Float(headSize).squareRoot())
    }

    private func mix(
        _ values: UnsafePointer<Float>,
        _ shares: [Float],
        _ count: Int,
        _ result: UnsafeMutablePointer<Float>
    ) {
        kernels.table.pointee.add_scaled_rows_f32(result, values, shares, count, headSize)
    }
}
