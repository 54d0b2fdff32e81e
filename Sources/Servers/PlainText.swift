extension String {
    /// Without what would steer a terminal: control characters other than tab and line feed.
    package var withoutControls: String {
        let isPlain = utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F || $0 == 0x0A }
        guard !isPlain else { return self }
        var scalars = String.UnicodeScalarView()
        for scalar in unicodeScalars {
            switch scalar.value {
            case 0x09, 0x0A, 0x20..<0x7F, 0xA0...: scalars.append(scalar)
            default: break
            }
        }
        return String(scalars)
    }
}
