internal import CKernels
internal import Foundation
public import Tensors
public import Text

/// Turns texts into unit vectors by adding up one vector a word piece: hundreds of times as fast as
/// `SentenceEncoder`, from which `StaticDistiller` makes it.
///
///     let encoder = try StaticEncoder(file: "models/static.safetensors", pool: ComputePool())
///     let vectors = encoder.encode([Array("A river.".utf8), Array("A stream.".utf8)])
///
/// The mean of the pieces' vectors, scaled to length 1. The vectors' dimensions stand in the order
/// of their weight, so the first of them alone make a smaller encoder; order of words does not count.
/// - Concurrency: any thread may encode at any time. A vector depends on its own text only, to
///   the bit: not on the texts beside it, the number of threads or the processor.
/// - Source: after Tulkens and van Dongen, Model2Vec (github.com/MinishLab/model2vec), with other
///   weights; see `README.md` beside this file.
public final class StaticEncoder: ConceptEncoder {
    public let width: Int
    /// 64: on stsb they have 97 % of what all have.
    public var leadingWidth: Int { min(width, 64) }
    public let fingerprint: String
    public let tokenizer: WordPieceTokenizer
    /// As many as MiniLM reads: in longer documents the first say best what they are about.
    public let pieceLimit = 254
    public let outrunsStorage = true

    private let table: StaticTable
    private let pool: ComputePool
    private let kernels: Kernels

    /// Texts that a thread takes at a time: fewer are done sooner than another thread is awake.
    private static let grain = 1024

    /// Loads the encoder of a file.
    ///
    /// - Parameters:
    ///   - file: What `StaticDistiller` wrote.
    ///   - width: How many dimensions are kept, a multiple of 16; nil for all.
    ///   - pool: The threads that it computes on.
    ///   - tokenizer: One that serves if the file has its vocabulary: making one takes long.
    /// - Throws: `ModelsError` that names the file, what is wrong with it and the mend.
    public convenience init(
        file: String,
        width: Int? = nil,
        pool: ComputePool,
        tokenizer: WordPieceTokenizer? = nil
    ) throws(ModelsError) {
        let table = try StaticTable(file: file, tokenizer: tokenizer)
        try self.init(table: table, width: width, pool: pool, kernels: .best)
    }

    /// Computes with a table and one variant of the kernels.
    package init(
        table: StaticTable,
        width: Int?,
        pool: ComputePool,
        kernels: Kernels
    ) throws(ModelsError) {
        let kept = width ?? table.width
        guard kept > 0, kept.isMultiple(of: 16), kept <= table.width else {
            throw .width(kept, widest: table.width)
        }
        self.width = kept
        self.table = table
        self.pool = pool
        self.kernels = kernels
        tokenizer = table.tokenizer
        fingerprint = "static-\(kept)-\(table.digest)"
    }

    /// This encoder with another width, which shares its table.
    ///
    /// - Throws: `ModelsError.width` as from `init(file:width:pool:)`.
    package func keeping(width: Int?) throws(ModelsError) -> StaticEncoder {
        try StaticEncoder(table: table, width: width, pool: pool, kernels: kernels)
    }

    public func encode(_ bytes: [UInt8], ranges: [Range<Int>]) -> EncodedTexts {
        let counts = RowBuffer<Int64>(count: ranges.count, repeating: 0)
        let elements = [Float](unsafeUninitializedCapacity: ranges.count * width) { place, count in
            guard let start = place.baseAddress else { return }
            encode(bytes, ranges, into: start, counts)
            count = ranges.count * width
        }
        return EncodedTexts(
            vectors: Tensor(width: width, elements: elements),
            pieceCounts: counts.values()
        )
    }

    /// Writes the vectors of texts, [texts, width], and how many pieces each has.
    private func encode(
        _ bytes: [UInt8],
        _ ranges: [Range<Int>],
        into start: UnsafeMutablePointer<Float>,
        _ counts: RowBuffer<Int64>
    ) {
        nonisolated(unsafe) let vectors = start  // Each task writes rows of its own.
        pool.parallelFor(count: ranges.count, grain: Self.grain) { [self] rows in
            var pieces: [Int32] = []
            var nextPieces: [Int32] = []
            var rowCounts: [Int64] = []
            bytes.withUnsafeBytes { bytes in
                for row in rows {
                    tokenizer.appendTokenIDs(
                        of: UnsafeRawBufferPointer(rebasing: bytes[ranges[row]]),
                        limit: pieceLimit,
                        to: &nextPieces
                    )
                    rowCounts.append(Int64(nextPieces.count))
                    // The memory of a text comes while the one before it is added up.
                    prefetch(nextPieces)
                    if row > rows.lowerBound { embed(pieces, into: vectors + (row - 1) * width) }
                    swap(&pieces, &nextPieces)
                    nextPieces.removeAll(keepingCapacity: true)
                }
                embed(pieces, into: vectors + (rows.upperBound - 1) * width)
            }
            counts.set(rowCounts, at: rows.lowerBound)
        }
    }

    /// Asks for the rows of the table that will be added up.
    private func prefetch(_ pieces: [Int32]) {
        for piece in pieces {
            kernels_prefetch(table.vectors + Int(piece) * table.width, width)
            kernels_prefetch(table.scales.pointer + Int(piece), 1)
        }
    }

    /// Writes the vector of `pieces`; a text without any is taken for one unknown piece.
    private func embed(_ pieces: [Int32], into vector: UnsafeMutablePointer<Float>) {
        guard !pieces.isEmpty else { return embed([tokenizer.unknownID], into: vector) }
        pieces.withUnsafeBufferPointer { pieces in
            var sum = kernels_row_sum()
            sum.table = table.vectors
            sum.table_stride = table.width
            sum.scales = UnsafePointer(table.scales.pointer)
            sum.rows = pieces.baseAddress
            sum.row_count = pieces.count
            sum.width = width
            sum.result = vector
            kernels.table.pointee.sum_rows_i8(&sum)
        }
        // The mean differs from the sum in length only, which is scaled away.
        kernels.table.pointee.direction_f32(vector, vector, 0, vector, width)
    }
}
