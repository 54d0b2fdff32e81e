import Tensors

extension ReadTransaction {
    /// Checks that every landmark is coded once, as its vector is, and that nothing else is.
    func verifyCodes(_ verification: inout StoreVerification) {
        var codedCount = 0
        verifyEach(.codes, &verification) { key, record, verification throws(StoreError) in
            let number = StoreKey.wideNumber(key) ?? .max
            verification.expect(
                SealedRecord.payload(of: record) != nil,
                "codes \(number): its digest does not hold"
            )
            let group = try codeGroup(number, record)
            codedCount += group.validCount
            for row in 0..<group.tiles.rowCount where group.isValid(row) {
                let block = group.firstBlock + UInt64(row)
                let isRight = try isCoded(block, as: row, of: group.tiles)
                verification.expect(
                    isRight,
                    "codes \(number): they are not those of block \(block)"
                )
            }
        }
        verifyEach(.runs, &verification) { key, record, verification throws(StoreError) in
            verification.expect(
                SealedRecord.payload(of: record) != nil,
                "runs \(StoreKey.name(of: key, in: .runs)): its digest does not hold"
            )
        }
        let runs = verification.attempt { _ throws(StoreError) in try codeRuns() } ?? []
        for run in runs {
            _ = verification.attempt { verification throws(StoreError) in
                codedCount += try verify(run, &verification)
            }
        }
        let expectedCount = verification.landmarkCount
        verification.expect(
            codedCount == expectedCount,
            "codes: \(codedCount) landmarks are coded, and there are \(expectedCount)"
        )
    }

    /// Checks a run.
    ///
    /// - Returns: How many different blocks it has.
    private func verify(
        _ run: CodeRun,
        _ verification: inout StoreVerification
    ) throws(StoreError) -> Int {
        let name = "runs from block \(run.blockRange.lowerBound)"
        var seen = [Bool](repeating: false, count: run.blockRange.count)
        for position in 0..<run.rowCount where run.isLive(position) {
            let block = run.block(at: position)
            guard run.blockRange.contains(block), !seen[Int(run.blocks[position])] else {
                verification.report("\(name): position \(position) has block \(block)")
                continue
            }
            seen[Int(run.blocks[position])] = true
            let (part, row) = run.row(at: position)
            let isRight = try isCoded(block, as: row, of: part)
            verification.expect(isRight, "\(name): the codes of block \(block) are another's")
        }
        let liveCount = seen.count { $0 }
        verification.expect(
            liveCount == run.liveCount,
            "\(name): \(run.liveCount) rows are live, and \(liveCount) were found"
        )
        let isTiled = run.lists.tileTheRun
        verification.expect(isTiled, "\(name): its lists do not tile it")
        if isTiled { verifySigns(of: run, name, &verification) }
        return liveCount
    }

    /// Checks that the signs of a run are those of its codes.
    private func verifySigns(
        of run: CodeRun,
        _ name: String,
        _ verification: inout StoreVerification
    ) {
        let width = settings.vectorWidth
        let memory = AlignedBytes(count: SignTiles.size(rowCount: 16, width: width))
        let coder = SignCoder(run.lists, width: width)
        run.lists.forEach(in: 0..<run.rowCount) { list, positions in
            coder.begin(list)
            for position in positions {
                let (part, row) = run.row(at: position)
                coder.setRow(0, of: memory.pointer, to: row, of: part)
                let expected = SignTiles(at: memory.pointer, rowCount: 16, width: width)
                let signs = run.signs[position / CodeRun.partRows]
                verification.expect(
                    expected.isRow(0, equalTo: row, of: signs),
                    "\(name): the signs at position \(position) are another's"
                )
            }
        }
    }

    /// Whether a row holds the codes of a block's landmark.
    private func isCoded(
        _ block: UInt64,
        as row: Int,
        of tiles: CodeTiles
    ) throws(StoreError) -> Bool {
        guard let landmark = try landmark(ofBlock: block) else { return false }
        let memory = AlignedBytes(count: CodeTiles.size(rowCount: 16, width: landmark.count))
        landmark.withUnsafeBufferPointer {
            CodeTiles.setRow(0, of: memory.pointer, rowCount: 16, width: landmark.count, to: $0)
        }
        let expected = CodeTiles(at: memory.pointer, rowCount: 16, width: landmark.count)
        return expected.isRow(0, equalTo: row, of: tiles)
    }
}

extension CodeTiles {
    /// Whether a row here and one there have the same scale and codes.
    fileprivate func isRow(_ row: Int, equalTo other: Int, of tiles: CodeTiles) -> Bool {
        guard scale(row) == tiles.scale(other) else { return false }
        let (here, there) = (AlignedFloats(count: width), AlignedFloats(count: width))
        decode(row, into: here.pointer)
        tiles.decode(other, into: there.pointer)
        return (0..<width).allSatisfy { here.pointer[$0] == there.pointer[$0] }
    }
}
