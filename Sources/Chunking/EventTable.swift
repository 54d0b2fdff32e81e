/// Which bytes and scalars may end a segment.
enum EventTable {
    /// Whether a byte needs a look: line ends, terminators, brackets of enumerators and the first
    /// bytes of scalars that may be terminators or bullets.
    static let isEvent: [Bool] = (0...255).map { (byte: Int) in
        switch UInt8(byte) {
        case 0x0A...0x0D: true
        case UInt8(ascii: "."), UInt8(ascii: "!"), UInt8(ascii: "?"), UInt8(ascii: ")"),
            UInt8(ascii: ";"), UInt8(ascii: ":"), UInt8(ascii: ","), UInt8(ascii: "@"),
            UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "*"), UInt8(ascii: "="),
            UInt8(ascii: "~"):
            true
        case 0xC2, 0xCD, 0xD6, 0xD8, 0xDB, 0xDC, 0xDF, 0xE0...0xE3, 0xEA, 0xEF, 0xF0: true
        default: false
        }
    }

    /// Whether a scalar may end a sentence or open an item inside a line.
    @inline(__always)
    static func mayEnd(_ value: UInt32) -> Bool {
        if value < 0x80 { return true }
        return switch Scalars.kind(value) {
        case .strongTerminator, .ellipsis, .exclamation, .period, .bullet: true
        default: value == 0x37E
        }
    }
}

extension TerminatorRules {
    /// Whether the scalar at `position` is a terminator here: colon and semicolon are in some scripts.
    func isTerminator(_ value: UInt32, at position: Int) -> Bool {
        switch value {
        case 0x29: return isEmoticon(at: position)
        case 0x3A, 0x3B:
            guard position > start else { return false }
            let index = Scalars.previous(bytes, before: position, start: start)
            let before = Scalars.decode(bytes, at: index, end: end).value
            return value == 0x3A
                ? (0x531...0x587).contains(before) : (0x370...0x3FF).contains(before)
        case 0x37E: return true
        case 0x2E, 0x21, 0x3F: return true
        default: return value > 0x7F && Scalars.kind(value) != .bullet
        }
    }
}

extension TerminatorRules {
    /// Whether the bracket at `position` ends a smiley such as `:-)`.
    private func isEmoticon(at position: Int) -> Bool {
        var index = position - 1
        if index > start, bytes[index] == UInt8(ascii: "-") { index -= 1 }
        guard index > start, ":;=".utf8.contains(bytes[index]) else { return false }
        return bytes[index - 1] <= 0x20
    }
}
