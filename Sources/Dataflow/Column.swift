public import Tensors

/// A named value for each row of a batch.
public enum Column: Sendable, Equatable {
    /// Floats, [rows, width].
    case float32(Tensor<Float>)
    /// Floats, [rows, width], where many rows equal the one before.
    case runs(RunLengthArray<[Float]>, width: Int)
    /// Integers, [rows, width].
    case int64(Tensor<Int64>)
    /// UTF-8 text of any length.
    case text(TextColumn)
    /// A list of strings, such as an outline path.
    case labels(RunLengthArray<[String]>)

    /// How many rows there are.
    public var rowCount: Int {
        switch self {
        case .float32(let tensor): tensor.rowCount
        case .runs(let vectors, _): vectors.count
        case .int64(let tensor): tensor.rowCount
        case .text(let column): column.rowCount
        case .labels(let lists): lists.count
        }
    }

    /// What the column holds.
    public var type: ColumnType {
        switch self {
        case .float32(let tensor): .float32(width: tensor.width)
        case .runs(_, let width): .float32(width: width)
        case .int64(let tensor): .int64(width: tensor.width)
        case .text: .text
        case .labels: .labels
        }
    }

    /// About how many bytes of memory the column takes.
    public var byteCount: Int {
        switch self {
        case .float32(let tensor): tensor.elements.count * MemoryLayout<Float>.size
        case .runs(let vectors, let width):
            vectors.runs.count * (width * MemoryLayout<Float>.size + 48)
        case .int64(let tensor): tensor.elements.count * MemoryLayout<Int64>.size
        case .text(let column): column.bytes.count + column.rowCount * MemoryLayout<Int>.size
        case .labels(let lists): lists.runs.reduce(0) { $0 + Column.byteCount(of: $1.value) }
        }
    }

    /// About how many bytes a list of strings takes with the header of its buffer.
    private static func byteCount(of labels: [String]) -> Int {
        labels.reduce(MemoryLayout<[String]>.size + 32) {
            $0 + MemoryLayout<String>.size + $1.utf8.count
        }
    }

    /// Appends the rows of a column of the same type.
    mutating func append(_ other: Column, name: String) throws(DataflowError) {
        switch (self, other) {
        case (.float32(var tensor), .float32(let more)) where tensor.width == more.width:
            self = .text(TextColumn())
            tensor.append(more)
            self = .float32(tensor)
        case (.runs(var vectors, let width), .runs(let more, let other)) where width == other:
            self = .text(TextColumn())
            vectors.append(more)
            self = .runs(vectors, width: width)
        case (.int64(var tensor), .int64(let more)) where tensor.width == more.width:
            self = .text(TextColumn())
            tensor.append(more)
            self = .int64(tensor)
        case (.text(var column), .text(let more)):
            self = .text(TextColumn())
            column.append(more)
            self = .text(column)
        case (.labels(var lists), .labels(let more)):
            self = .text(TextColumn())
            lists.append(more)
            self = .labels(lists)
        default: throw .mistypedColumn(name: name, expected: type, got: other.type)
        }
    }

    /// Removes the rows behind the first `count`, in place.
    mutating func truncate(to count: Int) {
        let whole = self
        self = .text(TextColumn())
        switch consume whole {
        case .float32(var tensor):
            tensor.truncate(to: count)
            self = .float32(tensor)
        case .int64(var tensor):
            tensor.truncate(to: count)
            self = .int64(tensor)
        case .text(var column):
            column.truncate(to: count)
            self = .text(column)
        case .runs(let vectors, let width): self = .runs(vectors[0..<count], width: width)
        case .labels(let lists): self = .labels(lists[0..<count])
        }
    }

    /// A copy of consecutive rows.
    public subscript(rows rows: Range<Int>) -> Column {
        switch self {
        case .float32(let tensor): .float32(tensor[rows: rows])
        case .runs(let vectors, let width): .runs(vectors[rows], width: width)
        case .int64(let tensor): .int64(tensor[rows: rows])
        case .text(let column): .text(column[rows: rows])
        case .labels(let lists): .labels(lists[rows])
        }
    }
}

/// What a column holds.
public enum ColumnType: Sendable, Hashable, CustomStringConvertible {
    /// Floats, `width` a row; 0 stands for any width in a declaration.
    case float32(width: Int)
    /// Integers, `width` a row; 0 stands for any width in a declaration.
    case int64(width: Int)
    /// UTF-8 text.
    case text
    /// A list of strings a row.
    case labels

    /// As the pipeline reference prints it: `float32[384]`, `int64`, `text`.
    public var description: String {
        switch self {
        case .float32(let width): "float32" + suffix(width)
        case .int64(let width): "int64" + suffix(width)
        case .text: "text"
        case .labels: "labels"
        }
    }

    private func suffix(_ width: Int) -> String {
        width == 1 ? "" : width == 0 ? "[n]" : "[\(width)]"
    }

    /// Whether a column of this type serves where `needed` is declared.
    public func satisfies(_ needed: ColumnType) -> Bool {
        switch (self, needed) {
        case (.float32, .float32(width: 0)), (.int64, .int64(width: 0)): true
        default: self == needed
        }
    }
}
