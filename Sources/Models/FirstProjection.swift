internal import CKernels
internal import Synchronization
internal import Tensors

/// The queries, keys and values of a BERT encoder's first layer, without a product for each piece.
///
/// The first layer's input is the normalized sum of a piece's vector e and its position's p. What the layer's
/// weights W and bias b make of it falls apart, with the deviations ē and p̄ from their means, into
///
///     W (gain · (ē + p̄) / σ + bias) + b = (W (gain · ē) + W (gain · p̄)) / σ + (W bias + b)
///
/// So a product is needed once for each piece of the vocabulary, when a text first has it, and once for each
/// position. They are made in f32 and kept in the numbers that attention reads. For as long as
/// the encoder lives they take up to vocabulary · 3 · hidden of those.
///
/// - Concurrency: any thread may ask at any time. A row is written once, before its place is told.
final class FirstProjection: Sendable {
    private let weights: LinearWeights
    private let embeddings: BertModel.Embeddings
    private let kernels: Kernels
    /// Three times the hidden size.
    private let width: Int
    private let pieces: Rows
    /// [positions, 3 · hidden], up to the longest sequence that there was.
    private let positions: AlignedFloats
    /// [3 · hidden], what the normalization's bias becomes.
    private let bias: AlignedFloats
    private let state: Mutex<State>

    /// What pieces become, in the order in which they came, [vocabulary, 3 · hidden].
    private enum Rows: Sendable {
        case float32(AlignedFloats)
        case narrow(NarrowRows)
    }

    private struct State {
        /// The packed weights, once there was a text.
        var layer: LinearLayer?
        /// For each piece of the vocabulary its row, −1 for those that did not come yet.
        var places: [Int32]
        var pieceCount = 0
        var positionCount = 0
    }

    /// Rows of a product that lie in buffers at once.
    private let blockLength = 64

    /// The first layer's `weights` over `embeddings`; `format` is what attention reads, nil for floats.
    init(
        _ weights: LinearWeights,
        over embeddings: BertModel.Embeddings,
        _ configuration: BertConfiguration,
        _ kernels: Kernels,
        _ format: kernels_format?
    ) {
        self.weights = weights
        self.embeddings = embeddings
        self.kernels = kernels
        width = weights.outputCount
        let vocabulary = configuration.vocabularySize
        pieces =
            if format != nil {
                .narrow(
                    NarrowRows(kernels, KERNELS_FORMAT_BF16, rowCount: vocabulary, width: width)
                )
            } else {
                .float32(AlignedFloats(count: vocabulary * width))
            }
        positions = AlignedFloats(count: configuration.positionCount * width)
        bias = AlignedFloats(count: width)
        state = Mutex(State(places: Array(repeating: -1, count: vocabulary)))
    }

    /// Where the rows of `pieces` lie, made for those that no text had before.
    func places(of pieces: [Int32], longestSequence: Int) -> [Int32] {
        state.withLock { state in
            let layer = state.layer ?? start()
            state.layer = layer
            if longestSequence > state.positionCount {
                fill(layer, state.positionCount..<longestSequence) { start, rows, count in
                    (positions.pointer + start * width).update(from: rows, count: count * width)
                } vector: { position in
                    embeddings.position(position)
                }
                state.positionCount = longestSequence
            }
            var missing: [Int32] = []
            let places = pieces.map { piece -> Int32 in
                if state.places[Int(piece)] < 0 {
                    state.places[Int(piece)] = Int32(state.pieceCount + missing.count)
                    missing.append(piece)
                }
                return state.places[Int(piece)]
            }
            fill(layer, 0..<missing.count) { start, rows, count in
                keep(rows, count, at: state.pieceCount + start)
            } vector: { index in
                embeddings.piece(Int(missing[index]))
            }
            state.pieceCount += missing.count
            return places
        }
    }

    /// The queries, keys and values of a sequence of `places`, from its position 0 on.
    ///
    /// - Shapes: `factors` [places], 1 / σ of each sum.
    func project(
        _ places: ArraySlice<Int32>,
        factors: UnsafePointer<Float>,
        into result: UnsafeMutablePointer<Float>
    ) {
        guard case .float32(let table) = pieces else { preconditionFailure("floats of floats") }
        project(places, table.pointer, stride: width, factors, result) {
            kernels.table.pointee.project_f32($0)
        }
    }

    /// The same in bf16, into the rows from `row` on.
    func project(
        _ places: ArraySlice<Int32>,
        factors: UnsafePointer<Float>,
        into result: NarrowRows,
        at row: Int
    ) {
        guard case .narrow(let table) = pieces else { preconditionFailure("bf16 of bf16") }
        let (from, to) = (table.view(), result.view(from: row))
        project(places, from.elements, stride: from.stride, factors, to.elements) {
            kernels.table.pointee.project_bf16($0)
        }
    }

    private func project(
        _ places: ArraySlice<Int32>,
        _ table: UnsafeRawPointer?,
        stride: Int,
        _ factors: UnsafePointer<Float>,
        _ result: UnsafeMutableRawPointer?,
        _ run: (UnsafePointer<kernels_projection>) -> Void
    ) {
        places.withUnsafeBufferPointer { places in
            var projection = kernels_projection()
            projection.rows = places.count
            projection.width = width
            projection.table = table
            projection.stride = stride
            projection.places = places.baseAddress
            projection.addends = UnsafePointer(positions.pointer)
            projection.factors = factors
            projection.bias = UnsafePointer(bias.pointer)
            projection.result = result
            run(&projection)
        }
    }

    // MARK: - Products

    /// Packs the weights and makes what the normalization's bias becomes.
    private func start() -> LinearLayer {
        let layer = LinearLayer(weights.unbiased)
        layer.apply(kernels, to: embeddings.norm.bias.pointer, rowCount: 1, result: bias.pointer)
        for index in 0..<width { bias.pointer[index] += weights.bias[index] }
        return layer
    }

    /// Gives `take` what `layer` makes of the vectors of `range`, some rows at a time.
    private func fill(
        _ layer: LinearLayer,
        _ range: Range<Int>,
        take: (_ start: Int, _ rows: UnsafePointer<Float>, _ count: Int) -> Void,
        vector: (Int) -> UnsafePointer<Float>
    ) {
        guard !range.isEmpty else { return }
        let depth = layer.inputCount
        let inputs = AlignedFloats(count: blockLength * depth)
        let results = AlignedFloats(count: blockLength * width)
        for start in stride(from: range.lowerBound, to: range.upperBound, by: blockLength) {
            let count = min(blockLength, range.upperBound - start)
            for row in 0..<count {
                let vector = vector(start + row)
                var sum: Float = 0
                for index in 0..<depth { sum += vector[index] }
                let mean = sum / Float(depth)
                let input = inputs.pointer + row * depth
                for index in 0..<depth {
                    input[index] = embeddings.norm.gain.pointer[index] * (vector[index] - mean)
                }
            }
            layer.apply(kernels, to: inputs.pointer, rowCount: count, result: results.pointer)
            take(start, results.pointer, count)
        }
    }

    private func keep(_ rows: UnsafePointer<Float>, _ count: Int, at place: Int) {
        switch pieces {
        case .float32(let table):
            (table.pointer + place * width).update(from: rows, count: count * width)
        case .narrow(let table):
            table.fill(kernels, from: rows, rowCount: count, width: width, at: place)
        }
    }
}
