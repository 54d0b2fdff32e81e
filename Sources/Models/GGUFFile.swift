internal import Tensors

/// A model in a GGUF file, mapped; every length and offset is checked before it is used.
///
/// | bytes | what |
/// | --- | --- |
/// | 4 | `GGUF` |
/// | 4 | version, 2 or 3; all numbers are little-endian |
/// | 8, 8 | how many tensors, how many metadata entries |
/// | then | entries: key, type, value |
/// | then | tensors: name, axes (the innermost first), type, offset from the data's beginning |
/// | then | the data, it and each tensor at a multiple of `general.alignment`, 32 unless given |
///
/// - Complexity: O(bytes before the data) to open; arrays and tensors stay in the file.
/// - Source: github.com/ggml-org/ggml, docs/gguf.md.
package final class GGUFFile: DecoderFile {
    /// The file's path, for messages.
    package let path: String
    /// Every metadata entry by its key.
    package let metadata: [String: GGUFValue]
    /// Every tensor by name.
    package let tensors: [String: DecoderTensor]
    private let file: MappedFile

    /// Maps the file at `path` and checks all that stands before the data.
    ///
    /// - Throws: If the file cannot be read, is truncated, contradicts itself or has a tensor of a
    ///   type that is not supported.
    package convenience init(path: String) throws(ModelsError) {
        try self.init(MappedFile(model: path), path: path)
    }

    /// The file at `path`, which is mapped.
    init(_ file: MappedFile, path: String) throws(ModelsError) {
        self.file = file
        self.path = path
        var cursor = GGUFCursor(bytes: file.bytes, path: path)
        let counts = try GGUFHeader.counts(from: &cursor, path: path)
        metadata = try GGUFHeader.metadata(from: &cursor, count: counts.entries, path: path)
        tensors = try GGUFHeader.tensors(
            from: &cursor,
            count: counts.tensors,
            alignment: try GGUFHeader.alignment(of: metadata, path: path),
            fileByteCount: file.bytes.count,
            path: path
        )
    }

    /// The bytes of a tensor, valid as long as this object.
    package func bytes(of tensor: DecoderTensor) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: file.bytes[tensor.byteRange])
    }

    /// Tells the system that a tensor's bytes are not needed soon; they can be read as before.
    package func release(_ tensor: DecoderTensor) { file.release(tensor.byteRange) }

    // MARK: - Arrays

    /// The strings of an array, or nil if it has none.
    package func strings(of array: GGUFArray) throws(ModelsError) -> [[UInt8]]? {
        guard array.elementType == .string else { return nil }
        var cursor = cursor(at: array)
        var strings: [[UInt8]] = []
        strings.reserveCapacity(array.count)
        for _ in 0..<array.count { strings.append(try cursor.string()) }
        return strings
    }

    /// The numbers of an array, or nil if it has none.
    package func numbers(of array: GGUFArray) throws(ModelsError) -> [Double]? {
        var cursor = cursor(at: array)
        var numbers: [Double] = []
        numbers.reserveCapacity(array.count)
        for _ in 0..<array.count {
            let value = try cursor.value(array.elementType, key: "an array")
            guard let number = value.number else { return nil }
            numbers.append(number)
        }
        return numbers
    }

    private func cursor(at array: GGUFArray) -> GGUFCursor {
        GGUFCursor(bytes: file.bytes, path: path, offset: array.byteRange.lowerBound)
    }
}
