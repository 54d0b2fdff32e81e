package import Serialization

/// Where the text turns to something else: H-Net's routing, one altitude up.
///
///     p_t = (1 − cos(c_{t−1} − μ, c_t − μ)) / 2          p_1 = 1
///
/// μ is the mean of the concepts so far: without it neighbours in one text are nearly always alike.
/// H-Net's threshold of 0.5 would still hardly ever be passed, so a boundary is where p_t exceeds a
/// running quantile that holds a target share of boundaries.
///
/// - Source: Hwang, Wang, Gu 2025, arXiv:2507.07955 (H-Net), §2.2, equation 4, with W_q = W_k = I.
package struct ConceptRouter: Sendable, Equatable {
    /// What the router says of a concept.
    package struct Decision: Sendable, Equatable {
        /// p_t, from 0 to 1.
        package let probability: Float
        /// Whether p_t exceeds the quantile.
        package let isBoundary: Bool
    }

    /// After how many concepts the mean counts half of its full weight.
    private static let meanPrior: Float = 4

    private let width: Int
    private let boundaryShare: Float
    private var sum: [Float]
    private var previous: [Float] = []
    private var count = 0
    private var quantile = RunningQuantile()

    /// A router that has seen nothing.
    ///
    /// - Parameters:
    ///   - width: Of a concept.
    ///   - boundaryShare: The share of concepts that are to be boundaries, 1/N in H-Net.
    package init(width: Int, boundaryShare: Float) {
        self.width = width
        self.boundaryShare = boundaryShare
        sum = [Float](repeating: 0, count: width)
    }

    /// Forgets everything.
    package mutating func reset() {
        self = ConceptRouter(width: width, boundaryShare: boundaryShare)
    }

    /// Takes the next concept.
    package mutating func observe(_ concept: [Float]) -> Decision {
        precondition(concept.count == width, "a concept is as wide as the router")
        defer {
            for index in 0..<width { sum[index] += concept[index] }
            previous = concept
            count += 1
        }
        guard !previous.isEmpty else { return Decision(probability: 1, isBoundary: true) }
        // The mean of few concepts is mostly those concepts, so it is trusted by and by.
        let scale = 1 / (Float(count) + Self.meanPrior)
        var dot: Float = 0
        var leftNorm: Float = 0
        var rightNorm: Float = 0
        for index in 0..<width {
            let mean = sum[index] * scale
            let left = previous[index] - mean
            let right = concept[index] - mean
            dot += left * right
            leftNorm += left * left
            rightNorm += right * right
        }
        let cosine = dot / max((leftNorm * rightNorm).squareRoot(), 1e-12)
        let probability = min(1, max(0, (1 - cosine) / 2))
        let threshold = quantile.value(above: boundaryShare)
        quantile.insert(probability)
        return Decision(probability: probability, isBoundary: probability > threshold)
    }

    /// Writes all that the router needs to go on.
    package func write(to writer: inout ByteWriter) {
        writer.writeCount(count)
        guard count > 0 else { return }
        writer.write(sum)
        writer.write(previous)
        quantile.write(to: &writer)
    }

    /// Takes over what `write` wrote.
    package mutating func read(from reader: inout ByteReader) throws(SerializationError) {
        let start = reader.offset
        reset()
        count = try reader.readCount()
        guard count > 0 else { return }
        sum = try reader.readFloats()
        previous = try reader.readFloats()
        try quantile.read(from: &reader)
        guard sum.count == width, previous.count == width else {
            throw .malformed(offset: start, expected: "a router of width \(width)")
        }
    }
}

/// A quantile of the recent values of a stream, from a histogram of [0, 1] that fades.
package struct RunningQuantile: Sendable, Equatable {
    private static let binCount = 128
    /// The weight of a value falls to a half after 69 further values.
    private static let fading: Float = 0.99
    /// What is assumed before anything is seen: values around 0.4, of the weight of 8 values.
    private static let priorWeight: Float = 8

    private var bins: [Float]

    /// A quantile of nothing yet.
    package init() {
        bins = (0..<Self.binCount).map { bin in
            let distance = (Float(bin) + 0.5) / Float(Self.binCount) - 0.4
            return Self.priorWeight * max(0, 1 - abs(distance) * 8) / (Float(Self.binCount) / 8)
        }
    }

    /// Takes a value of [0, 1].
    package mutating func insert(_ value: Float) {
        for bin in bins.indices { bins[bin] *= Self.fading }
        bins[min(Self.binCount - 1, Int(value * Float(Self.binCount)))] += 1
    }

    /// The value that a share of the stream lies above.
    package func value(above share: Float) -> Float {
        var total: Float = 0
        for bin in bins { total += bin }
        var above: Float = 0
        for bin in bins.indices.reversed() {
            let next = above + bins[bin]
            if next >= share * total {
                // Within the bin, as if its values were spread evenly.
                let part = bins[bin] > 0 ? (next - share * total) / bins[bin] : 0
                return (Float(bin) + part) / Float(Self.binCount)
            }
            above = next
        }
        return 0
    }

    func write(to writer: inout ByteWriter) {
        writer.write(bins)
    }

    mutating func read(from reader: inout ByteReader) throws(SerializationError) {
        let start = reader.offset
        bins = try reader.readFloats()
        guard bins.count == Self.binCount else {
            throw .malformed(offset: start, expected: "\(Self.binCount) bins")
        }
    }
}
