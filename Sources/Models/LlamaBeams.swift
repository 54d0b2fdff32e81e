/// Texts that share what they begin with, which a decoder reads beside each other, a token of each at
/// a time.
///
///     let beams = try LlamaBeams(model, beginningLength: prompt.count, beamCount: 2, stepCount: 9)
///     let first = try beams.begin(prompt)
///     let next = try beams.read([a, b], after: [0, 0])     // two texts that go on differently
///     let later = try beams.read([c, d], after: [1, 1])    // both go on with the second
///
/// Logits are, to the bit, those that a session of each text alone would give.
/// - Complexity: A step reads the weights once for all texts, and copies no keys or values.
/// - Concurrency: one thread at a time.
public final class LlamaBeams {
    private let session: LlamaSession
    private let attention: BeamAttention
    /// The rows of each text behind the beginning.
    private var paths: [[Int]] = [[]]
    private var beginningLength: Int?

    /// The most texts that are read beside each other.
    public static let mostBeams = 64

    /// Room for a beginning and up to `beamCount` texts that go on with it for `stepCount` tokens.
    ///
    /// - Throws: `ModelsError.context` if a text is longer than the model was made for,
    ///   `ModelsError.contextMemory` if all are more than the machine can hold.
    public init(
        _ model: LlamaModel,
        beginningLength: Int,
        beamCount: Int,
        stepCount: Int
    ) throws(ModelsError) {
        precondition((1...Self.mostBeams).contains(beamCount), "as many texts as go into a pass")
        precondition(beginningLength > 0 && stepCount >= 0, "a beginning")
        let limit = model.configuration.contextLength
        guard beginningLength <= limit, stepCount <= limit - beginningLength else {
            throw .context(tokenCount: beginningLength + stepCount, limit: limit)
        }
        attention = try BeamAttention(
            model,
            capacity: max(beginningLength, beamCount) + beamCount * stepCount
        )
        session = LlamaSession(model, attention, position: 0)
    }

    /// Reads tokens of the beginning whose logits nobody asks for.
    public func append(_ tokens: [Int32]) throws(ModelsError) {
        precondition(beginningLength == nil, "the beginning comes first")
        try session.append(tokens)
    }

    /// Reads the last tokens of the beginning; the logits of what may follow.
    public func begin(_ tokens: [Int32]) throws(ModelsError) -> [Float] {
        precondition(beginningLength == nil, "the beginning comes first")
        let logits = try session.read(tokens)
        beginningLength = session.position
        return logits
    }

    /// Reads a token for each of the texts to come.
    ///
    /// - Parameters:
    ///   - tokens: What each text goes on with.
    ///   - parents: For each text the place of the text that it goes on, among those of the last call; 0
    ///     in the first call. A text that is nobody's parent is given up.
    /// - Returns: The logits of what may follow each.
    /// - Throws: `ModelsError.context` if there is no room for them.
    public func read(
        _ tokens: [Int32],
        after parents: [Int]
    ) throws(ModelsError) -> [[Float]] {
        precondition(tokens.count == parents.count && !tokens.isEmpty, "a parent for each token")
        guard let beginningLength else { preconditionFailure("the beginning comes first") }
        let row = session.position
        paths = parents.enumerated().map { index, parent in paths[parent] + [row + index] }
        attention.branch(behind: beginningLength, paths: paths)
        return try session.readAll(tokens)
    }
}
