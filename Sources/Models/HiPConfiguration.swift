/// How HiP looks for the keys that are attended to.
package struct HiPConfiguration: Sendable, Equatable {
    /// A look at chunks of keys, of which the best are looked at again in shorter ones.
    package struct Stage: Sendable, Equatable {
        /// Keys of a chunk, a power of two.
        package var chunkLength: Int
        /// Keys that are kept, a multiple of the chunk's length.
        package var keptCount: Int

        package init(chunkLength: Int, keptCount: Int) {
            self.chunkLength = chunkLength
            self.keptCount = keptCount
        }
    }

    /// First tokens that are always attended to.
    package var initialTokenCount: Int
    /// The latest tokens, which are attended to at their true distance, the token itself among them.
    package var windowLength: Int
    /// The stages, each with shorter chunks and fewer keys than the one before.
    package var stages: [Stage]
    /// Tokens that look for keys together.
    package var stepLength: Int

    package init(initialTokenCount: Int, windowLength: Int, stages: [Stage], stepLength: Int) {
        precondition(
            initialTokenCount >= 0 && windowLength > 0 && stepLength > 0 && !stages.isEmpty
                && stages.allSatisfy {
                    $0.chunkLength > 0 && $0.chunkLength & ($0.chunkLength - 1) == 0
                        && $0.keptCount.isMultiple(of: $0.chunkLength) && $0.keptCount > 0
                },
            "chunks of powers of two, and whole ones are kept"
        )
        self.initialTokenCount = initialTokenCount
        self.windowLength = windowLength
        self.stages = stages
        self.stepLength = stepLength
    }

    /// The layout of a window's length, so that all that is attended to has less than twice its
    /// length; a window is a multiple of 128 tokens.
    ///
    /// Chunks have the shares of the window that they have in the paper, where it is 1,024 long.
    package init(windowLength: Int) {
        let unit = windowLength / 128
        let chunk = 1 << (Int.bitWidth - 1 - unit.leadingZeroBitCount)
        self.init(
            initialTokenCount: windowLength / 32,
            windowLength: windowLength,
            stages: [
                Stage(chunkLength: 32 * chunk, keptCount: 1024 * chunk),
                Stage(chunkLength: 4 * chunk, keptCount: 256 * chunk),
                Stage(chunkLength: chunk, keptCount: 96 * chunk),
            ],
            stepLength: windowLength / 8
        )
    }

    /// Keys of a chunk of the last stage.
    var lastChunkLength: Int { stages.last?.chunkLength ?? 1 }

    /// Where the window of a step begins: the first token has a whole one, later ones have more, and what
    /// lies before it is whole chunks.
    func windowStart(of position: Int) -> Int {
        let start = max(0, position + 1 - windowLength)
        guard start > initialTokenCount else { return start }
        return start - (start - initialTokenCount) % lastChunkLength
    }

    /// How many keys outside of the window are attended to at most.
    var farCount: Int { initialTokenCount + (stages.last?.keptCount ?? 0) }
}
