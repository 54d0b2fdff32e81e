package import Serialization

/// Where the text turns to something else: H-Net's routing, one altitude up.
///
///     p_t = (1 − cos(h_{t−1} − μ, c_t − μ)) / 2          p_1 = 1
///     h_t = (h_{t−1} + c_t) / 2                          h_1 = c_1
///
/// h, in place of H-Net's c_{t−1}, is what was read last: one concept alone is a noisy witness. μ is
/// the mean of the concepts so far: without it neighbours in one text are nearly always alike.
/// H-Net's threshold of 0.5 would still hardly ever be passed, so a boundary is where p_t exceeds a
/// running quantile that holds a target share of boundaries.
///
///     var router = ConceptRouter(width: 2, boundaryShare: 0.2)
///     router.observe([1, 0]).isBoundary  // true: the first always is
///
/// - Source: Hwang, Wang, Gu 2025, arXiv:2507.07955 (H-Net), §2.2, equation 4, with W_q = W_k = I.
public struct ConceptRouter: Sendable, Equatable {
    /// What the router says of a concept.
    public struct Decision: Sendable, Equatable {
        /// p_t, from 0 to 1.
        public let probability: Float
        /// Whether p_t exceeds the quantile.
        public let isBoundary: Bool
    }

    /// After how many concepts the mean counts half of its full weight.
    private static let meanPrior: Float = 4

    private let width: Int
    private let boundaryShare: Float
    private var sum: [Float]
    /// h; empty before the first concept.
    private var context: [Float] = []
    private var count = 0
    private var quantile: RunningQuantile

    /// A router that has seen nothing.
    ///
    /// - Parameters:
    ///   - width: Of a concept.
    ///   - boundaryShare: The share of concepts that are to be boundaries, 1/N in H-Net.
    public init(width: Int, boundaryShare: Float) {
        self.width = width
        self.boundaryShare = boundaryShare
        sum = [Float](repeating: 0, count: width)
        quantile = RunningQuantile(share: boundaryShare)
    }

    /// Forgets everything.
    public mutating func reset() {
        self = ConceptRouter(width: width, boundaryShare: boundaryShare)
    }

    /// Takes the next concept.
    public mutating func observe(_ concept: [Float]) -> Decision {
        precondition(concept.count == width, "a concept is as wide as the router")
        let concept = concept.bounded
        defer {
            sum.add(concept, weight: 1)
            count += 1
        }
        guard !context.isEmpty else {
            context = concept
            return Decision(probability: 1, isBoundary: true)
        }
        // The mean of few concepts is mostly those concepts, so it is trusted by and by.
        let scale = 1 / (Float(count) + Self.meanPrior)
        let mean = sum.map { $0 * scale }
        let probability = Self.boundaryProbability(context, concept, mean: mean)
        for index in context.indices { context[index] = (context[index] + concept[index]) / 2 }
        return Decision(
            probability: probability,
            isBoundary: quantile.isExceeded(by: probability)
        )
    }

    /// p_t: half of one minus the cosine of two vectors seen from their mean.
    package static func boundaryProbability(_ left: [Float], _ right: [Float], mean: [Float])
        -> Float
    {
        var dot: Float = 0
        var leftNorm: Float = 0
        var rightNorm: Float = 0
        for index in mean.indices {
            let left = left[index] - mean[index]
            let right = right[index] - mean[index]
            dot += left * right
            leftNorm += left * left
            rightNorm += right * right
        }
        let cosine = dot / max((leftNorm * rightNorm).squareRoot(), 1e-12)
        return min(1, max(0, (1 - cosine) / 2))
    }

    /// Writes all that the router needs to go on.
    package func write(to writer: inout ByteWriter) {
        writer.writeCount(count)
        guard count > 0 else { return }
        writer.write(sum)
        writer.write(context)
        quantile.write(to: &writer)
    }

    /// Takes over what `write` wrote.
    package mutating func read(from reader: inout ByteReader) throws(SerializationError) {
        let start = reader.offset
        reset()
        count = try reader.readCount()
        guard count > 0 else { return }
        sum = try reader.readFloats()
        context = try reader.readFloats()
        try quantile.read(from: &reader)
        guard sum.count == width, context.count == width else {
            throw .malformed(offset: start, expected: "a router of width \(width)")
        }
    }
}
