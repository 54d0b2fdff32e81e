/// Encodings in which each byte is a character, as old HTML pages declare them.
public enum SingleByteEncoding: Sendable {
    /// Windows-1252, which browsers also read for ISO-8859-1.
    case windows1252

    /// The encoding of a label as in `charset=`, or nil if it is none of these.
    public init?(label: String) {
        let labels = [
            "windows-1252", "cp1252", "x-cp1252", "iso-8859-1", "iso8859-1", "latin1", "latin-1",
            "l1", "ascii", "us-ascii",
        ]
        guard labels.contains(label.lowercased()) else { return nil }
        self = .windows1252
    }

    /// The characters of the bytes 0x80 to 0x9F; the others are those of Latin-1.
    ///
    /// - Source: WHATWG Encoding, index windows-1252.
    private static let c1: [UInt16] = [
        0x20AC, 0x0081, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
        0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0x008D, 0x017D, 0x008F,
        0x0090, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
        0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x009D, 0x017E, 0x0178,
    ]

    /// The character of a byte.
    package func scalar(of byte: UInt8) -> Unicode.Scalar {
        guard (0x80...0x9F).contains(byte) else { return Unicode.Scalar(byte) }
        return Unicode.Scalar(Self.c1[Int(byte - 0x80)]) ?? "\u{FFFD}"
    }

    /// Appends the character of a byte as UTF-8.
    func append(_ byte: UInt8, to output: inout [UInt8]) {
        guard byte >= 0x80 else { return output.append(byte) }
        UTF8Validation.append(scalar(of: byte), to: &output)
    }
}
