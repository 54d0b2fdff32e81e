/// A stretch of text that is or may become a token.
struct TokenSymbol {
    /// Where it lies in the text.
    var start: Int
    var end: Int
    /// Its token, or -1 where it is none yet.
    var token: Int32
}

/// Joins neighbouring symbols, the best pair first and of equal ones the leftmost, until none joins.
///
/// - Complexity: O(n log n) in the symbols.
/// - Source: Sennrich et al. 2016, arXiv:1508.07909, §3.2, with a heap of pairs in place of rounds.
struct SymbolMerger {
    /// What a pair becomes; the least priority goes first.
    struct Merge {
        var priority: UInt32
        var token: Int32
    }

    private struct Link {
        var symbol: TokenSymbol
        var previous: Int
        var next: Int
        var isAlive = true
    }

    private struct Candidate {
        var merge: Merge
        var left: Int
        var right: Int
        /// Of both; a pair that has grown in the meantime is longer.
        var length: Int

        func precedes(_ other: Candidate) -> Bool {
            (merge.priority, left) < (other.merge.priority, other.left)
        }
    }

    private var links: [Link] = []
    private var heap: [Candidate] = []

    /// Calls `emit` with the symbols that are left, in the order of the text.
    mutating func merge(
        _ symbols: some Sequence<TokenSymbol>,
        by rule: (TokenSymbol, TokenSymbol) -> Merge?,
        emit: (TokenSymbol) -> Void
    ) {
        links.removeAll(keepingCapacity: true)
        heap.removeAll(keepingCapacity: true)
        for symbol in symbols {
            links.append(Link(symbol: symbol, previous: links.count - 1, next: links.count + 1))
        }
        guard !links.isEmpty else { return }
        links[links.count - 1].next = -1
        for left in links.indices.dropLast() { add(left, left + 1, rule) }
        while let best = popFirst() {
            let (left, right) = (best.left, best.right)
            guard links[left].isAlive, links[right].isAlive, links[left].next == right,
                length(left, right) == best.length
            else { continue }
            links[left].symbol.end = links[right].symbol.end
            links[left].symbol.token = best.merge.token
            links[left].next = links[right].next
            links[right].isAlive = false
            if links[left].next >= 0 { links[links[left].next].previous = left }
            if links[left].previous >= 0 { add(links[left].previous, left, rule) }
            if links[left].next >= 0 { add(left, links[left].next, rule) }
        }
        var index = 0
        while index >= 0 {
            emit(links[index].symbol)
            index = links[index].next
        }
    }

    private func length(_ left: Int, _ right: Int) -> Int {
        links[right].symbol.end - links[left].symbol.start
    }

    private mutating func add(
        _ left: Int,
        _ right: Int,
        _ rule: (TokenSymbol, TokenSymbol) -> Merge?
    ) {
        guard let merge = rule(links[left].symbol, links[right].symbol) else { return }
        let length = length(left, right)
        heap.append(Candidate(merge: merge, left: left, right: right, length: length))
        var child = heap.count - 1
        while child > 0, case let parent = (child - 1) / 2, heap[child].precedes(heap[parent]) {
            heap.swapAt(child, parent)
            child = parent
        }
    }

    private mutating func popFirst() -> Candidate? {
        guard let last = heap.popLast() else { return nil }
        guard let first = heap.first else { return last }
        heap[0] = last
        var parent = 0
        while true {
            var child = 2 * parent + 1
            guard child < heap.count else { return first }
            if child + 1 < heap.count, heap[child + 1].precedes(heap[child]) { child += 1 }
            guard heap[child].precedes(heap[parent]) else { return first }
            heap.swapAt(child, parent)
            parent = child
        }
    }
}
