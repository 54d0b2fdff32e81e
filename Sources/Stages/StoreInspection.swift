public import BlockStorage
import Retrieval
import Tensors

/// What can be seen of a store beyond its records.
public struct StoreInspection: Sendable {
    /// A block that is like another.
    public struct Neighbour: Sendable, Equatable {
        /// The block.
        public let block: BlockRecord
        /// The id of its document.
        public let document: String
        /// The cosine of the landmarks.
        public let similarity: Float
    }

    /// A tensor of a document's memory in figures.
    public struct MemoryFigures: Sendable, Equatable {
        /// What it is.
        public let name: String
        /// How many rows it has.
        public let rowCount: Int
        /// How wide they are.
        public let width: Int
        /// The root of the sum of its squares.
        public let norm: Float
        /// The greatest magnitude in it.
        public let maximum: Float
    }

    private let store: Store

    /// A look at a store.
    public init(_ store: Store) {
        self.store = store
    }

    /// The blocks whose landmarks are nearest to that of a block, nearest first.
    public func neighbours(of id: UInt64, count: Int) throws -> [Neighbour] {
        try store.read { transaction in
            guard let landmark = try transaction.landmark(ofBlock: id) else { return [] }
            let nearest = try LandmarkScan.nearest(count + 1, to: landmark, in: transaction)
            var neighbours: [Neighbour] = []
            for entry in nearest where entry.block != id && neighbours.count < count {
                guard let block = try transaction.block(entry.block) else { continue }
                let document = try transaction.document(number: block.document)
                neighbours.append(
                    Neighbour(
                        block: block,
                        document: document?.id ?? "",
                        similarity: entry.similarity
                    )
                )
            }
            return neighbours
        }
    }

    /// The memory that was kept at a document's end.
    public func memory(of document: DocumentRecord) throws -> [MemoryFigures] {
        try store.read { transaction in
            try transaction.memories(ofDocument: document.number).map { memory in
                let elements = memory.tensor.elements
                let squares = elements.reduce(Float(0)) { $0 + $1 * $1 }
                return MemoryFigures(
                    name: memory.name,
                    rowCount: memory.tensor.rowCount,
                    width: memory.tensor.width,
                    norm: squares.squareRoot(),
                    maximum: elements.reduce(Float(0)) { Swift.max($0, abs($1)) }
                )
            }
        }
    }
}
