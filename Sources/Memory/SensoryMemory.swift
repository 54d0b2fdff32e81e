package import Serialization

/// What was read last, and how that and the next concept look from the mean of all.
///
///     h_t = (h_{t−1} + c_t) / 2          μ_t = Σ_{i ≤ t} c_i / (t + 4)
///     context = (h_{t−1} − μ_{t−1}) / |…|          concept = (c_t − μ_{t−1}) / |…|
///
/// The average stands for the last concept because one alone is a noisy witness, and without the mean
/// neighbours in one text are nearly always alike: `README.md` has what either gains. The mean of few
/// concepts is mostly those concepts, so it is trusted by and by.
///
///     var memory = SensoryMemory(width: 2)
///     memory.observe([1, 0]).context  // [0, 0]: nothing was read before
///
/// - Shapes: a concept, h and μ [width].
/// - Source: He et al. 2024, arXiv:2405.06067 (HMT), §3.1, for the name.
public struct SensoryMemory: Sendable, Equatable {
    /// A concept and what was read before it, seen from the mean of all that was.
    public struct View: Sendable, Equatable {
        /// [width], of length 1; zeros before the first concept.
        public fileprivate(set) var context: [Float]
        /// [width], of length 1.
        public fileprivate(set) var concept: [Float]

        /// A view of nothing, in whose memory others are written.
        init(width: Int) {
            context = [Float](repeating: 0, count: width)
            concept = context
        }
    }

    /// After how many concepts the mean counts half of its full weight.
    private static let meanPrior: Float = 4

    private let width: Int
    private var sum: [Float]
    /// h; zeros before the first concept.
    private var average: [Float]
    private var count = 0
    /// What was read last, as the next view will show it, [width].
    public private(set) var context: [Float]

    /// A memory that has seen nothing.
    public init(width: Int) {
        self.width = width
        sum = [Float](repeating: 0, count: width)
        average = sum
        context = sum
    }

    /// Forgets everything.
    public mutating func reset() {
        self = SensoryMemory(width: width)
    }

    /// Takes the next concept.
    ///
    /// - Parameter concept: [width], taken at length 1 if it is longer.
    /// - Returns: The concept and what was before it, seen from the mean of all before it.
    public mutating func observe(_ concept: [Float]) -> View {
        var view = View(width: width)
        observe(bounded: concept.bounded, into: &view)
        return view
    }

    /// Takes the next concept, of length 1 at most, and writes how it looks into the memory of a view of the
    /// same width.
    mutating func observe(bounded concept: [Float], into view: inout View) {
        precondition(concept.count == width, "a concept is as wide as the memory")
        swap(&view.context, &context)
        Self.see(concept, from: sum, of: count, &view.concept)
        sum.add(concept, weight: 1)
        if count == 0 {
            average.assign(concept[...])
        } else {
            average.scale(by: 0.5)
            average.add(concept, weight: 0.5)
        }
        count += 1
        Self.see(average, from: sum, of: count, &context)
    }

    /// Writes the direction to a vector from the mean of `count` concepts.
    private static func see(
        _ vector: [Float],
        from sum: [Float],
        of count: Int,
        _ direction: inout [Float]
    ) {
        direction.assignDirection(of: vector, adding: sum, weight: -1 / (Float(count) + meanPrior))
    }

    /// Writes all that the memory needs to go on.
    package func write(to writer: inout ByteWriter) {
        writer.writeCount(count)
        guard count > 0 else { return }
        writer.write(sum)
        writer.write(average)
    }

    /// Takes over what `write` wrote.
    package mutating func read(from reader: inout ByteReader) throws(SerializationError) {
        let start = reader.offset
        reset()
        count = try reader.readCount()
        guard count > 0 else { return }
        sum = try reader.readFloats()
        average = try reader.readFloats()
        guard sum.count == width, average.count == width else {
            throw .malformed(offset: start, expected: "a memory of width \(width)")
        }
        Self.see(average, from: sum, of: count, &context)
    }
}
