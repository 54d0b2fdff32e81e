import Text

/// HTML's character references.
///
/// - Source: WHATWG HTML, §13.2.5.72 to §13.2.5.80.
enum HTMLEntities {
    private struct Entity {
        let text: [UInt8]
        /// Whether it is known without a semicolon too.
        let isShort: Bool
    }

    /// The text of a reference, given from behind its `&` on, with its semicolon if it has one.
    ///
    /// What is no reference, or stands behind one, is given as it is written.
    static func text(ofReference reference: [UInt8]) -> [UInt8] {
        let parsed =
            reference.first == UInt8(ascii: "#") ? numeric(reference) : named(reference)
        guard let (text, length) = parsed else { return [UInt8(ascii: "&")] + reference }
        return text + reference[length...]
    }

    private static func named(_ reference: [UInt8]) -> (text: [UInt8], length: Int)? {
        if reference.last == UInt8(ascii: ";"), let entity = table[reference.dropLast()] {
            return (entity.text, reference.count)
        }
        for length in stride(from: min(reference.count, longestShortName), to: 1, by: -1) {
            if let entity = table[reference[..<length]], entity.isShort {
                return (entity.text, length)
            }
        }
        return nil
    }

    private static func numeric(_ reference: [UInt8]) -> (text: [UInt8], length: Int)? {
        let isHexadecimal = reference.count > 1 && reference[1] | 0x20 == UInt8(ascii: "x")
        let start = isHexadecimal ? 2 : 1
        var value: UInt32 = 0
        var index = start
        while index < reference.count, let digit = digit(reference[index], isHexadecimal) {
            value = min(0x11_0000, value * (isHexadecimal ? 16 : 10) + digit)
            index += 1
        }
        guard index > start else { return nil }
        var text: [UInt8] = []
        UTF8Validation.append(scalar(of: value), to: &text)
        let hasEnd = index < reference.count && reference[index] == UInt8(ascii: ";")
        return (text, hasEnd ? index + 1 : index)
    }

    private static func digit(_ byte: UInt8, _ isHexadecimal: Bool) -> UInt32? {
        switch byte {
        case 0x30...0x39: UInt32(byte - 0x30)
        case 0x41...0x46 where isHexadecimal, 0x61...0x66 where isHexadecimal:
            UInt32(byte | 0x20) - 0x61 + 10
        default: nil
        }
    }

    /// The character of a number; those from 0x80 to 0x9F are meant as in Windows-1252.
    private static func scalar(of value: UInt32) -> Unicode.Scalar {
        switch value {
        case 0: "\u{FFFD}"
        case 0x80...0x9F: SingleByteEncoding.windows1252.scalar(of: UInt8(value))
        default: Unicode.Scalar(value) ?? "\u{FFFD}"
        }
    }

    private static let longestShortName = 6

    private static let table: [ArraySlice<UInt8>: Entity] = {
        var table: [ArraySlice<UInt8>: Entity] = [:]
        for record in HTMLEntityTable.records.split(separator: " ") {
            guard let end = record.firstIndex(where: { $0 == "=" || $0 == "?" }) else { continue }
            var text: [UInt8] = []
            for code in record[record.index(after: end)...].split(separator: "+") {
                guard let scalar = UInt32(code, radix: 16).flatMap(Unicode.Scalar.init) else {
                    continue
                }
                UTF8Validation.append(scalar, to: &text)
            }
            table[Array(record[..<end].utf8)[...]] = Entity(
                text: text,
                isShort: record[end] == "?"
            )
        }
        return table
    }()
}
