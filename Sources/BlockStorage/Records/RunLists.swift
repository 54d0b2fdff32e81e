import Tensors

/// The lists of a run as they lie in its record.
///
/// A list is a range of positions. A view, as valid as its memory.
package struct RunLists: @unchecked Sendable {  // Nobody writes what is viewed.
    /// How many lists there are.
    package let count: Int
    /// How many rows the run has.
    package let rowCount: Int
    /// The unit centroid of each list.
    package let centroids: CodeTiles
    /// The length of the mean of each list's rows, [count].
    package let meanLengths: UnsafePointer<Float>
    /// Where each list begins, and at last the count of rows, [count + 1].
    let starts: UnsafePointer<UInt32>

    /// The lists of a record, or nil if it is none of such.
    ///
    /// - Complexity: O(1); what the record holds is not looked at.
    init?(_ record: UnsafeRawBufferPointer, width: Int) {
        let (rowCount, count) = (RunRecord.count(0, of: record), RunRecord.count(1, of: record))
        guard
            rowCount > 0, (1...rowCount).contains(count),
            RunRecord.count(2, of: record) == width,
            let content = RunRecord.content(
                of: record,
                size: RunRecord.listsSize(listCount: count, width: width)
            ),
            Int(bitPattern: content).isMultiple(of: 4)
        else { return nil }
        self.count = count
        self.rowCount = rowCount
        let padded = (count + 15) / 16 * 16
        centroids = CodeTiles(at: content, rowCount: padded, width: width)
        let lengths = content + CodeTiles.size(rowCount: padded, width: width)
        meanLengths = lengths.assumingMemoryBound(to: Float.self)
        starts = (lengths + count * 4).assumingMemoryBound(to: UInt32.self)
    }

    /// The positions of a list, inside the run whatever the record says.
    package func positions(of list: Int) -> Range<Int> {
        let end = min(Int(starts[list + 1]), rowCount)
        return min(Int(starts[list]), end)..<end
    }

    /// Whether each position of the run is in one list, and no list is empty.
    var tileTheRun: Bool {
        (0..<count).allSatisfy { starts[$0] < starts[$0 + 1] } && starts[0] == 0
            && Int(starts[count]) == rowCount
    }

    /// Runs `body` for the lists that have positions of `range`, ascending, with which of them.
    ///
    /// - Parameters:
    ///   - range: The positions.
    ///   - list: A list near the first of them, from which it is looked for.
    ///   - body: What is done with a list.
    func forEach(
        in range: Range<Int>,
        near list: Int = 0,
        _ body: (Int, Range<Int>) -> Void
    ) {
        var list = list
        while list > 0, starts[list] > range.lowerBound { list -= 1 }
        while list < count {
            let positions = positions(of: list)
            guard positions.lowerBound < range.upperBound else { return }
            if positions.upperBound > range.lowerBound { body(list, positions.clamped(to: range)) }
            list += 1
        }
    }

    /// Writes what a list's rows are taken for before their signs, [width]: its centroid, by the upper plane
    /// alone as a question sees it, as long as their mean.
    func decodeMean(of list: Int, into values: UnsafeMutablePointer<Float>) {
        centroids.decodeUpper(list, times: meanLengths[list], into: values)
    }
}
