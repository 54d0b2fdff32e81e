extension String {
    /// The most characters that a message has.
    private static let longestLine = 1000

    /// The text as one line of a decent length: what would begin another line, or move the cursor, is
    /// written as its escape, and the middle of a long text is left out.
    ///
    /// For messages with names out of files that may be damaged.
    package var onOneLine: String {
        let escaped = unicodeScalars.contains { $0.properties.generalCategory.isControl }
        var line = self
        if escaped {
            line = unicodeScalars.map { scalar in
                scalar.properties.generalCategory.isControl
                    ? scalar.escaped(asASCII: true) : String(Character(scalar))
            }.joined()
        }
        guard line.count > Self.longestLine else { return line }
        return "\(line.prefix(Self.longestLine * 2 / 3)) … \(line.suffix(Self.longestLine / 3 - 3))"
    }
}

extension Unicode.GeneralCategory {
    /// Whether characters of it are not shown but change how others are.
    fileprivate var isControl: Bool {
        [.control, .format, .lineSeparator, .paragraphSeparator].contains(self)
    }
}
