import CKernels
package import Serialization
import Tensors

/// A linear associative memory that learns, as it reads, to predict the next concept.
///
///     loss_t     = |k_t M_{t−1} − v_t|²          v_t = c_t,  k_t what was read before
///     S_t        = η S_{t−1} − θ clip(∇ loss_t)
///     M_t        = (1 − α) M_{t−1} + S_t
///
/// The loss before the write is the surprise of a concept. It is a signal, not the store: with unit
/// vectors it lies between 0 and about 4, and it stays finite on any input.
///
///     var memory = DeltaMemory(width: 2)
///     memory.observe([1, 0])  // 1: nothing is expected of the first
///     memory.observe([0, 1])  // 1: nothing was known of what follows [1, 0]
///     memory.prediction(from: [1, 0])  // [0, 0.3]
///
/// - Shapes: `M`, `S` [key, value], both [width, width]; a concept [width].
/// - Source: Behrouz et al. 2024, arXiv:2501.00663 (Titans), §3.1, equations 9 to 14, with a linear
///   memory, the identity for all projections and constant η, θ, α.
public struct DeltaMemory: Sendable, Equatable {
    /// The constants of the update.
    public struct Configuration: Sendable, Equatable {
        /// η, how much of the past update goes on: momentum.
        public var momentum: Float
        /// θ, how much of the gradient is taken.
        public var learningRate: Float
        /// α, how much is forgotten at each step.
        public var forgetting: Float
        /// The largest Frobenius norm of a gradient.
        public var maximumGradientNorm: Float

        /// Constants; the defaults are stable on unit vectors, since θ · 2 / (1 − η) is below 1.
        public init(
            momentum: Float = 0.3,
            learningRate: Float = 0.15,
            forgetting: Float = 0.03,
            maximumGradientNorm: Float = 4
        ) {
            precondition(0 <= momentum && momentum < 1, "momentum is at least 0 and below 1")
            precondition(0 <= forgetting && forgetting <= 1, "forgetting lies from 0 to 1")
            self.momentum = momentum
            self.learningRate = learningRate
            self.forgetting = forgetting
            self.maximumGradientNorm = maximumGradientNorm
        }
    }

    /// The width of a concept.
    public let width: Int
    private let configuration: Configuration
    /// M, then S, both [key, value].
    private var matrices: AlignedVector
    /// k_t; empty before the first concept.
    private var key: [Float] = []
    /// k_t M, what is expected of the next concept.
    private var expected: [Float]
    /// How many predictions were learned from.
    public private(set) var stepCount = 0

    /// A memory that has seen nothing.
    public init(width: Int, configuration: Configuration = Configuration()) {
        self.width = width
        self.configuration = configuration
        matrices = AlignedVector(count: 2 * width * width)
        expected = [Float](repeating: 0, count: width)
    }

    /// Forgets everything.
    public mutating func reset() {
        guard !key.isEmpty else { return }
        key = []
        guard stepCount > 0 else { return }
        stepCount = 0
        matrices.zero()
        expected.zero()
    }

    /// M, [key, value].
    public var weights: [Float] { Array(matrices.elements[..<(width * width)]) }

    /// Takes the next concept and returns how badly it was predicted.
    ///
    /// - Parameters:
    ///   - concept: [width], taken at length 1 if it is longer.
    ///   - nextKey: [width], likewise: what stands for all that was read when the next one comes; the
    ///     concept itself unless given. It is wanted already, since one pass over the matrices both learns
    ///     and predicts.
    /// - Returns: The loss before the write; 1 for the first concept, which nothing could predict.
    /// - Complexity: O(width²).
    public mutating func observe(_ concept: [Float], nextKey: [Float]? = nil) -> Float {
        let concept = concept.bounded
        return observe(bounded: concept, nextKey: nextKey?.bounded ?? concept)
    }

    /// `observe` of vectors whose length is at most 1.
    mutating func observe(bounded concept: [Float], nextKey: [Float]) -> Float {
        precondition(concept.count == width, "a concept is as wide as the memory")
        precondition(nextKey.count == width, "so is a key")
        guard !key.isEmpty else {
            key = nextKey
            return 1
        }
        defer { key.assign(nextKey[...]) }
        return withUnsafeTemporaryAllocation(of: Float.self, capacity: width) { error in
            step(concept, nextKey, error)
        }
    }

    /// Learns that `concept` follows the key, with room for [width] in `error`, and gives the loss.
    private mutating func step(
        _ concept: [Float],
        _ nextKey: [Float],
        _ error: UnsafeMutableBufferPointer<Float>
    ) -> Float {
        expected.withUnsafeBufferPointer { expected in
            concept.withUnsafeBufferPointer { concept in
                for index in 0..<width { error[index] = expected[index] - concept[index] }
            }
        }
        let loss = kernels_dot_f32(error.baseAddress, error.baseAddress, width)
        // ∇ = 2 kᵀ e, of norm 2 |k| |e|.
        let gradientNorm = 2 * (loss * key.dot(key)).squareRoot()
        let clip = min(1, configuration.maximumGradientNorm / max(gradientNorm, 1e-20))
        let rates = kernels_delta_rates(
            momentum: configuration.momentum,
            keep: 1 - configuration.forgetting,
            scale: -2 * configuration.learningRate * clip
        )
        // What will be expected of the next concept comes from the same pass over the matrices.
        matrices.withUnsafeMutablePointer { matrices in
            kernels_delta_step_f32(
                matrices,
                matrices + width * width,
                &expected,
                key,
                error.baseAddress,
                nextKey,
                width,
                rates
            )
        }
        stepCount += 1
        return loss
    }

    /// k M: what the memory expects to follow a concept, [width].
    public func prediction(from key: [Float]) -> [Float] {
        precondition(key.count == width, "a concept is as wide as the memory")
        var sum = [Float](repeating: 0, count: width)
        matrices.withUnsafePointer { weights in
            for row in 0..<width {
                kernels_add_scaled_f32(&sum, weights + row * width, key[row], width)
            }
        }
        return sum
    }

    // MARK: - State

    /// Writes all that the memory needs to go on.
    package func write(to writer: inout ByteWriter) {
        writer.write(key)
        writer.writeCount(stepCount)
        guard stepCount > 0 else { return }
        let elements = matrices.elements
        writer.write(Array(elements[..<(width * width)]))
        writer.write(Array(elements[(width * width)...]))
    }

    /// Takes over what `write` wrote.
    package mutating func read(from reader: inout ByteReader) throws(SerializationError) {
        let start = reader.offset
        reset()
        key = try reader.readFloats()
        stepCount = try reader.readCount()
        var isWhole = key.isEmpty || key.count == width
        if stepCount > 0 {
            let (weights, update) = (try reader.readFloats(), try reader.readFloats())
            isWhole = isWhole && weights.count == width * width && update.count == width * width
            if isWhole { matrices = AlignedVector(weights + update) }
        }
        guard isWhole else {
            throw .malformed(offset: start, expected: "a memory of width \(width)")
        }
        if stepCount > 0, !key.isEmpty { expected = prediction(from: key) }
    }
}
