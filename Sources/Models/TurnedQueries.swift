internal import Tensors

/// The turns of a pass's positions, which all layers share.
struct PassTurns {
    private(set) var turns: [[SIMD2<Float>]] = []
    private var positions = 0..<0

    /// The turns of each token of a pass.
    mutating func turns(
        of pass: AttentionPass,
        _ rotary: RotaryEmbedding
    ) -> [[SIMD2<Float>]] {
        let wanted = pass.firstPosition..<(pass.firstPosition + pass.tokenCount)
        if wanted != positions {
            positions = wanted
            turns = wanted.map { rotary.turns(at: $0) }
        }
        return turns
    }
}

extension RotaryEmbedding {
    /// Turns all heads of each token in place, each token by its own turns.
    ///
    /// - Shapes: rows [tokens, headCount, headSize].
    func apply(
        _ turns: [[SIMD2<Float>]],
        to rows: UnsafeMutablePointer<Float>,
        headCount: Int,
        headSize: Int
    ) {
        for (token, turns) in turns.enumerated() {
            for head in 0..<headCount {
                apply(turns, to: rows + (token * headCount + head) * headSize)
            }
        }
    }
}
