public import Dataflow

/// What a stage is, as data: its keys in a pipeline file, the columns it needs and gives.
///
/// Checks, defaults, the reference and the graph all come from this one declaration.
public struct StageSpec: Sendable {
    /// Where in a pipeline a stage can stand.
    public enum Position: Sendable {
        /// First, and nowhere else.
        case source
        /// Anywhere behind the source.
        case middle
    }

    /// What becomes of the rows that come in.
    public enum Rows: Sendable {
        /// They leave with their columns and the added ones.
        case kept
        /// Other rows leave, with the added columns only.
        case replaced
    }

    /// The name in a pipeline file.
    public let name: String
    /// What it does, in one sentence.
    public let summary: String
    /// Where it can stand.
    public let position: Position
    /// What becomes of its input's rows.
    public let rows: Rows
    /// Its keys.
    public let fields: [FieldSpec]
    /// The columns without which it cannot work.
    public let needs: [ColumnSpec]
    /// The columns of its output that it makes.
    public let adds: [ColumnSpec]
    /// An item of a pipeline file that uses it.
    public let example: String
    /// The columns that it needs more where its keys have these values.
    public let needsMore: @Sendable (StageSettings) -> [ColumnSpec]
    /// What is wrong with its keys' values together.
    public let faults: @Sendable (StageSettings) -> [SettingFault]

    /// A stage's declaration.
    public init(
        name: String,
        summary: String,
        position: Position = .middle,
        rows: Rows = .kept,
        fields: [FieldSpec] = [],
        needs: [ColumnSpec] = [],
        adds: [ColumnSpec] = [],
        example: String,
        needsMore: @escaping @Sendable (StageSettings) -> [ColumnSpec] = { _ in [] },
        faults: @escaping @Sendable (StageSettings) -> [SettingFault] = { _ in [] }
    ) {
        self.name = name
        self.summary = summary
        self.position = position
        self.rows = rows
        self.fields = fields
        self.needs = needs
        self.adds = adds
        self.example = example
        self.needsMore = needsMore
        self.faults = faults
    }
}

/// What is wrong with a key's value beside those of other keys.
public struct SettingFault: Sendable, Equatable {
    /// The key.
    public let key: String
    /// What is wrong.
    public let problem: String
    /// What to do.
    public let mend: String

    /// A fault from its parts.
    public init(key: String, problem: String, mend: String) {
        self.key = key
        self.problem = problem
        self.mend = mend
    }
}

/// A column in a stage's declaration.
public struct ColumnSpec: Sendable, Equatable {
    /// Its name.
    public let name: String
    /// What it holds.
    public let type: ColumnType
    /// What it means, with units.
    public let description: String

    /// A column's declaration.
    public init(_ name: String, _ type: ColumnType, _ description: String) {
        self.name = name
        self.type = type
        self.description = description
    }
}

/// A key of a stage in a pipeline file.
public struct FieldSpec: Sendable {
    /// What values it takes.
    public enum Kind: Sendable, Equatable {
        /// A whole number within bounds.
        case integer(ClosedRange<Int>)
        /// A number within bounds.
        case number(ClosedRange<Double>)
        /// True or false.
        case boolean
        /// Any text.
        case string
        /// A count of bytes: `65536`, `64KiB`, `4MB`.
        case size
        /// One of a few words.
        case choice([String])
    }

    /// The key.
    public let name: String
    /// What values it takes.
    public let kind: Kind
    /// The value where the file says nothing.
    public let defaultValue: FieldValue
    /// What it does, with units.
    public let description: String

    /// A key's declaration.
    ///
    /// - Precondition: The default is of the kind.
    public init(_ name: String, _ kind: Kind, default value: FieldValue, _ description: String) {
        precondition(kind.problem(with: value) == nil, "the default of \(name) is of its kind")
        self.name = name
        self.kind = kind
        self.defaultValue = value
        self.description = description
    }
}

/// The value of a key.
public enum FieldValue: Sendable, Equatable, CustomStringConvertible {
    /// A whole number, also of bytes.
    case integer(Int)
    /// A number.
    case number(Double)
    /// True or false.
    case boolean(Bool)
    /// Text, also a choice.
    case string(String)

    public var description: String {
        switch self {
        case .integer(let value): "\(value)"
        case .number(let value): "\(value)"
        case .boolean(let value): "\(value)"
        case .string(let value): value.isEmpty ? "\"\"" : value
        }
    }
}

extension FieldSpec.Kind: CustomStringConvertible {
    /// As the reference prints it.
    public var description: String {
        switch self {
        case .integer(let range) where range.upperBound == .max:
            "whole number from \(range.lowerBound)"
        case .integer(let range): "whole number, \(range.lowerBound) to \(range.upperBound)"
        case .number(let range): "number, \(range.lowerBound) to \(range.upperBound)"
        case .boolean: "true or false"
        case .string: "text"
        case .size: "bytes, such as 64KiB"
        case .choice(let words): words.map { "`\($0)`" }.joined(separator: ", ")
        }
    }

    /// What a message asks for.
    var demand: String {
        switch self {
        case .integer(let range) where range.upperBound == .max:
            "a whole number from \(range.lowerBound)"
        case .integer(let range):
            "a whole number from \(range.lowerBound) to \(range.upperBound)"
        case .number(let range): "a number from \(range.lowerBound) to \(range.upperBound)"
        case .boolean: "true or false"
        case .string: "text"
        case .size: "a count of bytes, such as 64KiB"
        case .choice: "one of \(self)"
        }
    }

    /// What is wrong with a value, or nil.
    func problem(with value: FieldValue) -> String? {
        switch (self, value) {
        case (.integer(let range), .integer(let number)):
            range.contains(number) ? nil : "\(number) is out of range"
        case (.number(let range), .number(let number)):
            range.contains(number) ? nil : "\(number) is out of range"
        case (.choice(let words), .string(let word)):
            words.contains(word) ? nil : "`\(word)` is not a choice"
        case (.size, .integer(let count)): count > 0 ? nil : "\(count) is not a size"
        case (.boolean, .boolean), (.string, .string): nil
        default: "\(value) is of another type"
        }
    }

    /// Reads a value as it stands in a file; nil if it is of another type.
    func value(of text: String) -> FieldValue? {
        switch self {
        case .integer: Int(text).map(FieldValue.integer)
        case .number: Double(text).flatMap { $0.isFinite ? .number($0) : nil }
        case .boolean: ["true": FieldValue.boolean(true), "false": .boolean(false)][text]
        case .string, .choice: .string(text)
        case .size: ByteSize.count(of: text).map(FieldValue.integer)
        }
    }
}
