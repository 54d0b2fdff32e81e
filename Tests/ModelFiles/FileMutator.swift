/// Damages a file's bytes as its seed says.
struct FileMutator {
    private var generator: SplitMix64
    /// Numbers at which sizes and offsets go wrong.
    private static let edges: [UInt64] = [
        0, 1, 2, 7, 31, 32, 255, 65_535, 1 << 31, (1 << 31) - 1, 1 << 32, (1 << 32) - 1, 1 << 61,
        1 << 62, 1 << 63, (1 << 63) - 1, .max, .max - 31,
    ]

    init(seed: UInt64) { generator = SplitMix64(seed) }

    /// A copy with one to three changes; most are before `headLength`, where a file describes itself.
    mutating func mutated(_ whole: [UInt8], headLength: Int, donor: [UInt8]) -> [UInt8] {
        var bytes = whole
        for _ in 0..<Int.random(in: 1...3, using: &generator) where !bytes.isEmpty {
            let isInHead = Int.random(in: 0..<4, using: &generator) > 0
            let reach = isInHead ? min(max(headLength, 1), bytes.count) : bytes.count
            let place = Int.random(in: 0..<reach, using: &generator)
            change(&bytes, at: place, donor: donor)
        }
        return bytes
    }

    private mutating func change(_ bytes: inout [UInt8], at place: Int, donor: [UInt8]) {
        switch Int.random(in: 0..<10, using: &generator) {
        case 0, 1: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
        case 2: bytes[place] = UInt8.random(in: 0...255, using: &generator)
        case 3, 4, 5: setNumber(in: &bytes, at: place)
        case 6: bytes.removeSubrange(place...)
        case 7:
            let end = min(place + Int.random(in: 1...64, using: &generator), bytes.count)
            bytes.removeSubrange(place..<end)
        case 8:
            let copied = piece(of: bytes)
            bytes.insert(contentsOf: copied, at: place)
        default:
            let copied = piece(of: Bool.random(using: &generator) ? donor : bytes)
            let end = min(place + copied.count, bytes.count)
            bytes.replaceSubrange(place..<end, with: copied.prefix(end - place))
        }
    }

    /// Puts an edge, or what is near the number that is there, in its place.
    private mutating func setNumber(in bytes: inout [UInt8], at place: Int) {
        let width = [1, 2, 4, 8].randomElement(using: &generator) ?? 4
        // Fields of most formats lie at multiples of four.
        let start = Bool.random(using: &generator) ? place : place / 4 * 4
        guard start + width <= bytes.count else { return }
        let there = bytes[start..<(start + width)].reversed()
            .reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let value =
            switch Int.random(in: 0..<6, using: &generator) {
            case 0: there &+ 1
            case 1: there &- 1
            case 2: there &* 2
            case 3: UInt64(bytes.count) &- there
            default: Self.edges.randomElement(using: &generator) ?? 0
            }
        bytes.replaceSubrange(start..<(start + width), with: littleEndian(value).prefix(width))
    }

    private mutating func piece(of bytes: [UInt8]) -> [UInt8] {
        guard !bytes.isEmpty else { return [] }
        let start = Int.random(in: 0..<bytes.count, using: &generator)
        let length = Int.random(in: 1...96, using: &generator)
        return Array(bytes[start..<min(start + length, bytes.count)])
    }
}
