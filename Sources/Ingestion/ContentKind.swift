import Text

/// Tells from a content's first bytes what it is.
enum ContentKind {
    /// Why a content that begins so cannot be read as text; nil where it can.
    static func problem(with beginning: [UInt8], path: String) -> IngestionError? {
        if let kind = binaryKind(of: beginning) { return .binary(path: path, kind: kind) }
        guard beginning.contains(0) else { return nil }
        if beginning.starts(with: [0xFF, 0xFE, 0, 0]) || beginning.starts(with: [0, 0, 0xFE, 0xFF])
        {
            return .unsupportedEncoding(path: path, name: "UTF-32")
        }
        if isMarkedUTF16(beginning) { return nil }
        if isUnmarkedUTF16(beginning) {
            return .unsupportedEncoding(path: path, name: "UTF-16 without a byte-order mark")
        }
        let invalid = beginning.withUnsafeBytes { UTF8Validation.firstInvalid(in: $0) }
        return invalid == nil ? nil : .binary(path: path, kind: nil)
    }

    /// Whether a content begins with a byte-order mark of UTF-16.
    static func isMarkedUTF16(_ beginning: [UInt8]) -> Bool {
        beginning.starts(with: [0xFE, 0xFF]) || beginning.starts(with: [0xFF, 0xFE])
    }

    /// Whether a content is that of a file that nobody means when naming the folder around it.
    static func isPassedOverInFolders(_ beginning: [UInt8]) -> Bool {
        if isMarkedUTF16(beginning) { return false }
        return beginning.contains(0) || binaryKind(of: beginning) != nil
    }

    /// What a content is taken for that is not told by its name.
    static func format(
        of beginning: [UInt8],
        textField: String
    ) -> IngestionConfiguration.Format {
        var start = beginning[...]
        if start.starts(with: [0xEF, 0xBB, 0xBF]) { start = start.dropFirst(3) }
        start = start.drop { isSpace($0) }
        let word = String(decoding: start.prefix(16), as: UTF8.self).lowercased()
        if word.hasPrefix("<!doctype html") || word.hasPrefix("<html") { return .html }
        let line = start.prefix { $0 != 0x0A }
        return beginsLikeNDJSON(line, textField: textField) ? .ndjson : .text
    }

    /// Whether a line begins an object in which a string stands behind the key of the text.
    private static func beginsLikeNDJSON(_ line: ArraySlice<UInt8>, textField: String) -> Bool {
        guard line.first == UInt8(ascii: "{"),
            line.dropFirst().first(where: { !isSpace($0) }) == UInt8(ascii: "\"")
        else { return false }
        var rest = line
        while let key = rest.firstRange(of: Array("\"\(textField)\"".utf8)) {
            rest = rest[key.upperBound...]
            let value = rest.drop { isSpace($0) }
            guard value.first == UInt8(ascii: ":") else { continue }
            return value.dropFirst().first { !isSpace($0) } == UInt8(ascii: "\"")
        }
        return false
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || (0x09...0x0D).contains(byte)
    }

    /// Whether nearly every second byte is NUL, and hardly any between them.
    private static func isUnmarkedUTF16(_ beginning: [UInt8]) -> Bool {
        guard beginning.count >= 16 else { return false }
        var zeros = [0, 0]
        for (index, byte) in beginning.enumerated() where byte == 0 { zeros[index & 1] += 1 }
        let (few, many) = (min(zeros[0], zeros[1]), max(zeros[0], zeros[1]))
        return many * 4 > beginning.count && few * 20 < many
    }

    /// What a well-known file format is called; nil for what may be text.
    private static func binaryKind(of beginning: [UInt8]) -> String? {
        signatures.first { beginning.starts(with: $0.bytes) }?.kind
    }

    /// The first bytes of formats that people take for text, or that hold no NUL early.
    private static let signatures: [(bytes: [UInt8], kind: String)] = [
        (Array("%PDF-".utf8), "a PDF file"),
        (Array("PK\u{3}\u{4}".utf8), "a zip archive or an office document"),
        (Array("{\\rtf".utf8), "an RTF document"),
        (Array("BZh".utf8) + [0x39, 0x31, 0x41, 0x59, 0x26, 0x53, 0x59], "compressed with bzip2"),
        ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00], "compressed with xz"),
        ([0x04, 0x22, 0x4D, 0x18], "compressed with lz4"),
        ([0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C], "a 7-Zip archive"),
        ([0x89, 0x50, 0x4E, 0x47], "a picture"),
        ([0xFF, 0xD8, 0xFF], "a picture"),
        (Array("GIF87a".utf8), "a picture"),
        (Array("GIF89a".utf8), "a picture"),
        ([0x7F, 0x45, 0x4C, 0x46], "a program"),
    ]
}
