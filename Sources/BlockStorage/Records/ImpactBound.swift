/// What no posting of a set goes beyond, so that no text length and no parameter of a weighting that
/// grows with the frequency and falls with the length makes one of them worth more.
///
/// Two bytes: the highest frequency, 255 where it is not less; and the shortest length's code, which
/// keeps lengths below 64 as they are and six bits of the others, rounded down, up to 4,032.
package struct ImpactBound: Sendable, Equatable {
    private(set) var frequencyCode: UInt8
    private(set) var lengthCode: UInt8

    /// The bound of no postings.
    static let none = ImpactBound(frequencyCode: 0, lengthCode: .max)

    /// A bound as it is stored.
    init(frequencyCode: UInt8, lengthCode: UInt8) {
        self.frequencyCode = frequencyCode
        self.lengthCode = lengthCode
    }

    /// Takes in a posting of a block of `length` terms.
    mutating func include(frequency: UInt32, length: UInt32) {
        frequencyCode = max(frequencyCode, UInt8(clamping: frequency))
        lengthCode = min(lengthCode, ImpactBound.code(of: length))
    }

    /// No frequency is higher; nil where there may be any.
    package var highestFrequency: UInt32? {
        frequencyCode == .max ? nil : UInt32(frequencyCode)
    }

    /// No block is shorter.
    package var shortestLength: UInt32 {
        guard lengthCode >= 64 else { return UInt32(lengthCode) }
        let (octave, rest) = (lengthCode - 64).quotientAndRemainder(dividingBy: 32)
        return (32 + UInt32(rest)) << (1 + UInt32(octave))
    }

    private static func code(of length: UInt32) -> UInt8 {
        guard length >= 64 else { return UInt8(length) }
        let octave = 31 - UInt32(length.leadingZeroBitCount) - 6
        guard octave < 6 else { return .max }
        return UInt8(64 + octave * 32 + (length >> (octave + 1)) & 31)
    }
}
