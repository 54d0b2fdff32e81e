/// Counts scores to the nearest 2⁻¹⁰, and so finds about which of them are among the best as they come.
///
/// What it finds depends on the scores alone, not on their order.
package struct ScoreBins {
    /// A score below this one is not among the best `capacity`; those that are not may be some more.
    package private(set) var floor: Float
    /// How many scores are not below the floor.
    private var count = 0
    private let capacity: Int
    /// Scores from −2 to 2.
    private var bins = [Int32](repeating: 0, count: 4096)
    private var floorBin = 0

    /// Finds the best `capacity`.
    package init(capacity: Int) {
        self.capacity = max(capacity, 1)
        floor = -.infinity
    }

    /// Counts a score.
    ///
    /// - Returns: Whether it is among the best yet.
    /// - Complexity: O(1), taken over many.
    @inline(__always)
    package mutating func add(_ score: Float) -> Bool {
        // What is not a number is not above anything.
        guard score >= floor else { return false }
        var bin = Int(min(max(score * 1024 + 2048.5, 0), 4095))
        // The sum may have been rounded up to the next bin's edge.
        if score < ScoreBins.edge(of: bin) { bin -= 1 }
        bins[bin] += 1
        count += 1
        while count - Int(bins[floorBin]) >= capacity {
            count -= Int(bins[floorBin])
            floorBin += 1
            floor = ScoreBins.edge(of: floorBin)
        }
        return true
    }

    /// The least score of a bin.
    private static func edge(of bin: Int) -> Float {
        bin > 0 ? (Float(bin) - 2048.5) / 1024 : -.infinity
    }

    /// What the best `wanted` are not below, and about as many more as are in one bin.
    package func threshold(ofBest wanted: Int) -> Float {
        var above = 0
        for bin in (floorBin..<bins.count).reversed() {
            above += Int(bins[bin])
            if above >= wanted { return ScoreBins.edge(of: bin) }
        }
        return floor
    }
}
