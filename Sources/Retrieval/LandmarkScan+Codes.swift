import BlockStorage
internal import CKernels

extension LandmarkScan {
    /// Multiplies the codes of every landmark of the scope.
    mutating func scanAllCodes() {
        for (index, run) in directory.runs.enumerated() { scanCodes(of: run, index) }
        for group in directory.codeGroups { scanCodes(of: group, usesLowerPlane: true) }
    }

    private mutating func scanCodes(of run: CodeRun, _ runIndex: Int) {
        let scope = scope
        let parts = scope.parts(in: run.blockRange)
        guard !parts.isEmpty else { return }
        let wanted = parts == [run.blockRange] ? nil : BlockBits(parts, of: run.blockRange)
        for (index, part) in run.parts.enumerated() {
            let tileCount = part.rowCount / 16
            for tile in stride(from: 0, to: tileCount, by: LandmarkScan.batchRows / 16) {
                let tiles = tile..<min(tile + LandmarkScan.batchRows / 16, tileCount)
                part.multiply(
                    tiles,
                    by: query,
                    usesLowerPlane: true,
                    into: products
                )
                let first = index * CodeRun.partRows + tile * 16
                let count = clearUnwanted(tiles.count, from: first, of: run, wanted)
                add(products, rows: tiles.count * 16, count: count)
                nominate(products, count: tiles.count * 16) { row in
                    let position = first + row
                    guard position < run.rowCount, run.isLive(position) else { return nil }
                    guard wanted == nil || scope.contains(run.block(at: position)) else {
                        return nil
                    }
                    return ScannedRow(position: position, run: runIndex)
                }
            }
        }
    }

    /// Sets the products of rows that do not count to 0.
    ///
    /// - Returns: How many count.
    private func clearUnwanted(
        _ tileCount: Int,
        from position: Int,
        of run: CodeRun,
        _ wanted: BlockBits?
    ) -> Int {
        var count = 0
        for tile in 0..<tileCount {
            let first = position + tile * 16
            var bits = run.live[first >> 4]
            if let wanted {
                for lane in 0..<16 where first + lane < run.rowCount {
                    if !wanted[Int(run.blocks[first + lane])] { bits &= ~(1 << UInt16(lane)) }
                }
            }
            count += bits.nonzeroBitCount
            guard bits != .max else { continue }
            for lane in 0..<16 where bits & (1 << UInt16(lane)) == 0 {
                products[tile * 16 + lane] = 0
            }
        }
        return count
    }

    /// Multiplies the codes of a group that no run holds.
    mutating func scanCodes(of group: CodeGroup, usesLowerPlane: Bool) {
        let scope = scope
        let rowCount = group.tiles.rowCount
        let range = group.firstBlock..<(group.firstBlock + UInt64(rowCount))
        let parts = scope.parts(in: range)
        guard !parts.isEmpty else { return }
        group.tiles.multiply(
            0..<(rowCount / 16),
            by: query,
            usesLowerPlane: usesLowerPlane,
            into: products
        )
        var count = group.validCount
        if parts != [range] {
            let wanted = BlockBits(parts, of: range)
            for row in 0..<rowCount where !wanted[row] {
                products[row] = 0
                if group.isValid(row) { count -= 1 }
            }
        }
        add(products, rows: rowCount, count: count)
        nominate(products, count: rowCount) { row in
            let block = group.firstBlock + UInt64(row)
            guard group.isValid(row), scope.contains(block) else { return nil }
            return ScannedRow(block: block)
        }
    }

    private mutating func add(_ products: UnsafePointer<Float>, rows: Int, count: Int) {
        var (sum, squares) = (0.0, 0.0)
        kernels_best().pointee.moments_f32(products, rows, &sum, &squares)
        moments.add(count: count, sum: sum, squares: squares)
    }
}

/// Which blocks of a range are in a scope, a bit each.
private struct BlockBits {
    private var words: [UInt64]

    init(_ parts: [Range<UInt64>], of range: Range<UInt64>) {
        words = [UInt64](repeating: 0, count: (range.count + 63) / 64)
        for part in parts {
            for block in part {
                let index = Int(block - range.lowerBound)
                words[index >> 6] |= 1 << UInt64(index & 63)
            }
        }
    }

    /// Whether the block at a distance from the range's first is in the scope.
    subscript(index: Int) -> Bool {
        index >> 6 < words.count && words[index >> 6] & (1 << UInt64(index & 63)) != 0
    }
}
