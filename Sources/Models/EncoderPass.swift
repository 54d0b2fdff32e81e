/// Shares out sequences among passes through a model.
enum EncoderPass {
    /// Ranges that tile the sequences, with about as many pieces each.
    ///
    /// Their number is a multiple of `threadCount` where there are sequences enough, and none has
    /// `passPieceCount` pieces or more before its last sequence.
    static func plan(lengths: [Int], passPieceCount: Int, threadCount: Int) -> [Range<Int>] {
        let total = lengths.reduce(0, +)
        let rounds = max(1, (total - 1) / (passPieceCount * threadCount) + 1)
        let target = max(1, (total - 1) / (rounds * threadCount) + 1)
        var passes: [Range<Int>] = []
        var start = 0
        var end = 0
        for (index, length) in lengths.enumerated() {
            end += length
            guard end >= target * (passes.count + 1) || index == lengths.count - 1 else { continue }
            passes.append(start..<(index + 1))
            start = index + 1
        }
        return passes
    }
}
