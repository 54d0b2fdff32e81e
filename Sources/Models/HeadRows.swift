internal import CKernels
internal import Tensors

/// Keys or values of heads, one row after another, as floats or as halves.
///
/// - Concurrency: not guarded; rows may be written and read by several threads, each its own.
enum HeadRows: Sendable {
    case floats(AlignedFloats)
    case halves(AlignedHalves)

    /// Room for `count` elements, not initialized, in the numbers of a model's keys and values.
    init(count: Int, _ model: LlamaModel) {
        self =
            model.keepsHalves
            ? .halves(AlignedHalves(count: count)) : .floats(AlignedFloats(count: count))
    }

    /// Room for as many elements of the same kind.
    init(like other: HeadRows) {
        switch other {
        case .floats(let floats): self = .floats(AlignedFloats(count: floats.count))
        case .halves(let halves): self = .halves(AlignedHalves(count: halves.count))
        }
    }

    /// Writes elements from `offset` on; halves are the nearest.
    func write(
        _ source: UnsafePointer<Float>,
        count: Int,
        at offset: Int,
        _ kernels: Kernels
    ) {
        switch self {
        case .floats(let floats): (floats.pointer + offset).update(from: source, count: count)
        case .halves(let halves):
            kernels.table.pointee.narrow_f16(source, count, halves.pointer + offset)
        }
    }

    /// Reads elements from `offset` on.
    func read(
        into target: UnsafeMutablePointer<Float>,
        count: Int,
        at offset: Int,
        _ kernels: Kernels
    ) {
        switch self {
        case .floats(let floats): target.update(from: floats.pointer + offset, count: count)
        case .halves(let halves):
            kernels.table.pointee.widen_f16(halves.pointer + offset, count, target)
        }
    }

    /// Takes elements of rows of the same kind, which may be these.
    func copy(from source: HeadRows, at sourceOffset: Int, count: Int, to offset: Int) {
        switch (self, source) {
        case (.floats(let own), .floats(let other)):
            (own.pointer + offset).update(from: other.pointer + sourceOffset, count: count)
        case (.halves(let own), .halves(let other)):
            (own.pointer + offset).update(from: other.pointer + sourceOffset, count: count)
        default: preconditionFailure("rows of one kind")
        }
    }

    /// scores[q, r] = rows[r] · vectors[q] for `rowCount` rows from `offset` on.
    func scan(_ queries: HeadQueries, offset: Int, rowCount: Int, _ kernels: Kernels) {
        switch self {
        case .floats(let floats):
            for query in 0..<queries.count {
                kernels.table.pointee.scan_f32(
                    queries.vectors + query * queries.stride,
                    floats.pointer + offset,
                    rowCount,
                    queries.headSize,
                    queries.scores + query * queries.scoreStride
                )
            }
        case .halves(let halves):
            var rows = queries.rows(halves.pointer + offset, rowCount)
            kernels.table.pointee.scan_f16(&rows)
        }
    }

    /// vectors[q] += Σ scores[q, r] · rows[r] for `rowCount` rows from `offset` on.
    func addScaled(_ sums: HeadQueries, offset: Int, rowCount: Int, _ kernels: Kernels) {
        switch self {
        case .floats(let floats):
            for query in 0..<sums.count {
                kernels.table.pointee.add_scaled_rows_f32(
                    sums.vectors + query * sums.stride,
                    floats.pointer + offset,
                    sums.scores + query * sums.scoreStride,
                    rowCount,
                    sums.headSize
                )
            }
        case .halves(let halves):
            var rows = sums.rows(halves.pointer + offset, rowCount)
            kernels.table.pointee.add_scaled_rows_f16(&rows)
        }
    }
}

/// Some queries of one head of keys, or what they attend to, and their scores.
struct HeadQueries {
    /// Queries or sums: [count, headSize], from one to the next `stride` elements.
    var vectors: UnsafeMutablePointer<Float>
    var count = 1
    var stride = 0
    var headSize: Int
    /// [count, keys], from one query's to the next one's `scoreStride` elements.
    var scores: UnsafeMutablePointer<Float>
    var scoreStride = 0

    fileprivate func rows(
        _ halves: UnsafePointer<UInt16>,
        _ rowCount: Int
    ) -> kernels_half_rows {
        kernels_half_rows(
            rows: halves,
            row_count: rowCount,
            width: headSize,
            query_count: count,
            vectors: vectors,
            vector_stride: stride,
            scores: scores,
            score_stride: scoreStride
        )
    }
}
