public import BlockStorage

/// Looks at the likeliest blocks with a better encoder than the one that the store was made with.
public protocol BlockRefiner: Sendable {
    /// The cosines of a question with each of `blocks`.
    ///
    /// - Returns: One for each block, in their order.
    func cosines(of blocks: [BlockRecord], to question: String) throws -> [BlockCosines]
}

/// How alike a question and a block are by one encoder.
public struct BlockCosines: Sendable, Equatable {
    /// With the vector of the block as a whole.
    public var block: Float
    /// With each segment.
    public var segments: [Float]

    /// The cosines of a block.
    public init(block: Float, segments: [Float]) {
        self.block = block
        self.segments = segments
    }
}

extension CandidatePool {
    /// Replaces the cosines of the first `count` blocks by a better encoder's.
    ///
    /// Another encoder's cosines lie and spread otherwise. They are stretched to the store's spread,
    /// and moved so that the blocks keep their mean: only the order among them changes.
    ///
    /// - Throws: What the refiner throws.
    mutating func refine(
        first count: Int,
        by refiner: any BlockRefiner,
        question: String,
        fusion: Fusion
    ) throws {
        let refined = min(count, blocks.count)
        guard refined > 0 else { return }
        let cosines = try refiner.cosines(
            of: blocks[..<refined].map(\.content.record),
            to: question
        )
        guard cosines.count == refined else { return }
        let stretch = fusion.denseSpread / Fusion.usualDenseSpread
        let before = blocks[..<refined].reduce(0) { $0 + ($1.bestCosine ?? fusion.denseMean) }
        let after = cosines.reduce(0) { $0 + ($1.segments.max() ?? $1.block) * stretch }
        let move = (before - after) / Float(refined)
        for (index, found) in cosines.enumerated() {
            blocks[index].refine(
                block: found.block * stretch + move,
                segments: found.segments.map { $0 * stretch + move },
                bestCosine: found.segments.max() ?? found.block
            )
            blocks[index].fuse(by: fusion)
        }
        sort()
    }
}
