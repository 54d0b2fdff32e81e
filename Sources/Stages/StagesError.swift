public import Diagnostics

/// What can go wrong where a capability joins the flow.
public enum StagesError: DiagnosticError, Equatable {
    /// A pipeline needs a store and none was named.
    case noStore(stage: String)
    /// No folder holds the sentence encoder.
    case noEncoder(searched: [String])
    /// No folder holds the static encoder.
    case noStaticEncoder(searched: [String])
    /// Another width was asked for than the encoder has.
    case fixedWidth(width: Int, encoderWidth: Int)
    /// A pipe brings a document whose id is taken by another text.
    case documentExists(id: String)
    /// A stage's state in a checkpoint cannot be read.
    case unusableState(stage: String, reason: String)
    /// There is no document of this id.
    case noSuchDocument(id: String, store: String)
    /// There are no inputs.
    case noInputs

    public var problem: String {
        switch self {
        case .noStore(let stage): "`\(stage)` needs a store"
        case .noEncoder(let searched):
            "no sentence encoder: looked for model.safetensors in \(searched.joined(separator: ", "))"
        case .noStaticEncoder(let searched):
            "no static encoder: looked for \(searched.joined(separator: ", "))"
        case .fixedWidth(let width, let encoderWidth):
            "`embed` is to make vectors of \(width) dimensions, the encoder makes \(encoderWidth)"
        case .documentExists(let id):
            "the store holds another text as document `\(id)`"
        case .unusableState(let stage, let reason):
            "the checkpoint's state of `\(stage)` cannot be used: \(reason)"
        case .noSuchDocument(let id, let store): "store \(store) holds no document `\(id)`"
        case .noInputs: "there is nothing to read"
        }
    }

    public var mend: String? {
        switch self {
        case .noStore: "pass --store FOLDER"
        case .noEncoder: "run `make setup`, or pass --models FOLDER"
        case .noStaticEncoder: "run `riverrun models distill`, or pass --models FOLDER"
        case .fixedWidth: "leave out `width`, or ingest into a new store with `model: static`"
        case .documentExists: "name this one with --id"
        case .unusableState: "read the input anew with --restart"
        case .noSuchDocument: "`riverrun inspect STORE documents` lists them"
        case .noInputs: "name files or folders, or pipe text in"
        }
    }

    public var exitCode: ExitCode {
        switch self {
        case .noStore, .noInputs, .fixedWidth: .usage
        case .noEncoder, .noStaticEncoder: .unavailable
        case .documentExists, .unusableState: .dataError
        case .noSuchDocument: .noInput
        }
    }
}
