public import Tensors

/// The one type on every edge: rows of one document as named columns, then markers.
///
///     var batch = Batch(document: document)
///     try batch.set("text", .text(TextColumn(["One. ".utf8, "Two.".utf8])))
///     let texts = try batch.text("text")
///
/// Invariant: every column has `rowCount` rows.
public struct Batch: Sendable, Equatable {
    /// The document that the rows belong to; nil where the batch has markers only.
    public var document: Document?
    /// How many rows there are.
    public private(set) var rowCount: Int
    /// The columns in the order in which they were added.
    public private(set) var columns: [NamedColumn] = []
    /// What follows the rows.
    public var markers: [Marker]

    /// A column and its name.
    public struct NamedColumn: Sendable, Equatable {
        /// The name.
        public let name: String
        /// The column.
        public var column: Column
    }

    /// A batch without columns.
    public init(document: Document?, rowCount: Int = 0, markers: [Marker] = []) {
        self.document = document
        self.rowCount = rowCount
        self.markers = markers
    }

    /// A batch of markers only.
    public init(markers: [Marker]) {
        self.init(document: nil, markers: markers)
    }

    /// Adds a column, or replaces the one of that name; the first column sets the row count.
    ///
    /// - Throws: `DataflowError.rowCountMismatch` if the column has another count of rows.
    public mutating func set(_ name: String, _ column: Column) throws(DataflowError) {
        guard columns.isEmpty && rowCount == 0 || column.rowCount == rowCount else {
            throw .rowCountMismatch(column: name, expected: rowCount, got: column.rowCount)
        }
        rowCount = column.rowCount
        if let index = columns.firstIndex(where: { $0.name == name }) {
            columns[index].column = column
        } else {
            columns.append(NamedColumn(name: name, column: column))
        }
    }

    /// The column of a name.
    public func column(_ name: String) throws(DataflowError) -> Column {
        guard let found = columns.first(where: { $0.name == name }) else {
            throw .missingColumn(name: name, present: columns.map(\.name))
        }
        return found.column
    }

    /// The text column of a name.
    public func text(_ name: String) throws(DataflowError) -> TextColumn {
        guard case .text(let value) = try column(name) else { throw try mistyped(name, .text) }
        return value
    }

    /// The column of lists of strings of a name.
    public func labels(_ name: String) throws(DataflowError) -> RunLengthArray<[String]> {
        guard case .labels(let value) = try column(name) else { throw try mistyped(name, .labels) }
        return value
    }

    /// The float column of a name, [rows, width].
    public func float32(_ name: String) throws(DataflowError) -> Tensor<Float> {
        switch try column(name) {
        case .float32(let value): return value
        case .runs(let value, let width):
            return Tensor(width: width, elements: value.values.flatMap { $0 })
        default: throw try mistyped(name, .float32(width: 0))
        }
    }

    /// The float column of a name as one vector a row.
    public func runs(_ name: String) throws(DataflowError) -> RunLengthArray<[Float]> {
        switch try column(name) {
        case .runs(let value, _): return value
        case .float32(let value):
            return RunLengthArray((0..<value.rowCount).map { Array(value[row: $0]) })
        default: throw try mistyped(name, .float32(width: 0))
        }
    }

    /// The integer column of a name, [rows, width].
    public func int64(_ name: String) throws(DataflowError) -> Tensor<Int64> {
        guard case .int64(let value) = try column(name) else {
            throw try mistyped(name, .int64(width: 0))
        }
        return value
    }

    /// About how many bytes of memory the batch takes.
    public var byteCount: Int {
        columns.reduce(markers.count * 64) { $0 + $1.column.byteCount }
    }

    /// Appends the rows of a batch of the same document and columns; its markers are left out.
    ///
    /// - Throws: `DataflowError` if the columns differ; then the batch is as it was.
    public mutating func append(_ other: Batch) throws(DataflowError) {
        guard rowCount > 0 || !columns.isEmpty else {
            (rowCount, columns) = (other.rowCount, other.columns)
            return
        }
        for column in columns {
            let type = try other.column(column.name).type
            guard type == column.column.type else {
                throw try other.mistyped(column.name, column.column.type)
            }
        }
        for index in columns.indices {
            let name = columns[index].name
            try columns[index].column.append(try other.column(name), name: name)
        }
        rowCount += other.rowCount
    }

    /// Takes up a batch that follows, if both can be one: rows of the same document and columns, as many as
    /// `limit` in all, or markers alone.
    ///
    /// - Returns: Whether it did.
    mutating func join(_ next: Batch, upToRows limit: Int) -> Bool {
        guard next.rowCount > 0 else {
            markers += next.markers
            return true
        }
        guard markers.isEmpty, rowCount + next.rowCount <= limit, document == next.document,
            columns.count == next.columns.count
        else { return false }
        do {
            try append(next)
        } catch {
            return false
        }
        markers = next.markers
        return true
    }

    /// Removes the first rows and returns them.
    public mutating func removeFirst(_ count: Int) -> Batch {
        var first = self[rows: count..<rowCount]
        swap(&first.rowCount, &rowCount)
        swap(&first.columns, &columns)
        first.rowCount = count
        for index in first.columns.indices { first.columns[index].column.truncate(to: count) }
        return first
    }

    /// The rows without the markers.
    public var withoutMarkers: Batch {
        var copy = self
        copy.markers = []
        return copy
    }

    /// The batch without one of its columns.
    public func without(_ name: String) -> Batch {
        var copy = self
        copy.columns.removeAll { $0.name == name }
        return copy
    }

    /// A copy of consecutive rows, without the markers.
    public subscript(rows rows: Range<Int>) -> Batch {
        var copy = Batch(document: document, rowCount: rows.count)
        copy.columns = columns.map { .init(name: $0.name, column: $0.column[rows: rows]) }
        return copy
    }

    /// Where the rows begin in their document, if they say so in a column `start`.
    var firstByte: Int? {
        guard document != nil, case .int64(let starts)? = try? column("start") else { return nil }
        return starts.elements.first.map { Int($0) }
    }

    private func mistyped(
        _ name: String,
        _ expected: ColumnType
    ) throws(DataflowError) -> DataflowError {
        .mistypedColumn(name: name, expected: expected, got: try column(name).type)
    }
}
