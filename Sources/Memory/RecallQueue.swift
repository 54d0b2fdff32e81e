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
    /// A ring once it is full.
    private var embeddings: [Float] = []
    /// The row that is replaced next.
    private var oldest = 0

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
    public var rows: [Float] {
        Array(embeddings[(oldest * width)...] + embeddings[..<(oldest * width)])
    }

    /// Forgets everything.
    public mutating func reset() {
        embeddings.removeAll(keepingCapacity: true)
        oldest = 0
    }

    /// Remembers a unit vector, forgetting the oldest when full.
    public mutating func append(_ embedding: [Float]) {
        precondition(embedding.count == width, "an embedding is as wide as the queue")
        let embedding = embedding.bounded
        guard count == capacity else { return embeddings.append(contentsOf: embedding) }
        let start = oldest * width
        embeddings.replaceSubrange(start..<(start + width), with: embedding)
        oldest = (oldest + 1) % capacity
    }

    /// What a unit vector calls to mind, [width]; nil from an empty queue.
    public func recall(_ summary: [Float]) -> [Float]? {
        precondition(summary.count == width, "a summary is as wide as the queue")
        guard count > 0 else { return nil }
        let query = summary.bounded
        var pool = AttentionPool(width: width)
        for age in 0..<count {
            let start = (oldest + age) % count * width
            let embedding = Array(embeddings[start..<(start + width)])
            pool.add(embedding, score: sharpness * query.dot(embedding))
        }
        return pool.mean
    }

    /// Whether both hold the same embeddings in the same order, and treat them alike.
    public static func == (left: RecallQueue, right: RecallQueue) -> Bool {
        left.width == right.width && left.capacity == right.capacity
            && left.sharpness == right.sharpness && left.rows == right.rows
    }

    /// Writes all that the queue holds.
    package func write(to writer: inout ByteWriter) {
        writer.write(rows)
    }

    /// Takes over what `write` wrote.
    package mutating func read(from reader: inout ByteReader) throws(SerializationError) {
        let start = reader.offset
        oldest = 0
        embeddings = try reader.readFloats()
        guard embeddings.count.isMultiple(of: width), count <= capacity else {
            throw .malformed(offset: start, expected: "a queue of width \(width)")
        }
    }
}
