/// The codes of the landmarks of many consecutive blocks, ordered by lists of alike ones, as they lie
/// in the map.
///
/// Rows have positions from 0; a list is a range of them. Its pointers are valid while the transaction
/// that gave them lives, in a write transaction until the next change.
package struct CodeRun {
    /// The blocks whose landmarks were gathered.
    package let blockRange: Range<UInt64>
    /// How many rows there are.
    package let rowCount: Int
    /// The rows that are still those of blocks.
    package let liveCount: Int
    /// The lists.
    package let lists: RunLists
    /// The block of each position, from the first of the range, [rowCount].
    package let blocks: UnsafePointer<UInt32>
    /// Bit `p & 15` of element `p >> 4` is set where position `p` is that of a block.
    package let live: UnsafePointer<UInt16>
    /// The rows by position, 16,384 a part.
    package let parts: [CodeTiles]
    /// The rows' signs, likewise.
    package let signs: [SignTiles]

    /// The block at a position.
    package func block(at position: Int) -> UInt64 {
        blockRange.lowerBound + UInt64(blocks[position])
    }

    /// Whether the block at a position is still there.
    package func isLive(_ position: Int) -> Bool {
        live[position >> 4] & (1 << UInt16(position & 15)) != 0
    }

    /// The part that holds a position, and the row there.
    package func row(at position: Int) -> (part: CodeTiles, row: Int) {
        (parts[position / CodeRun.partRows], position % CodeRun.partRows)
    }

    /// About the products of the rows of tiles with a query: those of the means of their lists and of their signs.
    ///
    /// - Parameters:
    ///   - tiles: Which tiles, all in one part.
    ///   - query: The query.
    ///   - listProducts: The query's products with the centroids.
    ///   - list: A list that has rows in the tiles or before them.
    ///   - next: The signs that are read after these, to be asked for meanwhile.
    ///   - products: Room for 16 products a tile; those of rows that are not there become −∞.
    package func multiplySigns(
        _ tiles: Range<Int>,
        by query: SignQuery,
        listProducts: UnsafePointer<Float>,
        from list: Int,
        next: UnsafePointer<UInt8>?,
        into products: UnsafeMutablePointer<Float>
    ) {
        let positions = (tiles.lowerBound * 16)..<(tiles.upperBound * 16)
        lists.forEach(in: positions, near: list) { list, part in
            let mean = listProducts[list] * lists.meanLengths[list]
            (products + (part.lowerBound - positions.lowerBound))
                .update(repeating: mean, count: part.count)
        }
        let part = positions.lowerBound / CodeRun.partRows
        let first = part * CodeRun.partRows / 16
        signs[part].addProducts(
            (tiles.lowerBound - first)..<(tiles.upperBound - first),
            with: query,
            next: next,
            to: products
        )
        for position in rowCount..<max(rowCount, positions.upperBound) {
            products[position - positions.lowerBound] = -.infinity
        }
    }

    /// Rows in each part but the last.
    package static let partRows = Int(StoreLayout.runSize)
}

/// The key of a part of a run.
struct RunKey: Equatable {
    /// The first block of the run.
    let firstBlock: UInt64
    /// One past the last.
    let endBlock: UInt64
    /// Which part.
    let part: UInt32

    /// The parts before those of the rows.
    static let (lists, blocks, live, firstRows): (UInt32, UInt32, UInt32, UInt32) = (0, 1, 2, 3)

    /// Reads a key, or gives nil if it is none.
    init?(_ key: UnsafeRawBufferPointer) {
        guard key.count == 16 else { return nil }
        firstBlock = UInt64(bigEndian: key.loadUnaligned(as: UInt64.self))
        let count = UInt32(bigEndian: key.loadUnaligned(fromByteOffset: 8, as: UInt32.self))
        let (end, overflow) = firstBlock.addingReportingOverflow(UInt64(count))
        guard !overflow else { return nil }
        endBlock = end
        part = UInt32(bigEndian: key.loadUnaligned(fromByteOffset: 12, as: UInt32.self))
    }
}

/// The layout of the records of a run; all begin with a digest and end at a multiple of 64 bytes.
enum RunRecord {
    /// The bytes before what follows: digest, then up to four counts.
    static let headerSize = 48

    /// The bytes of the record of the lists: header, tiles of centroids, lengths, starts.
    static func listsSize(listCount: Int, width: Int) -> Int {
        let padded = (listCount + 15) / 16 * 16
        return headerSize + CodeTiles.size(rowCount: padded, width: width) + listCount * 8 + 4
    }

    /// The bytes of the record of the blocks.
    static func blocksSize(rowCount: Int) -> Int { headerSize + rowCount * 4 }

    /// The bytes of the record of what is live.
    static func liveSize(rowCount: Int) -> Int { headerSize + (rowCount + 15) / 16 * 2 }

    /// The bytes of the record of a part's rows: header, tiles of codes, tiles of signs.
    static func rowsSize(rowCount: Int, width: Int) -> Int {
        let padded = (rowCount + 15) / 16 * 16
        return signsOffset(rowCount: rowCount, width: width)
            + SignTiles.size(rowCount: padded, width: width)
    }

    /// Where the tiles of signs begin in it.
    static func signsOffset(rowCount: Int, width: Int) -> Int {
        headerSize + CodeTiles.size(rowCount: (rowCount + 15) / 16 * 16, width: width)
    }

    /// The rows of part `part` of `rowCount` rows.
    static func rows(ofPart part: Int, rowCount: Int) -> Range<Int> {
        let start = part * CodeRun.partRows
        return start..<min(start + CodeRun.partRows, rowCount)
    }

    /// How many parts the rows take.
    static func partCount(rowCount: Int) -> Int {
        (rowCount + CodeRun.partRows - 1) / CodeRun.partRows
    }

    /// The bytes of a record with its counts, to be filled and sealed; at least so many that LMDB
    /// gives it pages of its own, where it is aligned.
    static func empty(size: Int, counts: [Int]) -> [UInt8] {
        var record = [UInt8](repeating: 0, count: max(size, 4096))
        record.withUnsafeMutableBytes { bytes in
            for (index, count) in counts.enumerated() {
                bytes.storeBytes(
                    of: UInt32(count).littleEndian,
                    toByteOffset: 8 + index * 4,
                    as: UInt32.self
                )
            }
        }
        return record
    }

    /// What follows the header of a record of `size` bytes, or nil if it has another size.
    static func content(of record: UnsafeRawBufferPointer, size: Int) -> UnsafeRawPointer? {
        record.count == max(size, 4096) ? record.baseAddress.map { $0 + headerSize } : nil
    }

    /// Count `index` of a record.
    static func count(_ index: Int, of record: UnsafeRawBufferPointer) -> Int {
        guard record.count >= headerSize else { return -1 }
        return Int(
            UInt32(
                littleEndian: record.loadUnaligned(fromByteOffset: 8 + index * 4, as: UInt32.self)
            )
        )
    }
}

extension CodeRun {
    /// The run whose parts are `records` in their order, or nil if they are not those of one.
    ///
    /// - Complexity: O(parts); what the records hold is not looked at.
    init?(blockRange: Range<UInt64>, records: [UnsafeRawBufferPointer], width: Int) {
        guard
            records.count > 3, blockRange.upperBound <= UInt64.max - 1,
            records.allSatisfy({ record in
                record.baseAddress.map { Int(bitPattern: $0).isMultiple(of: 4) } ?? false
            })
        else { return nil }
        guard
            let lists = RunLists(records[0], width: width), lists.rowCount <= blockRange.count,
            let blocks = RunRecord.content(
                of: records[1],
                size: RunRecord.blocksSize(rowCount: lists.rowCount)
            ),
            let live = RunRecord.content(
                of: records[2],
                size: RunRecord.liveSize(rowCount: lists.rowCount)
            ),
            records.count - 3 == RunRecord.partCount(rowCount: lists.rowCount)
        else { return nil }
        self.blockRange = blockRange
        self.rowCount = lists.rowCount
        self.lists = lists
        liveCount = RunRecord.count(0, of: records[2])
        self.blocks = blocks.assumingMemoryBound(to: UInt32.self)
        self.live = live.assumingMemoryBound(to: UInt16.self)
        var parts: [CodeTiles] = []
        var signs: [SignTiles] = []
        for (part, record) in records[3...].enumerated() {
            let count = RunRecord.rows(ofPart: part, rowCount: lists.rowCount).count
            guard
                let tiles = CodeTiles(partOf: record, rowCount: count, width: width),
                let partSigns = SignTiles(partOf: record, rowCount: count, width: width)
            else { return nil }
            parts.append(tiles)
            signs.append(partSigns)
        }
        self.parts = parts
        self.signs = signs
    }
}

extension CodeTiles {
    /// The rows of a run's part, or nil if the record is none of so many rows.
    init?(partOf record: UnsafeRawBufferPointer, rowCount: Int, width: Int) {
        let size = RunRecord.rowsSize(rowCount: rowCount, width: width)
        guard
            let content = RunRecord.content(of: record, size: size),
            Int(bitPattern: content).isMultiple(of: 4)
        else { return nil }
        self.init(at: content, rowCount: (rowCount + 15) / 16 * 16, width: width)
    }
}

extension SignTiles {
    /// The signs of the rows of a run's part, or nil if the record is none of so many rows.
    init?(partOf record: UnsafeRawBufferPointer, rowCount: Int, width: Int) {
        let size = RunRecord.rowsSize(rowCount: rowCount, width: width)
        guard let content = RunRecord.content(of: record, size: size) else { return nil }
        let offset = RunRecord.signsOffset(rowCount: rowCount, width: width)
        self.init(
            at: content + (offset - RunRecord.headerSize),
            rowCount: (rowCount + 15) / 16 * 16,
            width: width
        )
    }
}
