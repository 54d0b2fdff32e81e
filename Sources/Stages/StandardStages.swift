public import Pipelines

/// The stages that pipeline files may name, in the order of the chain.
public enum StandardStages {
    /// Each stage's declaration and how it is made.
    public static let definitions: [StageDefinition<StageEnvironment>] = [
        StageDefinition(
            IngestStage.spec,
            source: { try IngestStage(settings: $0, environment: $1) }
        ),
        StageDefinition(ChunkStage.spec, stage: { try ChunkStage(settings: $0, environment: $1) }),
        StageDefinition(StructurizeStage.spec, stage: { settings, _ in StructurizeStage() }),
        StageDefinition(EmbedStage.spec, stage: { try EmbedStage(settings: $0, environment: $1) }),
        StageDefinition(
            EncodeStage.spec,
            stage: { try EncodeStage(settings: $0, environment: $1) }
        ),
        StageDefinition(StoreStage.spec, stage: { try StoreStage(settings: $0, environment: $1) }),
        StageDefinition(
            RetrieveStage.spec,
            stage: { try RetrieveStage(settings: $0, environment: $1) }
        ),
        StageDefinition(
            GenerateStage.spec,
            stage: { try await GenerateStage(settings: $0, environment: $1) }
        ),
    ]

    /// The declarations alone.
    public static var specs: [StageSpec] { definitions.map(\.spec) }

    /// A reader of pipeline files that knows these stages.
    public static var reader: PipelineReader { PipelineReader(specs: specs) }
}
