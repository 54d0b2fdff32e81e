public import Diagnostics
public import Text

/// What can go wrong in loading a model.
public enum ModelsError: DiagnosticError, Equatable {
    /// The model's folder is not there.
    case missingFolder(String)
    /// A file of the model cannot be read.
    case unreadable(file: String, reason: String)
    /// A file of the model ends before what it announces.
    case truncated(file: String, expectedByteCount: Int, byteCount: Int)
    /// A file of the model is not of its format.
    case malformed(file: String, reason: String)
    /// A tensor's description in a weights file contradicts itself, the file or another tensor.
    case malformedTensor(file: String, tensor: String, reason: String)
    /// A weights file lacks a tensor.
    case missingTensor(file: String, tensor: String)
    /// A tensor has another shape than the configuration calls for.
    case wrongShape(file: String, tensor: String, expected: [Int], found: [Int])
    /// The model is of a kind that is not supported.
    case unsupported(file: String, setting: String, found: String, supported: String)
    /// The tokenizer's vocabulary cannot be used.
    case vocabulary(WordPieceError)
    /// The file of a static encoder cannot be used.
    indirect case staticEncoder(ModelsError)
    /// An encoder's vectors cannot be had in this width.
    case width(Int, widest: Int)
    /// The file of a decoder cannot be used.
    indirect case decoder(ModelsError)
    /// No file of a tokenizer with so many tokens is beside a decoder's file.
    case noTokenizer(file: String, tokenCount: Int, found: [String])
    /// A decoder's context cannot hold so many tokens.
    case context(tokenCount: Int, limit: Int)
    /// The keys and values of a decoder's context take more memory than there is.
    case contextMemory(tokenCount: Int, neededBytes: Int, limitBytes: Int)
    /// What was kept at an earlier position of a text is gone.
    case rewind(position: Int)
    /// A block of what a decoder has read cannot be had, or not be kept.
    case shelf(problem: String, mend: String?, exitCode: ExitCode = .dataError)
    /// A decoder's vocabulary has no landmark.
    case noLandmark(name: String)
    /// A window is longer than the text that a decoder was made for.
    case window(length: Int, limit: Int)
    /// A decoder has no such layer.
    case layer(Int, layerCount: Int)
    /// All layers of a decoder were left out.
    case noLayers
    /// A file cannot be written.
    case unwritable(file: String, reason: String)

    /// What is wrong, in one line whatever the names in a file are.
    public var problem: String { wording.onOneLine }

    private var wording: String {
        switch self {
        case .missingFolder(let folder):
            "the model folder \(folder) does not exist"
        case .unreadable(let file, let reason):
            "cannot read \(file): \(reason)"
        case .truncated(let file, let expectedByteCount, let byteCount):
            "\(file) is truncated: \(expectedByteCount) bytes expected, \(byteCount) there"
        case .malformed(let file, let reason):
            "\(file) is malformed: \(reason)"
        case .malformedTensor(let file, let tensor, let reason):
            "\(file) is malformed at tensor \(tensor): \(reason)"
        case .missingTensor(let file, let tensor):
            "\(file) lacks the tensor \(tensor)"
        case .wrongShape(let file, let tensor, let expected, let found):
            "\(file) has tensor \(tensor) of shape \(found), where \(expected) is expected"
        case .unsupported(let file, let setting, let found, let supported):
            "\(file) says \(setting) is \(found), where \(supported) is supported"
        case .vocabulary(let error):
            error.problem
        case .staticEncoder(let error), .decoder(let error):
            error.wording
        case .noTokenizer(let file, let tokenCount, let found):
            "no tokenizer of \(tokenCount) tokens is beside \(file)"
                + (found.isEmpty ? "" : ": " + found.joined(separator: ", "))
        case .context(let tokenCount, let limit):
            "the context holds \(limit) tokens, and \(tokenCount) are needed"
        case .width(let width, let widest):
            "vectors of \(width) dimensions were asked for, the encoder has \(widest)"
        case .contextMemory(let tokenCount, let neededBytes, let limitBytes):
            "a context of \(tokenCount) tokens takes \(neededBytes) bytes of memory, of \(limitBytes)"
        case .rewind(let position):
            "what was known at token \(position) is no longer kept"
        case .noLandmark(let name):
            "the model has no token \(name), so it was not trained for landmark attention"
        case .shelf(let problem, _, _):
            problem
        case .window(let length, let limit):
            "a window of \(length) tokens is longer than the \(limit) that the model was made for"
        case .layer(let layer, let layerCount):
            "layer \(layer) was named, and the model has layers 0 to \(layerCount - 1)"
        case .noLayers:
            "all layers of the model were left out"
        case .unwritable(let file, let reason):
            "cannot write \(file): \(reason)"
        }
    }

    public var mend: String? {
        switch self {
        case .missingFolder: "run `make setup` to fetch the model"
        case .staticEncoder: "run `riverrun models distill` to make it again"
        case .width(_, let widest): "ask for a multiple of 16 up to \(widest), or for all"
        case .unwritable: "name another file with --output"
        case .decoder(.unreadable): "name a GGUF file, or one of llama2.c's, with --model"
        case .decoder(.noTokenizer): "put its tokenizer there, as llama2.c names it: tokenizer.bin"
        case .decoder(.unsupported):
            "use a GGUF file of a Llama, Mistral, Qwen2 or Qwen3 model in a supported type"
        case .decoder: "fetch or convert the file again"
        case .context:
            "shorten the prompt, raise --context as far as the model goes, or take --attention infllm"
        case .contextMemory: "lower --context"
        case .rewind: "use full attention"
        case .noLandmark: "take --attention infllm, which needs no training"
        case .layer: "name layers that it has"
        case .noLayers: "leave out fewer with --skip-layers"
        case .shelf(_, let mend, _): mend
        case .window: "take a shorter --window, or --attention full"
        case .unsupported: "use a model of the kind of all-MiniLM-L6-v2"
        default: "run `make setup` to fetch the model again"
        }
    }

    public var exitCode: ExitCode {
        switch self {
        case .unwritable: .cannotCreate
        case .shelf(_, _, let exitCode): exitCode
        case .width, .context, .window, .noLandmark, .contextMemory, .rewind, .layer, .noLayers:
            .usage
        case .decoder(.unreadable), .decoder(.noTokenizer): .noInput
        case .decoder(.unsupported): .unavailable
        case .decoder: .dataError
        default: .unavailable
        }
    }
}
