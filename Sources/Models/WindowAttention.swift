internal import CKernels
internal import Tensors

/// How a sliding window is laid out.
package struct WindowConfiguration: Sendable, Equatable {
    /// First tokens that are always attended to: models put there what they have no use for.
    package var initialTokenCount: Int
    /// The latest tokens that are attended to, the token itself among them.
    package var windowLength: Int

    package init(initialTokenCount: Int = 4, windowLength: Int) {
        precondition(initialTokenCount >= 0 && windowLength > 0, "a window holds a token")
        self.initialTokenCount = initialTokenCount
        self.windowLength = windowLength
    }
}

/// Attention to the first tokens and to a window of the latest: constant memory for any text.
///
/// Tokens of the window stand at their true distance, first ones that have left it where they would
/// stand in a text of `initialTokenCount + windowLength` tokens.
/// - Source: Xiao et al. 2023 (StreamingLLM), arXiv:2309.17453, §3.2; distances as in
///   github.com/thunlp/InfLLM, `stream_llm.py`.
package final class WindowAttention: AttentionMemory {
    package let capacity = Int.max
    package let passLength: Int

    private let model: LlamaModel
    private let configuration: WindowConfiguration
    private var layers: [Layer]
    private var queries: TurnedQueries

    private struct Layer {
        /// The first tokens' keys, turned by their positions, and values.
        var initial: AttentionBlock
        var recent: RecentTokens
    }

    private static let longestPass = 48

    /// A memory that holds nothing yet.
    package init(_ model: LlamaModel, _ configuration: WindowConfiguration) {
        self.model = model
        self.configuration = configuration
        passLength = Self.longestPass
        let dimensions = model.configuration
        layers = (0..<dimensions.layerCount).map { _ in
            Layer(
                initial: AttentionBlock(
                    count: configuration.initialTokenCount * dimensions.keyValueSize
                ),
                recent: RecentTokens(
                    model,
                    longest: configuration.windowLength + Self.longestPass
                )
            )
        }
        queries = TurnedQueries(
            model,
            passLength: passLength,
            distances: [configuration.initialTokenCount + configuration.windowLength - 1]
        )
    }

    package func rewind(to position: Int) throws(ModelsError) {
        throw .rewind(position: position)
    }

    package func fork(at position: Int) -> any AttentionMemory {
        let fork = WindowAttention(model, configuration)
        for (index, layer) in layers.enumerated() {
            fork.layers[index] = Layer(
                // Not written any more, or alike by both.
                initial: layer.initial.copy(
                    count: configuration.initialTokenCount * model.configuration.keyValueSize
                ),
                recent: RecentTokens(copying: layer.recent)
            )
        }
        return fork
    }

    package func attend(_ pass: AttentionPass, layer: Int) {
        let dimensions = model.configuration
        let (heads, headSize) = (dimensions.headCount, dimensions.headSize)
        let (initialCount, window) = (
            configuration.initialTokenCount, configuration.windowLength
        )
        let (start, count) = (pass.firstPosition, pass.tokenCount)
        let turns = queries.turn(pass)
        layers[layer].recent.drop(before: start - window + 1)
        layers[layer].recent.append(pass, model.rotary, turns)
        let (initial, recent) = (layers[layer].initial, layers[layer].recent)
        keepInitial(of: pass, layer)
        let (softmax, farQueries) = (
            JointSoftmax(kernels: model.kernels, headSize: headSize), queries.far
        )
        let headsOfKey = heads / dimensions.keyValueHeadCount
        let grain = max(1, (1 << 14) / ((window + initialCount) * headSize))
        model.pool.parallelFor(count: count * heads, grain: grain) { range in
            let room = JointSoftmax.room(initialCount + window)
            withUnsafeTemporaryAllocation(of: Float.self, capacity: room) { scores in
                guard let scores = scores.baseAddress else { return }
                for index in range {
                    let (position, head) = (start + index / heads, index % heads)
                    let first = max(0, position - window + 1)
                    let far = KeyStretch(
                        keys: .floats(initial.keys),
                        values: .floats(initial.values),
                        headStride: initialCount * headSize,
                        offset: 0,
                        count: min(initialCount, first)
                    )
                    softmax.attend(
                        head: head / headsOfKey,
                        far: far.count > 0 ? [far] : [],
                        farQuery: farQueries.pointer + index * headSize,
                        near: recent.stretch(first..<(position + 1), isTurned: true),
                        nearQuery: pass.queries.pointer + index * headSize,
                        scores: scores,
                        result: pass.result.pointer + index * headSize
                    )
                }
            }
        }
    }

    /// Keeps the keys and values of the pass's tokens that are among the first.
    private func keepInitial(of pass: AttentionPass, _ layer: Int) {
        let (dimensions, end) = (model.configuration, configuration.initialTokenCount)
        let headSize = dimensions.headSize
        let (initial, recent) = (layers[layer].initial, layers[layer].recent)
        for position in pass.firstPosition..<max(pass.firstPosition, min(end, pass.endPosition)) {
            for head in 0..<dimensions.keyValueHeadCount {
                let source = recent.row(head, at: position) * headSize
                let target = (head * end + position) * headSize
                for (rows, kept) in [
                    (recent.turnedKeys, initial.keys), (recent.values, initial.values),
                ] {
                    rows.read(
                        into: kept.pointer + target,
                        count: headSize,
                        at: source,
                        model.kernels
                    )
                }
            }
        }
    }
}
