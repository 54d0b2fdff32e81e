package import Serialization

/// The last memory embeddings of a document, recalled by attention.
///
///     a = softmax(τ cos(s, m_i))        recalled = Σ a_i m_i
///
/// There is no value projection: what is recalled is a mix of what was remembered.
///
///     var queue = RecallQueue(width: 2)
///     queue.append([1, 0])
///     queue.append([0, 1])
///     queue.recall([1, 0])  // nearly [1, 0]
///
/// - Shapes: an embedding [width]; the queue [count, width], oldest first.
/// - Source: He et al. 2024, arXiv:2405.06067 (HMT), §3.3, memory recall, with W_q = W_k = I.
public struct RecallQueue: Sendable, Equatable {
    private let width: Int
    private let capacity: Int
    private let sharpness: Float
    private var embeddings: [Float] = []

    /// An empty queue.
    ///
    /// - Parameters:
    ///   - width: Of an embedding.
    ///   - capacity: How many embeddings are kept; N in the paper, 300.
    ///   - sharpness: τ, the inverse temperature.
    /// - Precondition: Width and capacity are positive.
    public init(width: Int, capacity: Int = 300, sharpness: Float = 12) {
        precondition(width > 0 && capacity > 0, "a queue has width and capacity")
        self.width = width
        self.capacity = capacity
        self.sharpness = sharpness
    }

    /// How many embeddings there are.
    public var count: Int { embeddings.count / width }

    /// All embeddings, [count, width], oldest first.
    public var rows: [Float] { embeddings }

    /// Forgets everything.
    public mutating func reset() {
        embeddings.removeAll(keepingCapacity: true)
    }

    /// Remembers a unit vector, forgetting the oldest when full.
    public mutating func append(_ embedding: [Float]) {
        precondition(embedding.count == width, "an embedding is as wide as the queue")
        if count == capacity { embeddings.removeFirst(width) }
        embeddings.append(contentsOf: embedding.bounded)
    }

    /// What a unit vector calls to mind, [width]; nil from an empty queue.
    public func recall(_ summary: [Float]) -> [Float]? {
        precondition(summary.count == width, "a summary is as wide as the queue")
        guard count > 0 else { return nil }
        let query = summary.bounded
        var pool = AttentionPool(width: width)
        for row in 0..<count {
            let embedding = Array(embeddings[(row * width)..<((row + 1) * width)])
            var cosine: Float = 0
            for index in 0..<width { cosine += query[index] * embedding[index] }
            pool.add(embedding, score: sharpness * cosine)
        }
        return pool.mean
    }

    /// Writes all that the queue holds.
    package func write(to writer: inout ByteWriter) {
        writer.write(embeddings)
    }

    /// Takes over what `write` wrote.
    package mutating func read(from reader: inout ByteReader) throws(SerializationError) {
        let start = reader.offset
        embeddings = try reader.readFloats()
        guard embeddings.count.isMultiple(of: width), count <= capacity else {
            throw .malformed(offset: start, expected: "a queue of width \(width)")
        }
    }
}
