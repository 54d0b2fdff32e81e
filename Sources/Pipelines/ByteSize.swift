/// Counts of bytes as people write them.
public enum ByteSize {
    private static let units: [(suffix: String, factor: Int)] = [
        ("kib", 1 << 10), ("mib", 1 << 20), ("gib", 1 << 30),
        ("kb", 1_000), ("mb", 1_000_000), ("gb", 1_000_000_000), ("b", 1),
    ]

    /// The count that `text` says (`65536`, `64KiB`, `4 MB`), or nil.
    public static func count(of text: String) -> Int? {
        let lower = text.lowercased()
        let unit = units.first { lower.hasSuffix($0.suffix) }
        let digits = lower.dropLast(unit?.suffix.count ?? 0)
        let number = String(digits.reversed().drop { $0 == " " }.reversed())
        guard let value = Int(number) else { return nil }
        let (count, overflow) = value.multipliedReportingOverflow(by: unit?.factor ?? 1)
        return overflow || count < 0 ? nil : count
    }
}
