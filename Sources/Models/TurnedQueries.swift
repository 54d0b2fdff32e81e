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
        let wanted = pass.firstPosition..<pass.endPosition
        if wanted != positions {
            positions = wanted
            turns = wanted.map { rotary.turns(at: $0) }
        }
        return turns
    }
}

/// A pass's queries turned twice: for what is near by their own positions, for all that is far by one
/// distance.
struct TurnedQueries {
    /// Queries for what is far: [tokens, heads, headSize].
    let far: AlignedFloats

    private let model: LlamaModel
    private let farTurns: [[SIMD2<Float>]]
    private var passTurns = PassTurns()

    /// Room for the queries of a pass; far ones are turned by each of `distances`, one after another.
    init(_ model: LlamaModel, passLength: Int, distances: [Int]) {
        self.model = model
        far = AlignedFloats(count: passLength * model.configuration.querySize)
        farTurns = distances.map { model.rotary.turns(at: $0) }
    }

    /// Turns a pass's queries; those for what is near stay where they are.
    ///
    /// - Returns: The turns of each token's position.
    mutating func turn(_ pass: AttentionPass) -> [[SIMD2<Float>]] {
        let (heads, headSize) = (model.configuration.headCount, model.configuration.headSize)
        func apply(_ turns: [[SIMD2<Float>]], to rows: AlignedFloats) {
            model.rotary.apply(turns, to: rows.pointer, headCount: heads, headSize: headSize)
        }
        far.pointer.update(
            from: pass.queries.pointer,
            count: pass.tokenCount * model.configuration.querySize
        )
        for turns in farTurns {
            apply([[SIMD2<Float>]](repeating: turns, count: pass.tokenCount), to: far)
        }
        let turns = passTurns.turns(of: pass, model.rotary)
        apply(turns, to: pass.queries)
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
