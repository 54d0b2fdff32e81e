/// Texts of any length, one a row, in one buffer.
///
/// Row `i` is `bytes[ends[i - 1] ..< ends[i]]`, and `ends[-1]` is 0.
public struct TextColumn: Sendable, Equatable {
    /// All rows, one after another, UTF-8.
    public private(set) var bytes: [UInt8] = []
    /// Where each row ends in `bytes`.
    public private(set) var ends: [Int] = []

    /// A column with no rows.
    public init() {}

    /// A column with a row for each of `rows`.
    public init(_ rows: some Sequence<some Sequence<UInt8>>) {
        for row in rows { append(row) }
    }

    /// How many rows there are.
    public var rowCount: Int { ends.count }

    /// Where a row lies in `bytes`.
    public func range(ofRow row: Int) -> Range<Int> {
        (row == 0 ? 0 : ends[row - 1])..<ends[row]
    }

    /// The bytes of one row.
    public subscript(row row: Int) -> ArraySlice<UInt8> { bytes[range(ofRow: row)] }

    /// One row as a string; malformed UTF-8 is repaired.
    public func string(atRow row: Int) -> String {
        String(decoding: self[row: row], as: UTF8.self)
    }

    /// A copy of consecutive rows.
    public subscript(rows rows: Range<Int>) -> TextColumn {
        guard let first = rows.first, let last = rows.last else { return TextColumn() }
        let start = range(ofRow: first).lowerBound
        var copy = TextColumn()
        copy.bytes = Array(bytes[start..<ends[last]])
        copy.ends = ends[rows].map { $0 - start }
        return copy
    }

    /// Removes the rows behind the first `count`, in place.
    mutating func truncate(to count: Int) {
        ends.removeLast(ends.count - count)
        bytes.removeLast(bytes.count - (ends.last ?? 0))
    }

    /// Appends a row.
    public mutating func append(_ row: some Sequence<UInt8>) {
        bytes.append(contentsOf: row)
        ends.append(bytes.count)
    }

    /// Appends a row.
    package mutating func append(_ row: UnsafeRawBufferPointer) {
        bytes.append(contentsOf: row)
        ends.append(bytes.count)
    }

    /// Appends a row.
    public mutating func append(_ row: String) {
        var row = row
        row.withUTF8 { append(UnsafeRawBufferPointer($0)) }
    }

    /// Appends all rows of another column.
    public mutating func append(_ other: TextColumn) {
        guard rowCount > 0 else { return self = other }
        let offset = bytes.count
        bytes.append(contentsOf: other.bytes)
        ends.append(contentsOf: other.ends.map { $0 + offset })
    }
}
