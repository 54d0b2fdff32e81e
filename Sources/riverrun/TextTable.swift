/// A table for people: columns as wide as their widest cell, numbers to the right.
struct TextTable {
    /// On which side of its column a cell stands.
    enum Alignment { case left, right }

    private let headings: [String]
    private let alignments: [Alignment]
    private var rows: [[String]] = []

    /// A table with a heading and an alignment for each column.
    init(_ columns: [(heading: String, alignment: Alignment)]) {
        headings = columns.map(\.heading)
        alignments = columns.map(\.alignment)
    }

    /// Adds a row of as many cells as there are columns.
    mutating func append(_ row: [String]) {
        precondition(row.count == headings.count, "a cell for each column")
        rows.append(row)
    }

    /// The table's lines, each ended.
    var rendered: String {
        let all = [headings] + rows
        let widths = headings.indices.map { column in
            all.map { $0[column].count }.max() ?? 0
        }
        return all.map { row in
            let cells = row.indices.map { column in
                let padding = String(repeating: " ", count: widths[column] - row[column].count)
                return alignments[column] == .left ? row[column] + padding : padding + row[column]
            }
            let line = cells.joined(separator: "  ")
            return String(line.reversed().drop { $0 == " " }.reversed()) + "\n"
        }.joined()
    }
}
