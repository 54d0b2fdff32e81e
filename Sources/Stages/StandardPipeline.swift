public import Pipelines

/// The pipelines that are part of the program: the files of `pipelines/`, compiled in.
public enum StandardPipeline: String, CaseIterable, Sendable {
    case ingest
    case ask
    case summarize
    case segments
    case concepts

    /// The file's text.
    public var yaml: String {
        String(decoding: bytes, as: UTF8.self)
    }

    /// The pipeline, checked.
    public func pipeline() throws(PipelineError) -> Pipeline {
        try StandardStages.reader.pipeline(from: yaml, file: "pipelines/\(rawValue).yaml")
    }

    private var bytes: [UInt8] {
        switch self {
        case .ingest: PackageResources.ingest_yaml
        case .ask: PackageResources.ask_yaml
        case .summarize: PackageResources.summarize_yaml
        case .segments: PackageResources.segments_yaml
        case .concepts: PackageResources.concepts_yaml
        }
    }
}
