internal import CKernels
internal import Synchronization
internal import Tensors

/// Attention to the first tokens, to a window of the latest, and to those keys of all others that a
/// hierarchical search finds most alike the queries at hand.
///
/// All keys and values are kept, so memory grows with the text; what each token attends to does not.
/// Tokens go in steps, and the tokens of a step share what they found, head by head. Far tokens stand
/// one after another before the window, as in StreamingLLM, so that no distance is longer than the model
/// knows; where all are attended to, that is where they are.
/// - Source: as `HiPSearch`; distances: Xiao et al. 2023 (StreamingLLM), arXiv:2309.17453, §3.2.
package final class HiPAttention: AttentionMemory {
    package let capacity = Int.max
    package var passLength: Int { configuration.stepLength }
    /// What each layer's heads found in the last step, first tokens among it.
    package private(set) var selected: [[[Int]]]

    private let model: LlamaModel
    private let configuration: HiPConfiguration
    private var layers: [Layer]
    private var queries: TurnedQueries
    /// Queries turned for where far keys are put: [tokens, heads, headSize].
    private let farQueries: AlignedFloats
    /// The far keys, turned, and values of a step: [keyValueHeads, farCount, headSize].
    private let far: (keys: HeadRows, values: HeadRows)

    private struct Layer {
        var history: KeyHistory
        var recent: RecentTokens
    }

    /// A memory that holds nothing yet.
    package init(_ model: LlamaModel, _ configuration: HiPConfiguration) {
        self.model = model
        self.configuration = configuration
        let dimensions = model.configuration
        let longest =
            configuration.windowLength + configuration.stepLength + configuration.lastChunkLength
        layers = (0..<dimensions.layerCount).map { _ in
            Layer(
                history: KeyHistory(dimensions),
                recent: RecentTokens(model, longest: longest)
            )
        }
        selected = [[[Int]]](repeating: [], count: dimensions.layerCount)
        // Alike are keys at one distance, that of the window, as for InfLLM.
        queries = TurnedQueries(
            model,
            passLength: configuration.stepLength,
            distances: [configuration.windowLength - 1, 0]
        )
        farQueries = AlignedFloats(count: configuration.stepLength * dimensions.querySize)
        let farSize = configuration.farCount * dimensions.keyValueSize
        far = (HeadRows(count: farSize, model), HeadRows(count: farSize, model))
    }

    package func rewind(to position: Int) throws(ModelsError) {
        throw .rewind(position: position)
    }

    package func fork(at position: Int) -> any AttentionMemory {
        let fork = HiPAttention(model, configuration)
        for (index, layer) in layers.enumerated() {
            fork.layers[index] = Layer(
                history: KeyHistory(copying: layer.history),
                recent: RecentTokens(copying: layer.recent)
            )
        }
        return fork
    }

    package func attend(_ pass: AttentionPass, layer: Int) {
        let dimensions = model.configuration
        let start = configuration.windowStart(of: pass.firstPosition)
        farQueries.pointer.update(
            from: pass.queries.pointer,
            count: pass.tokenCount * dimensions.querySize
        )
        let turns = queries.turn(pass)
        layers[layer].history.append(pass)
        layers[layer].recent.drop(before: start)
        layers[layer].recent.append(pass, model.rotary, turns)
        let farCount = gather(pass, layer, before: start)
        // Far keys are turned by 0 ..< farCount, and what is near follows them.
        model.rotary.apply(
            (0..<pass.tokenCount).map {
                model.rotary.turns(at: farCount + pass.firstPosition + $0 - start)
            },
            to: farQueries.pointer,
            headCount: dimensions.headCount,
            headSize: dimensions.headSize
        )
        attend(pass, layer, start: start, farCount: farCount)
    }

    /// Finds the far keys of each head and lays them side by side.
    ///
    /// - Returns: How many there are, the same for each head.
    private func gather(_ pass: AttentionPass, _ layer: Int, before end: Int) -> Int {
        let dimensions = model.configuration
        let (headSize, heads) = (dimensions.headSize, dimensions.keyValueHeadCount)
        let headsOfKey = dimensions.headCount / heads
        let initialCount = min(configuration.initialTokenCount, end)
        let capacity = configuration.farCount
        let (history, scoring, far) = (layers[layer].history, queries.far, far)
        let (kernels, rotary, stages) = (model.kernels, model.rotary, configuration.stages)
        let turns = (0..<min(capacity, end)).map { rotary.turns(at: $0) }
        let found = Mutex([[Int]](repeating: [], count: heads))
        model.pool.parallelFor(count: heads, grain: 1) { range in
            for head in range {
                var positions = Array(0..<end)
                if end > capacity {
                    var rows: [Float] = []
                    for index in 0..<(pass.tokenCount * headsOfKey) {
                        let (token, place) = (index / headsOfKey, index % headsOfKey)
                        let row = token * dimensions.headCount + head * headsOfKey + place
                        rows += UnsafeBufferPointer(
                            start: scoring.pointer + row * headSize,
                            count: headSize
                        )
                    }
                    let search = HiPSearch(
                        kernels: kernels,
                        history: history,
                        head: head,
                        headSize: headSize,
                        queries: rows
                    )
                    positions =
                        Array(0..<initialCount)
                        + search.positions(among: initialCount..<end, stages)
                }
                withUnsafeTemporaryAllocation(of: Float.self, capacity: headSize) { key in
                    guard let key = key.baseAddress else { return }
                    for (place, position) in positions.enumerated() {
                        let target = (head * capacity + place) * headSize
                        key.update(from: history.key(head, at: position), count: headSize)
                        rotary.apply(turns[place], to: key)
                        far.keys.write(key, count: headSize, at: target, kernels)
                        far.values.write(
                            history.value(head, at: position),
                            count: headSize,
                            at: target,
                            kernels
                        )
                    }
                }
                found.withLock { $0[head] = positions }
            }
        }
        selected[layer] = found.withLock(\.self)
        return min(capacity, end)
    }

    private func attend(_ pass: AttentionPass, _ layer: Int, start: Int, farCount: Int) {
        let dimensions = model.configuration
        let (heads, headSize) = (dimensions.headCount, dimensions.headSize)
        let headsOfKey = heads / dimensions.keyValueHeadCount
        let (recent, farQueries) = (layers[layer].recent, farQueries)
        let softmax = JointSoftmax(kernels: model.kernels, headSize: headSize)
        let stretch = KeyStretch(
            keys: far.keys,
            values: far.values,
            headStride: configuration.farCount * headSize,
            offset: 0,
            count: farCount
        )
        let longest = farCount + pass.endPosition - start
        let grain = max(1, (1 << 14) / (longest * headSize))
        model.pool.parallelFor(count: pass.tokenCount * heads, grain: grain) { range in
            let room = JointSoftmax.room(longest)
            withUnsafeTemporaryAllocation(of: Float.self, capacity: room) { scores in
                guard let scores = scores.baseAddress else { return }
                for index in range {
                    let (position, head) = (pass.firstPosition + index / heads, index % heads)
                    softmax.attend(
                        head: head / headsOfKey,
                        far: farCount > 0 ? [stretch] : [],
                        farQuery: farQueries.pointer + index * headSize,
                        near: recent.stretch(start..<(position + 1), isTurned: true),
                        nearQuery: pass.queries.pointer + index * headSize,
                        scores: scores,
                        result: pass.result.pointer + index * headSize
                    )
                }
            }
        }
    }
}
