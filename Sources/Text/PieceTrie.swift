/// A vocabulary as a double-array trie over bytes: finds the longest piece that a word starts with.
///
/// The child of node `n` by byte `b` is `base[n] + b`, if that node's parent is `n`.
/// - Complexity: a step reads two words; 30,522 pieces take 1.2 MB.
/// - Source: Aoe 1989, "An efficient digital search algorithm by using a double-array structure".
struct PieceTrie: Sendable {
    struct Node: Sendable {
        var base: Int32 = 0
        var parent: Int32 = -1
        /// The piece that ends here, or -1.
        var piece: Int32 = -1
    }

    static let root = 0
    /// Always 256 nodes longer than the largest base, so a step needs no bounds check.
    private(set) var nodes: [Node]

    /// A trie of distinct pieces; the index of each is its identifier.
    init(pieces: [[UInt8]]) {
        nodes = [Node](repeating: Node(), count: 512)
        nodes[Self.root].parent = 0
        let order = pieces.indices.filter { !pieces[$0].isEmpty }
            .sorted { pieces[$0].lexicographicallyPrecedes(pieces[$1]) }
        var builder = Builder()
        // Breadth first, so that the crowded nodes near the root find room together.
        var queue: [(node: Int, depth: Int, range: Range<Int>)] = [(Self.root, 0, order.indices)]
        var head = 0
        while head < queue.count {
            let (node, depth, range) = queue[head]
            head += 1
            var rest = range
            if let first = rest.first, pieces[order[first]].count == depth {
                nodes[node].piece = Int32(order[first])
                rest = rest.dropFirst()
            }
            let children = Self.children(of: rest, depth: depth) { pieces[order[$0]] }
            guard !children.isEmpty else { continue }
            let base = builder.base(for: children.map(\.byte), in: &nodes)
            nodes[node].base = Int32(base)
            for child in children {
                nodes[base + Int(child.byte)].parent = Int32(node)
                queue.append((base + Int(child.byte), depth + 1, child.range))
            }
        }
    }

    /// The node that `bytes` lead to from the root, or nil.
    func node(of bytes: [UInt8]) -> Int? {
        var node = Self.root
        for byte in bytes {
            let next = Int(nodes[node].base) + Int(byte)
            guard nodes[next].parent == Int32(node), next != Self.root else { return nil }
            node = next
        }
        return node
    }

    /// The piece that is exactly `bytes`, or nil.
    func piece(_ bytes: [UInt8]) -> Int32? {
        guard let node = node(of: bytes), nodes[node].piece >= 0 else { return nil }
        return nodes[node].piece
    }

    private static func children(
        of range: Range<Int>,
        depth: Int,
        piece: (Int) -> [UInt8]
    ) -> [(byte: UInt8, range: Range<Int>)] {
        var children: [(byte: UInt8, range: Range<Int>)] = []
        for index in range {
            let byte = piece(index)[depth]
            if let last = children.last, last.byte == byte {
                children[children.count - 1].range = last.range.lowerBound..<(index + 1)
            } else {
                children.append((byte, index..<(index + 1)))
            }
        }
        return children
    }

    /// Finds room in the array for the children of a node, by first fit.
    private struct Builder {
        private var firstFree = 256

        mutating func base(for bytes: [UInt8], in nodes: inout [Node]) -> Int {
            let lowest = Int(bytes[0])
            while nodes[firstFree].parent >= 0 { advance(in: &nodes) }
            var slot = firstFree
            while true {
                let base = slot - lowest
                if nodes.count < base + 512 {
                    nodes += [Node](repeating: Node(), count: nodes.count)
                }
                if bytes.allSatisfy({ nodes[base + Int($0)].parent < 0 }) { return base }
                slot += 1
            }
        }

        private mutating func advance(in nodes: inout [Node]) {
            firstFree += 1
            if nodes.count < firstFree + 512 {
                nodes += [Node](repeating: Node(), count: nodes.count)
            }
        }
    }
}
