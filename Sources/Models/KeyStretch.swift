internal import CKernels
internal import Tensors

/// Keys and values of consecutive tokens, a matrix for each head of keys.
struct KeyStretch: Sendable {
    /// Keys; a head's [count, headSize] begin `offset` behind head · `headStride`.
    var keys: HeadRows
    /// Values, laid out as the keys.
    var values: HeadRows
    var headStride: Int
    var offset: Int
    var count: Int
}

/// Attention of a query to far and near tokens under one softmax, turned in another way for each.
struct JointSoftmax: Sendable {
    let kernels: Kernels
    let headSize: Int

    /// How many floats the scores of `keyCount` keys need: the softmax takes whole vectors of 16.
    static func room(_ keyCount: Int) -> Int { max(keyCount + 15, 16) / 16 * 16 }

    /// result = Σ softmax(q · k / √headSize) · v over all stretches together.
    ///
    /// The shares are left in `scores`, stretch by stretch, those of the near one last.
    func attend(
        head: Int,
        far: [KeyStretch],
        farQuery: UnsafeMutablePointer<Float>,
        near: KeyStretch,
        nearQuery: UnsafeMutablePointer<Float>,
        scores: UnsafeMutablePointer<Float>,
        result: UnsafeMutablePointer<Float>
    ) {
        var count = 0
        for stretch in far {
            scan(stretch, head, farQuery, scores + count)
            count += stretch.count
        }
        scan(near, head, nearQuery, scores + count)
        kernels.table.pointee.softmax_f32(
            scores,
            count + near.count,
            1 / Float(headSize).squareRoot()
        )
        result.update(repeating: 0, count: headSize)
        count = 0
        for stretch in far {
            mix(stretch, head, scores + count, result)
            count += stretch.count
        }
        mix(near, head, scores + count, result)
    }

    private func scan(
        _ stretch: KeyStretch,
        _ head: Int,
        _ query: UnsafeMutablePointer<Float>,
        _ scores: UnsafeMutablePointer<Float>
    ) {
        stretch.keys.scan(
            HeadQueries(vectors: query, headSize: headSize, scores: scores),
            offset: head * stretch.headStride + stretch.offset,
            rowCount: stretch.count,
            kernels
        )
    }

    private func mix(
        _ stretch: KeyStretch,
        _ head: Int,
        _ shares: UnsafeMutablePointer<Float>,
        _ result: UnsafeMutablePointer<Float>
    ) {
        stretch.values.addScaled(
            HeadQueries(vectors: result, headSize: headSize, scores: shares),
            offset: head * stretch.headStride + stretch.offset,
            rowCount: stretch.count,
            kernels
        )
    }
}
