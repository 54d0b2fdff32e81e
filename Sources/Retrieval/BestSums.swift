/// The places with the highest sums; of equal sums the lowest place wins.
///
/// Twice as many as are wanted, or a few more, are gathered before those beyond the wanted ones are
/// dropped, so that taking one in costs little.
package struct BestSums {
    /// A sum above its place's complement, so that a better one is a larger number.
    private var keys: [UInt64] = []
    private let count: Int
    private let capacity: Int
    /// What a sum has to reach; 1 as long as there is room.
    package private(set) var threshold: Int32

    private static let placeBits: UInt64 = 34
    private static let placeMask = UInt64(1) << placeBits - 1

    /// An empty list of at most `count` places.
    package init(count: Int) {
        self.count = max(count, 0)
        capacity = max(2 * self.count, 64)
        threshold = self.count == 0 ? .max : 1
    }

    /// Keeps a place if it is among the best.
    ///
    /// - Precondition: `sum` is not negative, `place` is less than 2^34.
    package mutating func offer(_ sum: Int32, place: Int) {
        guard sum >= threshold else { return }
        keys.append(UInt64(sum) << BestSums.placeBits | BestSums.placeMask - UInt64(place))
        if keys.count == capacity { shrink() }
    }

    /// Drops those beyond the wanted ones.
    private mutating func shrink() {
        guard keys.count >= count, count > 0 else { return }
        keys.withUnsafeMutableBufferPointer { BestSums.select(count, of: $0) }
        keys.removeLast(keys.count - count)
        let lowest = keys.min() ?? 0
        threshold = max(threshold, Int32(lowest >> BestSums.placeBits))
    }

    /// The places with their sums, best first.
    package func sorted() -> [(place: Int, sum: Int32)] {
        keys.sorted(by: >).prefix(count).map { key in
            let place = BestSums.placeMask - key & BestSums.placeMask
            return (Int(place), Int32(key >> BestSums.placeBits))
        }
    }

    /// Brings the `count` largest to the front, in any order.
    ///
    /// - Complexity: O(keys) as a rule.
    /// - Source: Hoare 1961, "Algorithm 65: find"; the pivot is the median of three.
    private static func select(_ count: Int, of keys: UnsafeMutableBufferPointer<UInt64>) {
        var (low, high) = (0, keys.count - 1)
        while low < high {
            let (a, b, c) = (keys[low], keys[(low + high) / 2], keys[high])
            let pivot = max(min(a, b), min(max(a, b), c))
            var (left, right) = (low, high)
            while left <= right {
                while keys[left] > pivot { left += 1 }
                while keys[right] < pivot { right -= 1 }
                guard left <= right else { break }
                keys.swapAt(left, right)
                left += 1
                right -= 1
            }
            if count - 1 <= right {
                high = right
            } else if count - 1 >= left {
                low = left
            } else {
                return
            }
        }
    }
}
