public import Dataflow

/// A stage's declaration together with how it is made.
///
/// `Environment` is what a run gives its stages beside their keys: inputs, a store, a model.
public struct StageDefinition<Environment: Sendable>: Sendable {
    /// What a definition makes.
    public enum Maker: Sendable {
        /// Makes a source.
        case source(@Sendable (StageSettings, Environment) async throws -> any Source)
        /// Makes a stage.
        case stage(@Sendable (StageSettings, Environment) async throws -> any Stage)
    }

    /// The declaration.
    public let spec: StageSpec
    /// How it is made.
    public let make: Maker

    /// A source's definition.
    public init(
        _ spec: StageSpec,
        source: @escaping @Sendable (StageSettings, Environment) async throws -> any Source
    ) {
        precondition(spec.position == .source, "a source stands first")
        self.spec = spec
        make = .source(source)
    }

    /// A stage's definition.
    public init(
        _ spec: StageSpec,
        stage: @escaping @Sendable (StageSettings, Environment) async throws -> any Stage
    ) {
        precondition(spec.position == .middle, "a stage stands behind a source")
        self.spec = spec
        make = .stage(stage)
    }
}

/// The effective values of a stage's keys: what the file says, and the defaults for the rest.
public struct StageSettings: Sendable, Equatable {
    /// Each key of the stage's declaration with its value.
    public private(set) var values: [String: FieldValue]

    /// The defaults of a declaration.
    public init(defaultsOf spec: StageSpec) {
        values = Dictionary(uniqueKeysWithValues: spec.fields.map { ($0.name, $0.defaultValue) })
    }

    /// Sets the value of a declared key.
    ///
    /// - Precondition: The key is declared.
    public mutating func set(_ key: String, _ value: FieldValue) {
        precondition(values[key] != nil, "the key \(key) is declared")
        values[key] = value
    }

    /// A whole number or a count of bytes.
    public func integer(_ key: String) -> Int {
        guard case .integer(let value)? = values[key] else { undeclared(key, "integer") }
        return value
    }

    /// A number.
    public func number(_ key: String) -> Double {
        guard case .number(let value)? = values[key] else { undeclared(key, "number") }
        return value
    }

    /// True or false.
    public func boolean(_ key: String) -> Bool {
        guard case .boolean(let value)? = values[key] else { undeclared(key, "boolean") }
        return value
    }

    /// Text or a choice.
    public func string(_ key: String) -> String {
        guard case .string(let value)? = values[key] else { undeclared(key, "string") }
        return value
    }

    private func undeclared(_ key: String, _ type: String) -> Never {
        preconditionFailure("the stage declares no \(type) key \(key)")
    }
}
