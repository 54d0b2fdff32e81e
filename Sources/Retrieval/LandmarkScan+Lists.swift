import BlockStorage
internal import CKernels

extension LandmarkScan {
    /// Multiplies the codes in the lists whose centroids are nearest, by their upper halves, and those
    /// that no run holds.
    ///
    /// - Source: Roy et al. 2021, "Efficient Content-Based Sparse Attention with Routing Transformers",
    ///   arXiv:2003.05997, §4.1: a query attends to the keys of its cluster alone. Here it sees several
    ///   clusters, the best of all runs together.
    mutating func scanLists(
        measuresSpread: Bool,
        in transaction: borrowing ReadTransaction
    ) throws {
        runs = try transaction.codeRuns()
        // Where the scores of each run's lists begin: a tile may have rows without a list.
        var offsets = [0]
        for run in runs { offsets.append((offsets.last ?? 0) + run.centroids.rowCount) }
        let scores = ProductBuffer(count: offsets.last ?? 0)
        for (run, offset) in zip(runs, offsets) {
            run.centroids.multiply(
                0..<(run.centroids.rowCount / 16),
                by: query,
                usesLowerPlane: false,
                into: scores.products + offset
            )
            if measuresSpread { estimateMoments(of: run, scores.products + offset) }
        }
        scan(chosenTiles(scores, offsets))
        for group in try transaction.codeGroups() { scanCodes(of: group, usesLowerPlane: false) }
    }

    /// How many lists are read, so that 0.97 of the ten nearest are found: of the 4,096 that 262,144
    /// blocks have one in 13, of the 15,616 of a million blocks one in 25.
    private static func probeCount(ofLists listCount: Int) -> Int { 205 + listCount / 38 }

    // MARK: - Choosing lists

    /// Tiles of lists that lie together.
    private struct ListTiles {
        let part: CodeTiles
        /// Which, in the part.
        let tiles: Range<Int>
        /// The run, and the first row's position in it.
        let run: Int
        let position: Int
        /// Whether a list in it is among the very best.
        let isLeading: Bool
    }

    /// Lists that are read before the others, so that few rows of the others are nominated.
    private static let leadingListCount = 24

    /// The tiles of the lists with the highest scores, in the order in which they lie but for the
    /// leading ones, which come first.
    ///
    /// Tiles that a list shares with its neighbours, which are alike, are read as wholes.
    private func chosenTiles(
        _ scores: ProductBuffer,
        _ offsets: [Int]
    ) -> [ListTiles] {
        let scoreCount = offsets.last ?? 0
        let listCount = runs.reduce(0) { $0 + $1.listCount }
        let (leading, threshold) = LandmarkScan.thresholds(
            scores.products,
            count: scoreCount,
            wanted: (
                LandmarkScan.leadingListCount, LandmarkScan.probeCount(ofLists: listCount)
            )
        )
        let found = kernels_best().pointee.above_f32(
            scores.products,
            scoreCount,
            threshold,
            scores.indices
        )
        let places = UnsafeBufferPointer(start: scores.indices, count: found)
        var chosen: [ListTiles] = []
        chosen.reserveCapacity(found + runs.count * 16)
        var next = 0
        for (index, run) in runs.enumerated() {
            var range = 0..<0
            var isLeading = false
            while next < found, Int(places[next]) < offsets[index + 1] {
                let list = Int(places[next]) - offsets[index]
                let leads = scores.products[Int(places[next])] > leading
                next += 1
                guard list < run.listCount else { continue }
                let positions = run.positions(ofList: list)
                let tiles = (positions.lowerBound / 16)..<((positions.upperBound + 15) / 16)
                if range.contains(tiles.lowerBound) || range.upperBound == tiles.lowerBound {
                    range = range.lowerBound..<max(range.upperBound, tiles.upperBound)
                    isLeading = isLeading || leads
                } else {
                    append(range, of: run, index, isLeading, to: &chosen)
                    range = tiles
                    isLeading = leads
                }
            }
            append(range, of: run, index, isLeading, to: &chosen)
        }
        return chosen.filter(\.isLeading) + chosen.filter { !$0.isLeading }
    }

    private func append(
        _ tiles: Range<Int>,
        of run: borrowing CodeRun,
        _ index: Int,
        _ isLeading: Bool,
        to chosen: inout [ListTiles]
    ) {
        let partTiles = CodeRun.partRows / 16
        var tile = tiles.lowerBound
        while tile < tiles.upperBound {
            let first = tile % partTiles
            let count = min(
                tiles.upperBound - tile,
                partTiles - first,
                LandmarkScan.batchRows / 16
            )
            chosen.append(
                ListTiles(
                    part: run.parts[tile / partTiles],
                    tiles: first..<(first + count),
                    run: index,
                    position: tile * 16,
                    isLeading: isLeading
                )
            )
            tile += count
        }
    }

    /// Thresholds that about so many of the scores are above, to the nearest 2⁻¹⁰.
    private static func thresholds(
        _ scores: UnsafePointer<Float>,
        count: Int,
        wanted: (few: Int, many: Int)
    ) -> (few: Float, many: Float) {
        let binCount = 4096
        var bins = [Int32](repeating: 0, count: binCount)
        bins.withUnsafeMutableBufferPointer { bins in
            for index in 0..<count {
                // Added to a number below 2²², this leaves its nearest integer in the lowest bits.
                let bits = (scores[index] * 1024 + 0x1.8p23).bitPattern
                bins[Int(bits &+ 2048) & (binCount - 1)] += 1
            }
        }
        var above = 0
        var few: Float?
        for bin in bins.indices.reversed() {
            above += Int(bins[bin])
            let threshold = (Float(bin - 2048) - 0.5) / 1024
            if few == nil, above >= wanted.few { few = threshold }
            if above >= wanted.many { return (few ?? threshold, threshold) }
        }
        return (few ?? -.infinity, -.infinity)
    }

    // MARK: - Reading lists

    private mutating func scan(_ chosen: [ListTiles]) {
        // The blocks of a whole run need not be looked up one by one.
        let isWhole = runs.map { run in
            run.liveCount == run.rowCount && scope.parts(in: run.blockRange) == [run.blockRange]
        }
        var batch = 0..<0
        var rowCount = 0
        for (index, list) in chosen.enumerated() {
            if rowCount + list.tiles.count * 16 > LandmarkScan.batchRows {
                nominate(chosen[batch], rowCount, isWhole)
                (batch, rowCount) = (index..<index, 0)
            }
            let next = index + 1 < chosen.count ? chosen[index + 1] : list
            list.part.multiply(
                list.tiles,
                by: query,
                usesLowerPlane: false,
                next: next.part.upperPlane(ofTile: next.tiles.lowerBound),
                into: products + rowCount
            )
            batch = batch.lowerBound..<(index + 1)
            rowCount += list.tiles.count * 16
        }
        nominate(chosen[batch], rowCount, isWhole)
    }

    /// Nominates the best rows of tiles whose products lie one after another.
    private mutating func nominate(
        _ batch: ArraySlice<ListTiles>,
        _ rowCount: Int,
        _ isWhole: [Bool]
    ) {
        let (runs, scope) = (runs, scope)
        var index = batch.startIndex
        var start = 0
        nominate(products, count: rowCount) { place in
            // Places ascend.
            while place >= start + batch[index].tiles.count * 16 {
                start += batch[index].tiles.count * 16
                index += 1
            }
            let run = batch[index].run
            let position = batch[index].position + place - start
            guard position < runs[run].rowCount else { return nil }
            if !isWhole[run] {
                guard runs[run].isLive(position), scope.contains(runs[run].block(at: position))
                else { return nil }
            }
            return (runs[run].order(position), Nominee(position: position, run: run))
        }
    }

    // MARK: - Moments

    /// Adds what the cosines of a run's rows are likely to be.
    ///
    /// A list's mean cosine is that of its mean; its rows are taken to spread about it in the question's
    /// direction as, by the average of all directions, they do.
    private mutating func estimateMoments(of run: CodeRun, _ scores: UnsafePointer<Float>) {
        var (sum, squares, within, between) = (0.0, 0.0, 0.0, 0.0)
        for list in 0..<run.listCount {
            let count = Double(run.positions(ofList: list).count)
            let length = Double(run.meanLengths[list])
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
