package import BlockStorage
internal import CKernels

/// The blocks whose landmarks are nearest to a question, and how the cosines of all lie.
///
/// The landmarks' 4-bit codes are multiplied with the question as they lie in the map, an eighth of
/// what the landmarks are; those of the best, and some more, are then multiplied themselves. Few
/// blocks are looked up among the landmarks at once; very many are routed (`scanLists`).
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
        /// The signs in the most promising lists.
        case lists
    }

    /// The nearest blocks, nearest first; of equal ones the lower block comes first.
    package private(set) var neighbours: [Neighbour] = []
    /// How the cosines of all blocks in the scope lie; where lists are used, an estimate.
    package internal(set) var moments = ScoreMoments()

    let query: CodeQuery
    let question: [Float]
    let scope: BlockScope
    let directory: LandmarkDirectory
    private var nominees: NomineeList
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
    ///   - directory: What is known already of where landmarks lie.
    ///   - transaction: The snapshot.
    /// - Throws: `StoreError` if a record is not what it should be.
    /// - Complexity: O(blocks · width); with lists about a thirtieth of that.
    package init(
        _ count: Int,
        to question: [Float],
        scope: BlockScope,
        method: Method,
        measuresSpread: Bool = true,
        directory: LandmarkDirectory = LandmarkDirectory(),
        in transaction: borrowing ReadTransaction
    ) throws {
        try directory.begin(in: transaction)
        self.directory = directory
        self.question = question
        self.scope = scope
        query = CodeQuery(question)
        nominees = NomineeList(capacity: method.nomineeCount(of: count))
        switch method {
        case .landmarks: try scanLandmarks(in: transaction)
        case .codes: scanAllCodes()
        case .lists: scanLists(measuresSpread: measuresSpread)
        }
        try rescore(count, margin: method.margin(width: question.count), in: transaction)
    }

    /// The `count` blocks whose landmarks are nearest to a vector, nearest first.
    ///
    /// - Throws: `RetrievalError.wrongWidth`, or `StoreError` if a record is not what it should be.
    package static func nearest(
        _ count: Int,
        to vector: [Float],
        method: Method? = nil,
        directory: LandmarkDirectory = LandmarkDirectory(),
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
            directory: directory,
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

extension LandmarkScan.Method {
    /// How many rows are nominated where `count` are wanted.
    fileprivate func nomineeCount(of count: Int) -> Int {
        switch self {
        case .landmarks, .codes: count + count / 4 + 48
        case .lists: 2 * count + 200
        }
    }

    /// How far below a cosine an estimate of it is, but for very few.
    ///
    /// Codes change a cosine by about 0.12 / √width, signs by 0.64 / √width; 2.5 times that misses nothing
    /// that counts (`README.md`).
    fileprivate func margin(width: Int) -> Float {
        let deviation: Float =
            switch self {
            case .landmarks: 0
            case .codes: 0.48
            case .lists: 1.6
            }
        return deviation / Float(width).squareRoot()
    }
}

// MARK: - Nominating

extension LandmarkScan {
    /// Nominates those of `count` products that are among the best.
    ///
    /// - Parameters:
    ///   - products: The products.
    ///   - count: How many there are.
    ///   - row: The row of a product; nil if it may not be nominated.
    mutating func nominate(
        _ products: UnsafePointer<Float>,
        count: Int,
        row: (Int) -> ScannedRow?
    ) {
        let threshold = nominees.floor.nextDown
        let found = kernels_best().pointee.above_f32(products, count, threshold, buffer.indices)
        for index in 0..<found {
            let place = Int(buffer.indices[index])
            guard products[place] >= nominees.floor, let row = row(place) else { continue }
            nominees.append(row, estimate: products[place])
        }
    }

    /// Multiplies the landmarks of the best in full, then those of the others that might be better than the
    /// last of them.
    private mutating func rescore(
        _ count: Int,
        margin: Float,
        in transaction: borrowing ReadTransaction
    ) throws {
        var nearest = TopList<Neighbour>(capacity: count)
        func rescore(_ rows: [ScannedRow]) throws(StoreError) {
            let blocks = rows.map { $0.block(in: directory.runs) }
            try directory.forEachLandmark(of: blocks, in: transaction) { block, landmark in
                let cosine = kernels_dot_f32(question, landmark, question.count)
                let neighbour = Neighbour(block: block, similarity: cosine)
                nearest.offer(neighbour, key: cosine, block: block)
            }
        }
        let first = nominees.threshold(ofBest: count + 32)
        try rescore(nominees.rows(in: first..<(.infinity)))
        let floor = (nearest.floor ?? -.infinity) - margin
        if floor < first { try rescore(nominees.rows(in: floor..<first)) }
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
                    nominees.append(ScannedRow(block: block), estimate: products[row])
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
        products.initialize(repeating: 0, count: count)
        indices = .allocate(capacity: count + 1)
    }

    deinit {
        products.deallocate()
        indices.deallocate()
    }
}
