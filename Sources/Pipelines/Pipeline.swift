public import Dataflow

/// A pipeline that was checked: its stages with the effective values of all their keys.
public struct Pipeline: Sendable {
    /// A stage in its place.
    public struct Item: Sendable {
        /// The stage's declaration.
        public let spec: StageSpec
        /// Its keys' values.
        public var settings: StageSettings
    }

    /// Its name, by which the store knows its checkpoints.
    public let name: String
    /// What it does.
    public let description: String
    /// The source, then the stages.
    public var items: [Item]
    /// After how many bytes a checkpoint follows.
    public var checkpointBytes: Int
    /// How much each channel holds.
    public var channelCapacity: ChannelCapacity

    /// Whether a stage of a name is in it.
    public func contains(_ stage: String) -> Bool {
        items.contains { $0.spec.name == stage }
    }

    /// The items behind the first stage of a name.
    public func items(behind stage: String) -> ArraySlice<Item> {
        items.drop { $0.spec.name != stage }.dropFirst()
    }

    /// The effective values of all keys of all stages, a line each: `chunk.maximum_bytes=4096`.
    ///
    /// Two pipelines with the same lines do the same to a stream.
    public var effectiveSettings: String {
        items.map { item in
            let fields = item.spec.fields.map { field in
                let value = item.settings.values[field.name] ?? field.defaultValue
                return "\(item.spec.name).\(field.name)=\(value)\n"
            }
            return fields.isEmpty ? "\(item.spec.name)\n" : fields.joined()
        }.joined()
    }

    /// The columns behind each item, in order.
    public var columns: [[ColumnSpec]] {
        var current: [ColumnSpec] = []
        return items.map { item in
            current = current.after(item.spec)
            return current
        }
    }

    /// Makes the stages and joins them.
    ///
    /// - Parameters:
    ///   - definitions: How each stage is made.
    ///   - environment: What the stages get beside their keys.
    ///   - taps: Closures that see every batch behind a stage.
    /// - Returns: A run that has not started.
    /// - Throws: What a stage throws that cannot be made.
    public func assemble<Environment>(
        _ definitions: [StageDefinition<Environment>],
        environment: Environment,
        taps: [String: @Sendable (Batch) async throws -> Void] = [:]
    ) async throws -> PipelineRun {
        var source: PipelineRun.Named<any Source>?
        var stages: [PipelineRun.Named<any Stage>] = []
        for item in items {
            let name = item.spec.name
            guard let definition = definitions.first(where: { $0.spec.name == name }) else {
                preconditionFailure("the pipeline was checked against these definitions")
            }
            switch definition.make {
            case .source(let make):
                source = .init(name, try await make(item.settings, environment))
            case .stage(let make):
                stages.append(.init(name, try await make(item.settings, environment)))
            }
        }
        guard let source else { preconditionFailure("a checked pipeline has a source") }
        return PipelineRun(
            source: source,
            stages: stages,
            configuration: RunConfiguration(
                channelCapacity: channelCapacity,
                checkpointBytes: checkpointBytes,
                taps: taps
            )
        )
    }
}

extension [ColumnSpec] {
    /// The columns that leave a stage into which these come.
    func after(_ spec: StageSpec) -> [ColumnSpec] {
        let kept = spec.rows == .kept ? self : []
        return kept.filter { column in !spec.adds.contains { $0.name == column.name } } + spec.adds
    }
}
