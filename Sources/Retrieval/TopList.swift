/// The best of many elements by a key, kept in a heap; of equal keys the lowest block wins.
package struct TopList<Element> {
    private struct Entry {
        let key: Float
        let block: UInt64
        let element: Element

        /// Whether it ranks after `other`.
        func isWorse(than other: Entry) -> Bool {
            key != other.key ? key < other.key : block > other.block
        }
    }

    /// A binary heap whose root is the worst.
    private var heap: [Entry] = []
    private let capacity: Int

    /// An empty list of at most `capacity` elements.
    package init(capacity: Int) {
        self.capacity = max(capacity, 0)
    }

    /// The elements, best first.
    package var elements: [Element] {
        heap.sorted { $1.isWorse(than: $0) }.map(\.element)
    }

    /// The key that the next element needs at least, or nothing while there is room.
    var floor: Float? { heap.count < capacity ? nil : heap.first?.key }

    /// Whether an element of this key and block would be kept.
    @inline(__always)
    func accepts(_ key: Float, block: UInt64) -> Bool {
        guard heap.count == capacity else { return true }
        guard let worst = heap.first else { return false }
        return key != worst.key ? key > worst.key : block < worst.block
    }

    /// Keeps an element if it is among the best.
    ///
    /// - Complexity: O(log capacity).
    package mutating func offer(_ element: Element, key: Float, block: UInt64) {
        guard accepts(key, block: block) else { return }
        let entry = Entry(key: key, block: block, element: element)
        if heap.count < capacity {
            heap.append(entry)
            rise()
        } else {
            heap[0] = entry
            sink()
        }
    }

    private mutating func rise() {
        var child = heap.count - 1
        let entry = heap[child]
        while child > 0 {
            let parent = (child - 1) / 2
            guard entry.isWorse(than: heap[parent]) else { break }
            heap[child] = heap[parent]
            child = parent
        }
        heap[child] = entry
    }

    private mutating func sink() {
        var parent = 0
        let entry = heap[parent]
        while true {
            var child = 2 * parent + 1
            guard child < heap.count else { break }
            if child + 1 < heap.count, heap[child + 1].isWorse(than: heap[child]) { child += 1 }
            guard heap[child].isWorse(than: entry) else { break }
            heap[parent] = heap[child]
            parent = child
        }
        heap[parent] = entry
    }
}
