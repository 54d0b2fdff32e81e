internal import Foundation
internal import Serialization
internal import Tensors
package import Text

/// A vector for each piece of a vocabulary, in 8 bits an element: the file of a static encoder.
///
/// A safetensors file with three tensors:
///
/// | tensor | type | what |
/// | --- | --- | --- |
/// | `vectors` | I8 [pieces, width] | a row for each piece, the weightiest dimension first |
/// | `scales` | F32 [pieces] | what a row is multiplied by |
/// | `vocabulary` | U8 [bytes] | the pieces in the order of their rows, each ended by a line feed |
///
/// and in its metadata `format` (`riverrun-static-1`), `digest` (of the tensors' bytes) and `teacher`
/// (the fingerprint of the encoder that it was distilled from).
package struct StaticTable: @unchecked Sendable {  // `vectors` is in `owner`, never written.
    /// Elements of a row, a multiple of 16.
    package let width: Int
    /// A row for each piece, [pieces, width].
    let vectors: UnsafePointer<Int8>
    /// What a row is multiplied by, [pieces].
    let scales: AlignedFloats
    let tokenizer: WordPieceTokenizer
    /// The digest of the tensors' bytes.
    package let digest: String
    /// The fingerprint of the encoder that it was distilled from.
    package let teacher: String
    private let owner: SafetensorsFile

    private static let format = "riverrun-static-1"

    /// Maps the file at `path`.
    ///
    /// - Parameters:
    ///   - path: What `StaticDistiller` wrote.
    ///   - known: A tokenizer that serves if the file has its vocabulary: making one takes long.
    /// - Throws: `ModelsError.staticEncoder` that says what is wrong with it.
    package init(
        file path: String,
        tokenizer known: WordPieceTokenizer? = nil
    ) throws(ModelsError) {
        do {
            try self.init(owner: try SafetensorsFile(path: path), tokenizer: known)
        } catch {
            throw .staticEncoder(error)
        }
    }

    private init(
        owner: SafetensorsFile,
        tokenizer known: WordPieceTokenizer?
    ) throws(ModelsError) {
        func malformed(_ reason: String) -> ModelsError {
            .malformed(file: owner.path, reason: reason)
        }
        guard owner.metadata["format"] == Self.format else {
            throw .unsupported(
                file: owner.path,
                setting: "format",
                found: owner.metadata["format"] ?? "missing",
                supported: Self.format
            )
        }
        let digest = try owner.tensorDigest().description
        guard owner.metadata["digest"] == digest else {
            throw malformed("its content does not match its digest")
        }
        guard let vocabulary = owner.entries["vocabulary"] else {
            throw .missingTensor(file: owner.path, tensor: "vocabulary")
        }
        let lines = owner.bytes(of: vocabulary)
        guard lines.last == UInt8(ascii: "\n") else {
            throw malformed("its vocabulary does not end a line")
        }
        if let known, known.vocabulary.elementsEqual(lines) {
            tokenizer = known
        } else {
            do {
                tokenizer = try WordPieceTokenizer(vocabulary: lines, file: owner.path)
            } catch {
                throw .vocabulary(error)
            }
        }
        let pieceCount = tokenizer.vocabularySize
        guard let rows = owner.entries["vectors"] else {
            throw .missingTensor(file: owner.path, tensor: "vectors")
        }
        guard rows.type == "I8", rows.shape.count == 2, rows.shape[0] == pieceCount,
            rows.shape[1] > 0, rows.shape[1].isMultiple(of: 16),
            let start = owner.bytes(of: rows).baseAddress
        else {
            throw .malformedTensor(
                file: owner.path,
                tensor: "vectors",
                reason: "\(rows.type) of shape \(rows.shape), where I8 of shape "
                    + "[\(pieceCount), a multiple of 16] is expected"
            )
        }
        let scales = try owner.floats("scales", shape: [pieceCount])
        guard scales.allSatisfy(\.isFinite) else {
            throw .malformedTensor(
                file: owner.path,
                tensor: "scales",
                reason: "it holds a number that is not finite"
            )
        }
        width = rows.shape[1]
        vectors = start.assumingMemoryBound(to: Int8.self)
        self.scales = AlignedFloats(scales)
        self.digest = digest
        teacher = owner.metadata["teacher"] ?? ""
        self.owner = owner
    }

    /// Writes the table of `rows` [pieces, width], each quantized on its own, in one step: a reader
    /// sees the old file or the new one.
    static func write(
        rows: [Float],
        width: Int,
        vocabulary: [UInt8],
        teacher: String,
        to path: String
    ) throws(ModelsError) {
        var elements: [Int8] = []
        var scales: [Float] = []
        elements.reserveCapacity(rows.count)
        for start in stride(from: 0, to: rows.count, by: width) {
            let row = rows[start..<(start + width)]
            let scale = row.reduce(0) { max($0, abs($1)) } / 127
            scales.append(scale)
            elements += row.map { scale > 0 ? Int8(($0 / scale).rounded()) : 0 }
        }
        var writer = SafetensorsWriter()
        writer.add("scales", shape: [scales.count], scales)
        writer.add("vectors", shape: [scales.count, width], elements)
        writer.add("vocabulary", vocabulary)
        // Rows that begin with a cache line lie in as few of them as they can.
        let file = writer.file(
            metadata: [
                "format": format, "digest": ContentDigest(of: writer.bytes).description,
                "teacher": teacher,
            ],
            aligned: "vectors"
        )
        do {
            let url = URL(filePath: path)
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(),
                withIntermediateDirectories: true
            )
            try Data(file).write(to: url, options: .atomic)
        } catch {
            throw .unwritable(file: path, reason: error.localizedDescription)
        }
    }
}
