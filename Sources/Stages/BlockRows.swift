import BlockStorage
import Dataflow
import Tensors

/// The columns of encoded rows, of which stretches become blocks of a store.
struct BlockRows {
    private let starts: [Int64]
    private let ends: [Int64]
    private let kinds: TextColumn
    private let paths: RunLengthArray<[String]>
    private let boundaries: [Float]
    private let surprises: [Float]
    private let pieces: [Int64]
    private let texts: TextColumn
    /// Nil where blocks keep no vectors.
    private let vectors: Tensor<Float>?
    private let landmarks: RunLengthArray<[Float]>
    /// The number of each row's block.
    private let numbers: [Int64]

    /// The rows of a batch.
    ///
    /// - Parameters:
    ///   - batch: The rows.
    ///   - keepsVectors: Whether blocks keep the vectors of their segments.
    /// - Throws: `DataflowError` if a column is missing.
    init(_ batch: Batch, keepsVectors: Bool) throws(DataflowError) {
        starts = try batch.int64("start").elements
        ends = try batch.int64("end").elements
        kinds = try batch.text("kind")
        paths = try batch.labels("path")
        boundaries = try batch.float32("boundary").elements
        surprises = try batch.float32("surprise").elements
        pieces = try batch.int64("pieces").elements
        texts = try batch.text("text")
        vectors = keepsVectors ? try batch.float32("vector") : nil
        landmarks = try batch.runs("landmark")
        numbers = try batch.int64("block").elements
    }

    /// The bytes of the rows' text.
    var textBytes: Int { texts.bytes.count }

    /// The rows of each block.
    var blocks: [Range<Int>] {
        var blocks: [Range<Int>] = []
        var first = 0
        while first < numbers.count {
            let end = numbers[first...].firstIndex { $0 != numbers[first] } ?? numbers.count
            blocks.append(first..<end)
            first = end
        }
        return blocks
    }

    /// The block that `rows` make up, without its terms.
    func block(_ rows: Range<Int>) -> NewBlock {
        var blockPaths: [[String]] = []
        var segments: [SegmentRecord] = []
        segments.reserveCapacity(rows.count)
        var row = rows.lowerBound
        for run in paths[rows].runs {
            blockPaths.append(run.value)
            while row < rows.lowerBound + run.end {
                segments.append(
                    SegmentRecord(
                        end: Int(ends[row] - starts[rows.lowerBound]),
                        kind: kinds.string(atRow: row),
                        pathIndex: blockPaths.count - 1,
                        boundary: boundaries[row],
                        surprise: surprises[row]
                    )
                )
                row += 1
            }
        }
        let text = texts.range(ofRow: rows.lowerBound).lowerBound..<texts.ends[rows.upperBound - 1]
        return NewBlock(
            startByte: Int(starts[rows.lowerBound]),
            bytes: Array(texts.bytes[text]),
            paths: blockPaths,
            segments: segments,
            tokenCount: Int(pieces[rows].reduce(0, +)),
            concepts: vectors?[rows: rows],
            landmark: landmarks[rows.lowerBound]
        )
    }
}
