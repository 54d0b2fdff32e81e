/// What no posting of a set goes beyond, so that no text length and no parameter of a weighting that
/// grows with the frequency and falls with the length makes one of them worth more.
///
/// Three bytes: the highest frequency, 255 where it is not less; the code of the shortest length; and
/// that of the shortest where the frequency is above 1. A code keeps lengths below 64 as they are and
/// six bits of the others, rounded down, up to 4,032.
package struct ImpactBound: Sendable, Equatable {
    /// The bytes of a bound.
    static let size = 3

    private(set) var frequencyCode: UInt8
    private(set) var lengthCode: UInt8
    private(set) var repeatedLengthCode: UInt8

    /// The bound of no postings.
    static let none = ImpactBound(frequencyCode: 0, lengthCode: .max, repeatedLengthCode: .max)

    /// The bound that a record has at an offset.
    init(_ record: UnsafeRawBufferPointer, at offset: Int) {
        self.init(
            frequencyCode: record[offset],
            lengthCode: record[offset + 1],
            repeatedLengthCode: record[offset + 2]
        )
    }

    /// The bound of one posting, whatever its length.
    init(frequency: UInt32) {
        self.init(
            frequencyCode: UInt8(clamping: frequency),
            lengthCode: 0,
            repeatedLengthCode: 0
        )
    }

    private init(frequencyCode: UInt8, lengthCode: UInt8, repeatedLengthCode: UInt8) {
        self.frequencyCode = frequencyCode
        self.lengthCode = lengthCode
        self.repeatedLengthCode = repeatedLengthCode
    }

    /// Takes in a posting of a block of `length` terms.
    mutating func include(frequency: UInt32, length: UInt32) {
        let code = ImpactBound.code(of: length)
        frequencyCode = max(frequencyCode, UInt8(clamping: frequency))
        lengthCode = min(lengthCode, code)
        if frequency > 1 { repeatedLengthCode = min(repeatedLengthCode, code) }
    }

    /// No frequency is higher; nil where there may be any.
    package var highestFrequency: UInt32? {
        frequencyCode == .max ? nil : UInt32(frequencyCode)
    }

    /// No block is shorter.
    package var shortestLength: UInt32 { ImpactBound.length(of: lengthCode) }

    /// No block with a frequency above 1 is shorter.
    package var shortestRepeatedLength: UInt32 { ImpactBound.length(of: repeatedLengthCode) }

    private static func code(of length: UInt32) -> UInt8 {
        guard length >= 64 else { return UInt8(length) }
        let octave = 31 - UInt32(length.leadingZeroBitCount) - 6
        guard octave < 6 else { return .max }
        return UInt8(64 + octave * 32 + (length >> (octave + 1)) & 31)
    }

    private static func length(of code: UInt8) -> UInt32 {
        guard code >= 64 else { return UInt32(code) }
        let (octave, rest) = (code - 64).quotientAndRemainder(dividingBy: 32)
        return (32 + UInt32(rest)) << (1 + UInt32(octave))
    }
}
