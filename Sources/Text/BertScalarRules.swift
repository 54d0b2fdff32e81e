private import Foundation

/// What BERT's uncased normalizer makes of one scalar, looked up in constant time.
///
/// Cleaning, spacing of ideographs, canonical decomposition, removal of nonspacing marks and
/// lower-casing are each context-free but for the reordering of marks, which is left out: no piece
/// holds a mark that survives, so a word with one is unknown in any order.
struct BertScalarRules: @unchecked Sendable {  // `init` alone writes.
    /// A rule in one word: flags above the 21 bits of the scalar that it yields, or 0 for no change.
    struct Rule: Sendable, Equatable {
        static let dropped: UInt32 = 1 << 21
        static let space: UInt32 = 1 << 22
        static let isolated: UInt32 = 1 << 23
        /// The low bits are an index into `sequences`.
        static let sequence: UInt32 = 1 << 24
        static let hangul: UInt32 = 1 << 25

        static let scalarBits: UInt32 = 0x1F_FFFF

        var bits: UInt32
        var scalar: UInt32 { bits & Rule.scalarBits }

        func has(_ flag: UInt32) -> Bool { bits & flag != 0 }
    }

    static let space: UInt8 = 0x20
    /// No punctuation mark: DEL, which it would be, is dropped.
    static let beyondASCII: UInt8 = 0xFF

    /// Whether a byte with this rule is part of a word.
    @inline(__always)
    static func isWord(_ rule: UInt8) -> Bool { rule > space && rule < 0x80 }

    /// Whether a byte with this rule ends the word before it: a space or a punctuation mark.
    @inline(__always)
    static func endsWord(_ rule: UInt8) -> Bool {
        rule == space || (rule >= 0x80 && rule != beyondASCII)
    }

    /// For each byte: 0 dropped, `space`, 0x80 | byte punctuation, `beyondASCII`, else the lower-cased
    /// byte, which is part of a word.
    let ascii: [UInt8]
    /// What the scalars of a `Rule.sequence` become.
    let sequences: [[UInt32]]
    /// The rule of each scalar below 0x110000.
    struct Table {
        /// Never freed; most of it is zeros that nobody touches.
        fileprivate let bits: UnsafeMutablePointer<UInt32>

        @inline(__always)
        subscript(scalar: UInt32) -> Rule { Rule(bits: bits[Int(scalar)]) }
    }

    /// What every scalar becomes.
    let table: Table

    /// The rules of `BertScalarTable`.
    static let uncased = BertScalarRules()

    private init() {
        ascii = (0..<256).map { $0 < 128 ? Self.asciiRule(UInt8($0)) : Self.beyondASCII }
        sequences = BertScalarTable.decomposed.map { $0.targets.unicodeScalars.map(\.value) }

        let count = 0x11_0000
        guard let zeros = calloc(count, MemoryLayout<UInt32>.stride) else {
            preconditionFailure("out of memory: the rules of scalars")
        }
        let table = zeros.bindMemory(to: UInt32.self, capacity: count)
        self.table = Table(bits: table)
        func set(_ flag: UInt32, in ranges: [ClosedRange<UInt32>]) {
            for range in ranges { for scalar in range { table[Int(scalar)] |= flag } }
        }
        set(Rule.hangul, in: [0xAC00...0xD7A3])
        for (first, targets) in BertScalarTable.mapped {
            for (scalar, target) in zip(first..., targets.unicodeScalars.map(\.value))
            where target != scalar {
                table[Int(scalar)] = target
            }
        }
        // Punctuation is known of targets, an ASCII one among them: Greek's question mark.
        var isPunctuation = Set(BertScalarTable.punctuation.joined())
        isPunctuation.formUnion((0..<128).filter { Self.asciiRule(UInt8($0)) > 0x80 })
        for scalar in isPunctuation where scalar >= 0x80 && table[Int(scalar)] == 0 {
            table[Int(scalar)] = Rule.isolated
        }
        for (first, targets) in BertScalarTable.mapped {
            for (scalar, target) in zip(first..., targets.unicodeScalars.map(\.value))
            where scalar >= 0x80 && isPunctuation.contains(target) {
                table[Int(scalar)] |= Rule.isolated
            }
        }
        for (index, entry) in BertScalarTable.decomposed.enumerated() {
            table[Int(entry.scalar)] = Rule.sequence | UInt32(index)
        }
        set(Rule.isolated, in: BertScalarTable.ideographs)
        set(Rule.dropped, in: BertScalarTable.dropped)
        set(Rule.space, in: BertScalarTable.spaces)
    }

    /// The two or three jamo of a Hangul syllable, by the arithmetic of the Unicode standard, 3.12.
    static func jamo(of syllable: UInt32) -> (lead: UInt32, vowel: UInt32, tail: UInt32?) {
        let index = syllable - 0xAC00
        let tail = index % 28
        return (0x1100 + index / 588, 0x1161 + index % 588 / 28, tail == 0 ? nil : 0x11A7 + tail)
    }

    private static func asciiRule(_ byte: UInt8) -> UInt8 {
        switch byte {
        case 0x09, 0x0A, 0x0D, 0x20: space
        case 0..<0x20, 0x7F: 0
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte | 0x20
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): byte
        default: 0x80 | byte
        }
    }
}
