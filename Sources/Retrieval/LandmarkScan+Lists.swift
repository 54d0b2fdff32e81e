import BlockStorage
internal import CKernels

extension LandmarkScan {
    /// Multiplies the signs in the lists whose centroids are nearest, and the upper halves of the codes that
    /// no run holds.
    ///
    /// - Source: Roy et al. 2021, "Efficient Content-Based Sparse Attention with Routing Transformers",
    ///   arXiv:2003.05997, §4.1: a query attends to the keys of its cluster alone. Here it sees several
    ///   clusters, the best of all runs together.
    mutating func scanLists(measuresSpread: Bool) {
        let runs = directory.runs
        // Where the scores of each run's lists begin: a tile may have rows without a list.
        var offsets = [0]
        for run in runs { offsets.append((offsets.last ?? 0) + run.lists.centroids.rowCount) }
        let scores = ProductBuffer(count: offsets.last ?? 0)
        for (run, offset) in zip(runs, offsets) {
            run.lists.centroids.multiply(
                0..<(run.lists.centroids.rowCount / 16),
                by: query,
                usesLowerPlane: false,
                into: scores.products + offset
            )
            if measuresSpread { estimateMoments(of: run, scores.products + offset) }
        }
        scan(chosenTiles(scores, offsets), scores, offsets)
        for group in directory.codeGroups { scanCodes(of: group, usesLowerPlane: false) }
    }

    /// How many lists are read, so that 0.97 of the ten nearest are found: of the 4,096 that 262,144
    /// blocks have one in 13, of the 15,616 of a million blocks one in 25.
    private static func probeCount(ofLists listCount: Int) -> Int { 205 + listCount / 38 }

    /// Writes the indices of scores above a threshold, and gives how many they are.
    private func above(
        _ threshold: Float,
        _ scores: UnsafePointer<Float>,
        count: Int,
        _ indices: UnsafeMutablePointer<UInt32>
    ) -> Int {
        kernels_best().pointee.above_f32(scores, count, threshold, indices)
    }

    // MARK: - Choosing lists

    /// Tiles of lists that lie together, in one part of a run.
    private struct ListTiles {
        let run: Int
        /// Which, in the run.
        let tiles: Range<Int>
        /// A list that has rows in them or in tiles before them.
        let list: Int
        /// Where their signs lie.
        let signs: UnsafePointer<UInt8>
    }

    /// Lists that are read before the others, so that few rows of the others are nominated.
    private static let leadingListCount = 24

    /// The tiles of the lists with the highest scores, in the order in which they lie but for the
    /// leading ones, which come first.
    ///
    /// Tiles that a list shares with its neighbours, which are alike, are read as wholes.
    private func chosenTiles(_ scores: ProductBuffer, _ offsets: [Int]) -> [ListTiles] {
        let scoreCount = offsets.last ?? 0
        let listCount = directory.runs.reduce(0) { $0 + $1.lists.count }
        var bins = ScoreBins(capacity: LandmarkScan.probeCount(ofLists: listCount))
        for start in stride(from: 0, to: scoreCount, by: LandmarkScan.batchRows) {
            let count = min(LandmarkScan.batchRows, scoreCount - start)
            let part = scores.products + start
            let found = above(bins.floor.nextDown, part, count: count, scores.indices)
            for index in 0..<found { _ = bins.add(part[Int(scores.indices[index])]) }
        }
        let leading = bins.threshold(ofBest: LandmarkScan.leadingListCount)
        let found = above(bins.floor.nextDown, scores.products, count: scoreCount, scores.indices)
        var (leaders, others): ([ListTiles], [ListTiles]) = ([], [])
        leaders.reserveCapacity(found + directory.runs.count * 16)
        others.reserveCapacity(found + directory.runs.count * 16)
        var next = 0
        for (index, run) in directory.runs.enumerated() {
            let lists = run.lists
            var range = 0..<0
            var first = 0
            var isLeading = false
            func finish() {
                if isLeading {
                    append(range, of: index, from: first, to: &leaders)
                } else {
                    append(range, of: index, from: first, to: &others)
                }
            }
            while next < found, Int(scores.indices[next]) < offsets[index + 1] {
                let place = Int(scores.indices[next])
                next += 1
                let list = place - offsets[index]
                guard list < lists.count else { continue }
                let positions = lists.positions(of: list)
                let tiles = (positions.lowerBound / 16)..<((positions.upperBound + 15) / 16)
                let leads = scores.products[place] >= leading
                if tiles.lowerBound <= range.upperBound, !range.isEmpty {
                    range = range.lowerBound..<max(range.upperBound, tiles.upperBound)
                    isLeading = isLeading || leads
                } else {
                    finish()
                    (range, first, isLeading) = (tiles, list, leads)
                }
            }
            finish()
        }
        return leaders + others
    }

    /// Adds tiles, at most a batch of one part at a time.
    private func append(
        _ tiles: Range<Int>,
        of run: Int,
        from list: Int,
        to chosen: inout [ListTiles]
    ) {
        let (partTiles, signs) = (CodeRun.partRows / 16, directory.runs[run].signs)
        var tile = tiles.lowerBound
        while tile < tiles.upperBound {
            let end = min(
                tiles.upperBound,
                (tile / partTiles + 1) * partTiles,
                tile + LandmarkScan.batchRows / 16
            )
            let bytes = signs[tile / partTiles].bytes(ofTile: tile % partTiles)
            chosen.append(ListTiles(run: run, tiles: tile..<end, list: list, signs: bytes))
            tile = end
        }
    }

    // MARK: - Reading lists

    /// Nominates the best rows of tiles by the means of their lists and their signs.
    private mutating func scan(
        _ chosen: [ListTiles],
        _ scores: ProductBuffer,
        _ offsets: [Int]
    ) {
        let runs = directory.runs
        let signs = SignQuery(query)
        // The blocks of a whole run need not be looked up one by one.
        let isWhole = runs.map { run in
            run.liveCount == run.rowCount && scope.parts(in: run.blockRange) == [run.blockRange]
        }
        // The first row of each tile of a batch.
        var firstRows: [ScannedRow] = []
        firstRows.reserveCapacity(LandmarkScan.batchRows / 16)
        for (index, chunk) in chosen.enumerated() {
            if (firstRows.count + chunk.tiles.count) * 16 > LandmarkScan.batchRows {
                nominate(firstRows, isWhole)
                firstRows.removeAll(keepingCapacity: true)
            }
            let target = products + firstRows.count * 16
            // The buffer saves a copy of the run.
            runs.withUnsafeBufferPointer { runs in
                runs[chunk.run].multiplySigns(
                    chunk.tiles,
                    by: signs,
                    listProducts: scores.products + offsets[chunk.run],
                    from: chunk.list,
                    next: chosen[min(index + 1, chosen.count - 1)].signs,
                    into: target
                )
            }
            for tile in chunk.tiles {
                firstRows.append(ScannedRow(position: tile * 16, run: chunk.run))
            }
        }
        nominate(firstRows, isWhole)
    }

    /// Nominates the best rows of tiles whose products lie one after another.
    private mutating func nominate(_ firstRows: [ScannedRow], _ isWhole: [Bool]) {
        let (runs, scope) = (directory.runs, scope)
        nominate(products, count: firstRows.count * 16) { place in
            let row = firstRows[place / 16].advanced(by: place % 16)
            guard let (run, position) = row.place, !isWhole[run] else { return row }
            return runs[run].isLive(position) && scope.contains(runs[run].block(at: position))
                ? row : nil
        }
    }

    // MARK: - Moments

    /// Adds what the cosines of a run's rows are likely to be.
    ///
    /// A list's mean cosine is that of its mean; its rows are taken to spread about it in the question's
    /// direction as, by the average of all directions, they do.
    private mutating func estimateMoments(of run: CodeRun, _ scores: UnsafePointer<Float>) {
        var (sum, squares, within, between) = (0.0, 0.0, 0.0, 0.0)
        for list in 0..<run.lists.count {
            let count = Double(run.lists.positions(of: list).count)
            let length = Double(run.lists.meanLengths[list])
            let mean = Double(scores[list]) * length
            sum += count * mean
            squares += count * mean * mean
            between += count * length * length
            within += count * (1 - length * length)
        }
        guard between > 0 else { return }
        let rows = Double(run.rowCount)
        // The variance between lists, times what it is of all variance in other directions.
        let variance = max(squares - sum * sum / rows, 0)
        let share = Double(run.liveCount) / rows
        squares += variance * max(within, 0) / between
        moments.add(count: run.liveCount, sum: sum * share, squares: squares * share)
    }
}
