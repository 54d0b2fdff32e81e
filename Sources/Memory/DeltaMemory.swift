package import Serialization

/// A linear associative memory that learns, as it reads, to predict the next concept from this one.
///
///     loss_t     = |k_t M_{t−1} − v_t|²          k_t = c_{t−1},  v_t = c_t
///     S_t        = η S_{t−1} − θ clip(∇ loss_t)
///     M_t        = (1 − α) M_{t−1} + S_t
///
/// The loss before the write is the surprise of a concept. It is a signal, not the store: with unit
/// vectors it lies between 0 and about 4, and it stays finite on any input.
///
/// - Shapes: `M`, `S` [key, value], both [width, width]; a concept [width].
/// - Source: Behrouz et al. 2024, arXiv:2501.00663 (Titans), §3.1, equations 9 to 14, with a linear
///   memory, the identity for all projections and constant η, θ, α.
package struct DeltaMemory: Sendable, Equatable {
    /// The constants of the update.
    package struct Configuration: Sendable, Equatable {
        /// η, how much of the past update goes on: momentum.
        package var momentum: Float
        /// θ, how much of the gradient is taken.
        package var learningRate: Float
        /// α, how much is forgotten at each step.
        package var forgetting: Float
        /// The largest Frobenius norm of a gradient.
        package var maximumGradientNorm: Float

        /// Constants; the defaults are stable on unit vectors, since θ · 2 / (1 − η) is below 1.
        package init(
            momentum: Float = 0.5,
            learningRate: Float = 0.125,
            forgetting: Float = 0.01,
            maximumGradientNorm: Float = 4
        ) {
            self.momentum = momentum
            self.learningRate = learningRate
            self.forgetting = forgetting
            self.maximumGradientNorm = maximumGradientNorm
        }
    }

    /// The width of a concept.
    package let width: Int
    private let configuration: Configuration
    /// M, [key, value].
    package private(set) var weights: [Float]
    /// S, [key, value].
    private var update: [Float]
    /// c_{t−1}; empty before the first concept.
    private var previous: [Float] = []
    /// How many predictions were learned from.
    package private(set) var stepCount = 0

    /// A memory that has seen nothing.
    package init(width: Int, configuration: Configuration = Configuration()) {
        self.width = width
        self.configuration = configuration
        weights = [Float](repeating: 0, count: width * width)
        update = weights
    }

    /// Forgets everything.
    package mutating func reset() {
        guard !previous.isEmpty else { return }
        previous = []
        guard stepCount > 0 else { return }
        stepCount = 0
        for index in weights.indices {
            weights[index] = 0
            update[index] = 0
        }
    }

    /// Takes the next concept and returns how badly it was predicted.
    ///
    /// - Parameter concept: [width], finite, of norm at most 1.
    /// - Returns: The loss before the write; 1 for the first concept, which nothing could predict.
    /// - Complexity: O(width²).
    package mutating func observe(_ concept: [Float]) -> Float {
        precondition(concept.count == width, "a concept is as wide as the memory")
        defer { previous = concept }
        guard !previous.isEmpty else { return 1 }
        var error = prediction(from: previous)
        var loss: Float = 0
        var keyNorm: Float = 0
        for index in 0..<width {
            error[index] -= concept[index]
            loss += error[index] * error[index]
            keyNorm += previous[index] * previous[index]
        }
        // ∇ = 2 kᵀ e, of norm 2 |k| |e|.
        let gradientNorm = 2 * (loss * keyNorm).squareRoot()
        let clip = min(1, configuration.maximumGradientNorm / max(gradientNorm, 1e-20))
        write(error: error, scale: -2 * configuration.learningRate * clip)
        stepCount += 1
        return loss
    }

    /// k M: what the memory expects to follow a concept, [width].
    package func prediction(from key: [Float]) -> [Float] {
        // Row by row, so that each sum has one order whatever the vector unit's width.
        var sum = [Float](repeating: 0, count: width)
        weights.withUnsafeBufferPointer { weights in
            sum.withUnsafeMutableBufferPointer { sum in
                for row in 0..<width {
                    let factor = key[row]
                    let start = row * width
                    for column in 0..<width { sum[column] += factor * weights[start + column] }
                }
            }
        }
        return sum
    }

    /// S ← η S + scale · kᵀ e;  M ← (1 − α) M + S.
    private mutating func write(error: [Float], scale: Float) {
        let keep = 1 - configuration.forgetting
        let momentum = configuration.momentum
        let width = width
        weights.withUnsafeMutableBufferPointer { weights in
            update.withUnsafeMutableBufferPointer { update in
                error.withUnsafeBufferPointer { error in
                    for row in 0..<width {
                        let factor = scale * previous[row]
                        let start = row * width
                        for column in 0..<width {
                            let step = momentum * update[start + column] + factor * error[column]
                            update[start + column] = step
                            weights[start + column] = keep * weights[start + column] + step
                        }
                    }
                }
            }
        }
    }

    // MARK: - State

    /// Writes all that the memory needs to go on.
    package func write(to writer: inout ByteWriter) {
        writer.write(previous)
        writer.writeCount(stepCount)
        guard stepCount > 0 else { return }
        writer.write(weights)
        writer.write(update)
    }

    /// Takes over what `write` wrote.
    package mutating func read(from reader: inout ByteReader) throws(SerializationError) {
        let start = reader.offset
        reset()
        previous = try reader.readFloats()
        stepCount = try reader.readCount()
        if stepCount > 0 {
            weights = try reader.readFloats()
            update = try reader.readFloats()
        }
        let isWhole = weights.count == width * width && update.count == width * width
        guard isWhole, previous.isEmpty || previous.count == width else {
            throw .malformed(offset: start, expected: "a memory of width \(width)")
        }
    }
}
