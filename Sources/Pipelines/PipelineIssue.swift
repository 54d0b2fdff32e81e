public import Diagnostics

/// Something wrong in a pipeline file, with its place.
public struct PipelineIssue: Sendable, Equatable, CustomStringConvertible {
    /// The file.
    public let file: String
    /// The line, from 1.
    public let line: Int
    /// The column, from 1.
    public let column: Int
    /// What is wrong.
    public let problem: String
    /// What to do.
    public let mend: String

    /// `file:line:column: error: problem; mend`.
    public var description: String {
        "\(file):\(line):\(column): error: \(problem); \(mend)"
    }
}

/// What can go wrong with pipeline files.
public enum PipelineError: DiagnosticError, Equatable {
    /// A file has these faults.
    case invalid([PipelineIssue])
    /// A file cannot be read.
    case unreadable(path: String, reason: String)
    /// A stage named outside the file is not in the pipeline.
    case noSuchStage(name: String, present: [String])
    /// A setting given outside the file does not fit.
    case badSetting(setting: String, reason: String)

    public var problem: String {
        switch self {
        case .invalid(let issues): issues.map(\.description).joined(separator: "\n")
        case .unreadable(let path, let reason): "\(path): cannot read the pipeline: \(reason)"
        case .noSuchStage(let name, let present):
            "there is no stage `\(name)` in the pipeline, which has \(present.joined(separator: ", "))"
        case .badSetting(let setting, let reason): "--set \(setting): \(reason)"
        }
    }

    public var mend: String? {
        switch self {
        case .invalid: nil
        case .unreadable: "check the path"
        case .noSuchStage: "name one of these"
        case .badSetting: "write it as STAGE.KEY=VALUE; `riverrun check --reference` lists the keys"
        }
    }

    public var exitCode: ExitCode {
        switch self {
        case .invalid: .configuration
        case .unreadable: .noInput
        case .noSuchStage, .badSetting: .usage
        }
    }
}
