package import BlockStorage
internal import CKernels

/// The blocks whose landmarks are nearest to a question, and how the cosines of all lie.
///
/// The landmarks' 4-bit codes are multiplied with the question as they lie in the map, an eighth of
/// what the landmarks are; those of the best, and some more, are then multiplied themselves. Few
/// blocks are looked up among the landmarks at once; very many are routed (`scanRouted`).
package struct LandmarkScan {
    /// A block and the cosine of its landmark.
    package struct Neighbour: Sendable, Equatable {
        /// The block.
        package let block: UInt64
        /// The cosine.
        package let similarity: Float
    }

    /// How the nearest are found.
    package enum Method: Sendable {
        /// Every landmark in full.
        case landmarks
        /// The codes of every landmark.
        case codes
        /// The codes in the most promising lists.
        case lists
    }

    /// The nearest blocks, nearest first; of equal ones the lower block comes first.
    package private(set) var neighbours: [Neighbour] = []
    /// How the cosines of all blocks in the scope lie; where lists are used, an estimate.
    package internal(set) var moments = ScoreMoments()

    let query: CodeQuery
    let question: [Float]
    let scope: BlockScope
    /// The runs of codes, once they are looked up.
    var runs: [CodeRun] = []
    private var best: TopList<Nominee>
    private let buffer = ProductBuffer(count: LandmarkScan.batchRows)

    /// Room for the products of a batch.
    var products: UnsafeMutablePointer<Float> { buffer.products }

    /// Rows whose products are looked at together.
    static let batchRows = 1024

    /// Scans the blocks of `scope`.
    ///
    /// - Parameters:
    ///   - count: How many of the nearest are wanted.
    ///   - question: A unit vector of the store's width.
    ///   - scope: The blocks that may be found.
    ///   - method: How.
    ///   - measuresSpread: Whether the moments are wanted.
    ///   - transaction: The snapshot.
    /// - Throws: `StoreError` if a record is not what it should be.
    /// - Complexity: O(blocks · width); with lists about a thirtieth of that.
    package init(
        _ count: Int,
        to question: [Float],
        scope: BlockScope,
        method: Method,
        measuresSpread: Bool = true,
        in transaction: borrowing ReadTransaction
    ) throws {
        self.question = question
        self.scope = scope
        query = CodeQuery(question)
        // Codes change a cosine by about 0.006, their upper halves by 0.02.
        best = TopList(capacity: count > 0 ? count + count / 4 + 48 : 0)
        switch method {
        case .landmarks: try scanLandmarks(in: transaction)
        case .codes: try scanCodes(in: transaction)
        case .lists: try scanLists(measuresSpread: measuresSpread, in: transaction)
        }
        try rescore(count, in: transaction)
    }

    /// The `count` blocks whose landmarks are nearest to a vector, nearest first.
    ///
    /// - Throws: `RetrievalError.wrongWidth`, or `StoreError` if a record is not what it should be.
    package static func nearest(
        _ count: Int,
        to vector: [Float],
        method: Method? = nil,
        in transaction: borrowing ReadTransaction
    ) throws -> [Neighbour] {
        guard let question = try unit(vector, width: transaction.settings.vectorWidth) else {
            return []
        }
        let scope = BlockScope(allBut: try transaction.hiddenBlocks())
        return try LandmarkScan(
            count,
            to: question,
            scope: scope,
            method: method ?? .suiting(scope, in: transaction),
            measuresSpread: false,
            in: transaction
        ).neighbours
    }

    /// The cosine of a block's landmark with a question's unit vector, if it has one.
    static func similarity(
        ofBlock block: UInt64,
        to question: [Float],
        in transaction: borrowing ReadTransaction
    ) throws(StoreError) -> Float? {
        try transaction.withLandmark(ofBlock: block) {
            kernels_dot_f32(question, $0, question.count)
        }
    }

    /// A vector scaled to length 1, or nil if it has no direction.
    ///
    /// - Throws: `RetrievalError.wrongWidth` if it has not `width` dimensions.
    static func unit(_ vector: [Float], width: Int) throws(RetrievalError) -> [Float]? {
        guard vector.count == width else {
            throw .wrongWidth(expected: width, found: vector.count)
        }
        let length = kernels_dot_f32(vector, vector, vector.count).squareRoot()
        return length > 0 && length.isFinite ? vector.map { $0 / length } : nil
    }
}

extension LandmarkScan.Method {
    /// What suits the sizes of the scope and the store.
    ///
    /// - Parameters:
    ///   - scope: The blocks that may be found.
    ///   - routedBlockCount: From how many blocks on lists are used.
    ///   - transaction: The snapshot.
    /// - Returns: The method.
    /// - Throws: `StoreError` if the store cannot be read.
    package static func suiting(
        _ scope: BlockScope,
        routedBlockCount: Int = RetrieverConfiguration().routedBlockCount,
        in transaction: borrowing ReadTransaction
    ) throws -> Self {
        let blockCount = try transaction.statistics().nextBlock
        let scopeCount = scope.count(before: blockCount)
        // A landmark is eight times as large as its codes; of few, all are multiplied in a moment.
        if UInt64(scopeCount) * 8 < blockCount || scopeCount < 4096 { return .landmarks }
        return scopeCount >= routedBlockCount && UInt64(scopeCount) * 2 >= blockCount
            ? .lists : .codes
    }
}

// MARK: - Nominating

extension LandmarkScan {
    /// A row that is nominated.
    struct Nominee {
        /// A block, or a position and 2³² times its run plus the uppermost bit.
        private let bits: UInt64
        private static let isPosition: UInt64 = 1 << 63

        /// That of a block; ids of blocks stay below 2⁴⁴.
        init(block: UInt64) { bits = block }

        /// One of a run, whose block is looked up when all are nominated.
        init(position: Int, run: Int) {
            bits = Nominee.isPosition | UInt64(run) << 32 | UInt64(position)
        }

        /// The block.
        func block(in runs: [CodeRun]) -> UInt64 {
            guard bits >= Nominee.isPosition else { return bits }
            let run = Int((bits & ~Nominee.isPosition) >> 32)
            return runs[run].block(at: Int(bits & UInt64(UInt32.max)))
        }
    }

    /// Nominates those of `count` products that are among the best.
    ///
    /// - Parameters:
    ///   - products: The products.
    ///   - count: How many there are.
    ///   - nominee: What a product is that of, and where it comes among equal ones; nil if it may not be
    ///     nominated. It is asked for ascending places.
    mutating func nominate(
        _ products: UnsafePointer<Float>,
        count: Int,
        nominee: (Int) -> (order: UInt64, row: Nominee)?
    ) {
        let threshold = best.floor?.nextDown ?? -.infinity
        let found = kernels_best().pointee.above_f32(products, count, threshold, buffer.indices)
        for index in 0..<found {
            let place = Int(buffer.indices[index])
            let key = products[place]
            if let floor = best.floor, key < floor { continue }
            guard let (order, row) = nominee(place) else { continue }
            best.offer(row, key: key, block: order)
        }
    }

    /// Multiplies the landmarks of the best in full.
    private mutating func rescore(
        _ count: Int,
        in transaction: borrowing ReadTransaction
    ) throws {
        let blocks = best.elements.map { $0.block(in: runs) }
        var nearest = TopList<Neighbour>(capacity: count)
        try transaction.forEachLandmark(of: blocks) { block, landmark in
            let cosine = kernels_dot_f32(question, landmark, question.count)
            let neighbour = Neighbour(block: block, similarity: cosine)
            nearest.offer(neighbour, key: cosine, block: block)
        }
        neighbours = nearest.elements
    }
}

// MARK: - Landmarks

extension LandmarkScan {
    /// Multiplies every landmark of the scope.
    private mutating func scanLandmarks(in transaction: borrowing ReadTransaction) throws {
        let end = try transaction.statistics().nextBlock
        for part in scope.parts(in: 0..<end) {
            try transaction.forEachLandmarkGroup(in: part) { group in
                let start = max(part.lowerBound, group.firstBlock)
                let end = min(part.upperBound, group.firstBlock + UInt64(group.rowCount))
                guard start < end, let rows = group.rows.baseAddress else { return }
                kernels_scan_f32(question, rows, group.rowCount, group.width, products)
                for block in start..<end {
                    let row = Int(block - group.firstBlock)
                    guard group.isValid(row) else { continue }
                    moments.add(products[row])
                    best.offer(Nominee(block: block), key: products[row], block: block)
                }
            }
        }
    }
}

/// Room for products and their indices, freed with its last user.
final class ProductBuffer {
    let products: UnsafeMutablePointer<Float>
    let indices: UnsafeMutablePointer<UInt32>

    init(count: Int) {
        products = .allocate(capacity: count)
        indices = .allocate(capacity: count + 1)
    }

    deinit {
        products.deallocate()
        indices.deallocate()
    }
}
