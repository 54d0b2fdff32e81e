import Dataflow

/// Rows of named values: a table for people, an object a line for programs.
struct Listing {
    /// A value.
    enum Cell {
        case text(String)
        case count(Int)
        case bytes(Int)
        case real(Double)
        case list([String])
    }

    private let columns: [String]
    private var rows: [[Cell]] = []

    /// A listing with these columns.
    init(_ columns: [String]) {
        self.columns = columns
    }

    /// Adds a row of as many cells as there are columns.
    mutating func append(_ row: [Cell]) {
        precondition(row.count == columns.count, "a cell for each column")
        rows.append(row)
    }

    /// The listing as it is printed.
    func rendered(json: Bool) -> [UInt8] {
        json ? lines : Array(table.utf8)
    }

    private var table: String {
        let alignments = columns.indices.map { column -> TextTable.Alignment in
            switch rows.first?[column] {
            case .count, .bytes, .real: .right
            default: .left
            }
        }
        var table = TextTable(zip(columns, alignments).map { ($0.0, $0.1) })
        for row in rows {
            table.append(
                row.map { cell in
                    switch cell {
                    case .text(let text): text
                    case .count(let count): "\(count)"
                    case .bytes(let count): Quantities.bytes(count)
                    case .real(let value): Quantities.decimal(value, places: 3)
                    case .list(let parts): parts.joined(separator: " > ")
                    }
                }
            )
        }
        return table.rendered
    }

    private var lines: [UInt8] {
        var json = JSONWriter()
        for row in rows {
            json.beginObject()
            for (name, cell) in zip(columns, row) {
                json.key(name.replacing(" ", with: "_"))
                switch cell {
                case .text(let text): json.string(text)
                case .count(let count), .bytes(let count): json.number(count)
                case .real(let value): json.number(Float(value))
                case .list(let parts): json.array(parts) { json, part in json.string(part) }
                }
            }
            json.endObject()
            json.lineFeed()
        }
        return json.bytes
    }
}
