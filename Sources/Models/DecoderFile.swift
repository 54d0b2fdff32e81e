internal import CKernels
package import Tensors

/// A tensor as a language model's file describes it.
package struct DecoderTensor: Sendable, Equatable {
    /// How its elements are kept.
    package var type: GGUFTensorType
    /// The lengths of the axes, the outermost first: [rows, columns] of a matrix.
    package var shape: [Int]
    /// Where the elements lie among the file's bytes.
    package var byteRange: Range<Int>
}

/// A language model's file in one of the formats: its tensors, its dimensions, its vocabulary.
package protocol DecoderFile: AnyObject, Sendable {
    /// The file's path, for messages.
    var path: String { get }
    /// Every tensor by the name that GGUF files give it.
    var tensors: [String: DecoderTensor] { get }

    /// The bytes of a tensor, valid as long as this object.
    func bytes(of tensor: DecoderTensor) -> UnsafeRawBufferPointer

    /// Tells the system that a tensor's bytes are not needed soon; they can be read as before.
    func release(_ tensor: DecoderTensor)

    /// What the file calls the model, if it does.
    func modelName() throws(ModelsError) -> String?

    /// The model's dimensions, which fit each other.
    func configuration() throws(ModelsError) -> LlamaConfiguration

    /// How text becomes the model's tokens.
    func tokenizer() throws(ModelsError) -> ModelTokenizer
}

extension DecoderFile {
    /// The tensor `name`, if it has `shape`.
    package func tensor(_ name: String, shape: [Int]) throws(ModelsError) -> DecoderTensor {
        guard let tensor = tensors[name] else { throw .missingTensor(file: path, tensor: name) }
        guard tensor.shape == shape else {
            throw .wrongShape(file: path, tensor: name, expected: shape, found: tensor.shape)
        }
        return tensor
    }

    /// A copy of the tensor `name` as floats.
    package func floats(
        _ name: String,
        shape: [Int],
        kernels: Kernels = .best
    ) throws(ModelsError) -> [Float] {
        let tensor = try tensor(name, shape: shape)
        return [Float](unsafeUninitializedCapacity: shape.reduce(1, *)) { floats, count in
            count = floats.count
            guard let target = floats.baseAddress, let source = bytes(of: tensor).baseAddress
            else { return }
            kernels.table.pointee.dequantize(
                tensor.type.kernelsFormat,
                source,
                count,
                target
            )
        }
    }
}

extension GGUFFile {
    package func modelName() throws(ModelsError) -> String? { try text("general.name") }

    package func configuration() throws(ModelsError) -> LlamaConfiguration {
        try LlamaConfiguration(self)
    }

    package func tokenizer() throws(ModelsError) -> ModelTokenizer { try ModelTokenizer(self) }
}

/// Opens a language model's file in the format that it is in.
enum DecoderFiles {
    /// The file at `path`.
    ///
    /// What begins as llama2.c's later versions do is read so, as is what begins otherwise than GGUF
    /// files and is named `.bin`: llama2.c's first version has no beginning of its own.
    static func open(_ path: String) throws(ModelsError) -> any DecoderFile {
        let file = try MappedFile(model: path)
        return isLlama2(file, path)
            ? try Llama2File(file, path: path) : try GGUFFile(file, path: path)
    }

    /// The files that the model at `path` is made of: with llama2.c's its tokenizer's, too.
    static func paths(ofModel path: String) throws(ModelsError) -> [String] {
        let file = try MappedFile(model: path)
        guard isLlama2(file, path) else { return [path] }
        let count = try Llama2Header(file.bytes, path: path).vocabularySize
        return [path, try Llama2Vocabulary.beside(path, tokenCount: count).path]
    }

    private static func isLlama2(_ file: MappedFile, _ path: String) -> Bool {
        Llama2Header.isVersioned(file.bytes)
            || (path.hasSuffix(".bin") && !GGUFHeader.isMagic(file.bytes))
    }
}
