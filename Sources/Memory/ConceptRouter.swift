package import Serialization

/// Where the text turns to something else: H-Net's routing, one altitude up.
///
///     p_t = (1 − cos(context, concept)) / 2          p_1 = 1
///
/// Of concepts, H-Net's threshold of 0.5 would hardly ever be passed, so a boundary is where p_t
/// exceeds a running quantile that holds a target share of boundaries.
///
///     var router = ConceptRouter(boundaryShare: 0.2)
///     router.observe([0, 1], after: [0, 0]).probability  // 1: nothing was before
///     router.observe([0, 1], after: [0, 1]).probability  // 0
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

    private let boundaryShare: Float
    private var quantile: RunningQuantile

    /// A router that has seen nothing.
    ///
    /// - Parameter boundaryShare: The share of concepts that are to be boundaries, 1/N in H-Net.
    public init(boundaryShare: Float) {
        self.boundaryShare = boundaryShare
        quantile = RunningQuantile(share: boundaryShare)
    }

    /// Forgets everything.
    public mutating func reset() {
        self = ConceptRouter(boundaryShare: boundaryShare)
    }

    /// Takes the next concept.
    ///
    /// - Parameters:
    ///   - concept: [width], as `SensoryMemory` shows it.
    ///   - context: [width], what was before it; zeros if nothing was, and then it is a boundary.
    /// - Returns: How probable a boundary before the concept is, and whether it is one.
    public mutating func observe(_ concept: [Float], after context: [Float]) -> Decision {
        precondition(concept.count == context.count, "concept and context are of one width")
        guard context.contains(where: { $0 != 0 }) else {
            return Decision(probability: 1, isBoundary: true)
        }
        let probability = Self.boundaryProbability(context, concept)
        let isBoundary = quantile.isExceeded(by: probability)
        return Decision(probability: probability, isBoundary: isBoundary)
    }

    /// p_t: half of one minus the cosine.
    private static func boundaryProbability(_ left: [Float], _ right: [Float]) -> Float {
        let (leftSquares, rightSquares) = (left.dot(left), right.dot(right))
        guard left.isBounded(leftSquares), right.isBounded(rightSquares) else {
            return boundaryProbability(left.bounded, right.bounded)
        }
        let cosine = left.dot(right) / max((leftSquares * rightSquares).squareRoot(), 1e-12)
        return min(1, max(0, (1 - cosine) / 2))
    }

    /// Writes all that the router needs to go on.
    package func write(to writer: inout ByteWriter) {
        quantile.write(to: &writer)
    }

    /// Takes over what `write` wrote.
    package mutating func read(from reader: inout ByteReader) throws(SerializationError) {
        try quantile.read(from: &reader)
    }
}
