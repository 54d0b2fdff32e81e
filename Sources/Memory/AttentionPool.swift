package import Serialization

/// A softmax-weighted mean of a stream of vectors, in constant memory and mergeable.
///
///     m = max s_i      u = Σ exp(s_i − m)      w = Σ exp(s_i − m) v_i      mean = w / u
///
/// `merge` is associative with `init` as its unit, so a document's pool is that of its blocks'.
///
///     var pool = AttentionPool(width: 2)
///     pool.add([1, 0], score: 0)
///     pool.add([0, 1], score: 0)
///     pool.mean  // [0.5, 0.5]
///
/// - Shapes: a vector and `w` [width].
/// - Source: Feng et al. 2024, arXiv:2405.13956 (Aaren), §3.2, the (m, u, w) operator.
public struct AttentionPool: Sendable, Equatable {
    /// The greatest score.
    public private(set) var maximum: Float = -.infinity
    /// The sum of the weights, relative to the greatest.
    public private(set) var weight: Float = 0
    /// The weighted sum of the vectors, relative to the greatest weight.
    public private(set) var sum: [Float]

    /// A pool of nothing.
    public init(width: Int) {
        sum = [Float](repeating: 0, count: width)
    }

    /// Becomes a pool of nothing, in the memory that it has.
    mutating func reset() {
        maximum = -.infinity
        weight = 0
        sum.zero()
    }

    /// Whether nothing is in the pool.
    public var isEmpty: Bool { weight == 0 }

    /// Adds a finite vector with a finite score.
    ///
    /// - Precondition: The vector is as wide as the pool.
    public mutating func add(_ vector: [Float], score: Float) {
        precondition(vector.count == sum.count, "a vector is as wide as the pool")
        rescale(to: max(maximum, score))
        let factor = exponential(score - maximum)
        weight += factor
        sum.add(vector, weight: factor)
    }

    /// Adds all that another pool of the same width holds.
    public mutating func merge(_ other: AttentionPool) {
        precondition(other.sum.count == sum.count, "pools are of one width")
        guard !other.isEmpty else { return }
        rescale(to: max(maximum, other.maximum))
        let factor = exponential(other.maximum - maximum)
        weight += factor * other.weight
        sum.add(other.sum, weight: factor)
    }

    /// The weighted mean, or zeros of an empty pool.
    public var mean: [Float] {
        var mean = sum
        if !isEmpty { mean.divide(by: weight) }
        return mean
    }

    private mutating func rescale(to newMaximum: Float) {
        defer { maximum = newMaximum }
        guard !isEmpty, newMaximum > maximum else { return }
        let factor = exponential(maximum - newMaximum)
        weight *= factor
        sum.scale(by: factor)
    }

    /// Writes all that the pool holds.
    package func write(to writer: inout ByteWriter) {
        writer.write(maximum)
        writer.write(weight)
        writer.write(isEmpty ? [] : sum)
    }

    /// Takes over what `write` wrote.
    package mutating func read(from reader: inout ByteReader) throws(SerializationError) {
        let width = sum.count
        let start = reader.offset
        self = AttentionPool(width: width)
        maximum = try reader.readFloat()
        weight = try reader.readFloat()
        let floats = try reader.readFloats()
        if !floats.isEmpty { sum = floats }
        guard sum.count == width, floats.isEmpty == isEmpty else {
            throw .malformed(offset: start, expected: "a pool of width \(width)")
        }
    }
}
