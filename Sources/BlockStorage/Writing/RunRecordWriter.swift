import Tensors

/// Rows of codes that are gathered in memory.
final class GatheredCodes {
    /// The block of each row, from the first of its run.
    private(set) var blocks: [UInt32] = []
    private let memory: AlignedBytes
    private let capacity: Int
    private let width: Int

    /// Room for `capacity` rows, a multiple of 16.
    init(capacity: Int, width: Int) {
        self.capacity = capacity
        self.width = width
        memory = AlignedBytes(count: CodeTiles.size(rowCount: capacity, width: width))
    }

    /// How many rows there are.
    var count: Int { blocks.count }

    /// The rows, valid as long as this object.
    var tiles: CodeTiles { CodeTiles(at: memory.pointer, rowCount: capacity, width: width) }

    /// Adds a vector.
    func append(_ vector: [Float], block: UInt64) {
        vector.withUnsafeBufferPointer {
            CodeTiles.setRow(count, of: memory.pointer, rowCount: capacity, width: width, to: $0)
        }
        blocks.append(UInt32(block))
    }

    /// Adds a row that is coded already.
    func append(_ row: Int, of tiles: CodeTiles, block: UInt64) {
        tiles.copyRow(row, to: count, of: memory.pointer, rowCount: capacity)
        blocks.append(UInt32(block))
    }

    /// The centroids that a run begins with: rows at equal distances, one for each list, since
    /// neighbours in the stream are alike.
    func seeds() -> [Float] {
        let padded = CodeTiles.paddedWidth(width)
        let listCount = max(1, count / StoreLayout.rowsPerList)
        var seeds = [Float](repeating: 0, count: listCount * padded)
        let tiles = tiles
        seeds.withUnsafeMutableBufferPointer { seeds in
            guard let base = seeds.baseAddress else { return }
            for list in 0..<listCount {
                tiles.decode((2 * list + 1) * count / (2 * listCount), into: base + list * padded)
                for index in width..<padded { base[list * padded + index] = 0 }
            }
        }
        return seeds
    }
}

/// Writes the records of a run.
struct RunRecordWriter {
    private let blockRange: Range<UInt64>
    private let width: Int
    /// The block of each position.
    private let blocks: [UInt32]
    /// Where the row of each position is taken from.
    private let sources: [(part: Int, row: Int)]
    private let lists: [UInt8]

    /// A run of rows in the lists that a clustering found; within a list by ascending block.
    ///
    /// - Parameters:
    ///   - blockRange: The blocks of the run.
    ///   - blocks: The block of each row, from the first of the range.
    ///   - sources: Where each row lies; without them row `i` is row `i` of the only part.
    ///   - clustering: The lists of the rows.
    ///   - width: Scalars in a row.
    init(
        blockRange: Range<UInt64>,
        blocks: [UInt32],
        sources: [(part: Int, row: Int)]? = nil,
        clustering: CodeClustering,
        width: Int
    ) {
        self.blockRange = blockRange
        self.width = width
        var places = [Int](repeating: 0, count: clustering.meanLengths.count)
        for (place, list) in clustering.similarityOrder().enumerated() { places[list] = place }
        let order = blocks.indices.sorted { left, right in
            let leftPlace = places[clustering.lists[left]]
            let rightPlace = places[clustering.lists[right]]
            return leftPlace != rightPlace ? leftPlace < rightPlace : blocks[left] < blocks[right]
        }
        self.blocks = order.map { blocks[$0] }
        self.sources = order.map { sources?[$0] ?? (0, $0) }
        lists = RunRecordWriter.record(of: clustering, order: order, width: width)
    }

    /// Puts all records.
    ///
    /// - Parameters:
    ///   - transaction: Where to.
    ///   - parts: The parts that the rows are taken from; asked for anew after each change.
    /// - Throws: What `parts` throws, or `StoreError` if a record cannot be written.
    func write(
        _ transaction: borrowing Transaction,
        parts: () throws(StoreError) -> [CodeTiles]
    ) throws(StoreError) {
        let rowCount = blocks.count
        try put(lists, part: RunKey.lists, transaction)
        var record = RunRecord.empty(
            size: RunRecord.blocksSize(rowCount: rowCount),
            counts: [rowCount]
        )
        record.withUnsafeMutableBytes { bytes in
            blocks.withUnsafeBytes { blocks in
                UnsafeMutableRawBufferPointer(rebasing: bytes[RunRecord.headerSize...])
                    .copyMemory(from: blocks)
            }
        }
        try put(record, part: RunKey.blocks, transaction)
        var live = [UInt16](repeating: 0, count: (rowCount + 15) / 16)
        for position in 0..<rowCount { live[position >> 4] |= 1 << UInt16(position & 15) }
        try put(
            RunRecordWriter.record(live: live, count: rowCount),
            part: RunKey.live,
            transaction
        )
        for part in 0..<RunRecord.partCount(rowCount: rowCount) {
            let rows = RunRecord.rows(ofPart: part, rowCount: rowCount)
            let record = self.record(ofRows: rows, from: try parts())
            try put(record, part: RunKey.firstRows + UInt32(part), transaction)
        }
    }

    private func record(ofRows rows: Range<Int>, from parts: [CodeTiles]) -> [UInt8] {
        var record = RunRecord.empty(
            size: RunRecord.rowsSize(rowCount: rows.count, width: width),
            counts: [rows.count]
        )
        record.withUnsafeMutableBytes { bytes in
            guard let base = bytes.baseAddress else { return }
            for position in rows {
                let (part, row) = sources[position]
                parts[part].copyRow(
                    row,
                    to: position - rows.lowerBound,
                    of: base + RunRecord.headerSize,
                    rowCount: (rows.count + 15) / 16 * 16
                )
            }
            let signs = base + RunRecord.signsOffset(rowCount: rows.count, width: width)
            lists.withUnsafeBytes { lists in
                guard let lists = RunLists(lists, width: width) else { return }
                let coder = SignCoder(lists, width: width)
                lists.forEach(in: rows) { list, positions in
                    coder.begin(list)
                    for position in positions {
                        let (part, row) = sources[position]
                        coder.setRow(
                            position - rows.lowerBound,
                            of: signs,
                            to: row,
                            of: parts[part]
                        )
                    }
                }
            }
        }
        return record
    }

    private func put(
        _ record: [UInt8],
        part: UInt32,
        _ transaction: borrowing Transaction
    ) throws(StoreError) {
        var record = record
        SealedRecord.reseal(&record)
        let key = StoreKey.run(
            firstBlock: blockRange.lowerBound,
            blockCount: UInt64(blockRange.count),
            part: part
        )
        try transaction.put(record, at: key, in: .runs)
    }

    /// The record of the lists that have rows.
    private static func record(of clustering: CodeClustering, order: [Int], width: Int) -> [UInt8] {
        var starts: [UInt32] = []
        var lists: [Int] = []
        for (position, row) in order.enumerated() where clustering.lists[row] != lists.last {
            lists.append(clustering.lists[row])
            starts.append(UInt32(position))
        }
        starts.append(UInt32(order.count))
        let padded = (lists.count + 15) / 16 * 16
        var record = RunRecord.empty(
            size: RunRecord.listsSize(listCount: lists.count, width: width),
            counts: [order.count, lists.count, width]
        )
        record.withUnsafeMutableBytes { bytes in
            guard let base = bytes.baseAddress else { return }
            let tiles = base + RunRecord.headerSize
            for (index, list) in lists.enumerated() {
                clustering.centroid(list).withUnsafeBufferPointer {
                    CodeTiles.setRow(index, of: tiles, rowCount: padded, width: width, to: $0)
                }
            }
            let lengths = tiles + CodeTiles.size(rowCount: padded, width: width)
            for (index, list) in lists.enumerated() {
                lengths.storeBytes(
                    of: clustering.meanLengths[list].bitPattern.littleEndian,
                    toByteOffset: index * 4,
                    as: UInt32.self
                )
            }
            for (index, start) in starts.enumerated() {
                lengths.storeBytes(
                    of: start.littleEndian,
                    toByteOffset: (lists.count + index) * 4,
                    as: UInt32.self
                )
            }
        }
        return record
    }

    /// The elements of what is live.
    static func liveElements(of run: CodeRun) -> [UInt16] {
        Array(UnsafeBufferPointer(start: run.live, count: (run.rowCount + 15) / 16))
    }

    /// The sealed record of what is live.
    static func record(live: [UInt16], count: Int) -> [UInt8] {
        var record = RunRecord.empty(
            size: RunRecord.headerSize + live.count * 2,
            counts: [count]
        )
        record.withUnsafeMutableBytes { bytes in
            live.withUnsafeBytes { live in
                UnsafeMutableRawBufferPointer(rebasing: bytes[RunRecord.headerSize...])
                    .copyMemory(from: live)
            }
        }
        SealedRecord.reseal(&record)
        return record
    }
}
