internal import Tensors

/// A model in one of llama2.c's formats, mapped; its length is checked before anything is used.
///
/// Behind the header come the tensors, nothing between them, those of one kind for all layers together.
/// Version 0 begins with the embedding, and has tables of cosines and sines, which are passed over;
/// versions 1 and 2 begin with the norms. All are floats, but the matrices of version 2: whole numbers
/// of one byte, row by row, and behind a matrix one float for each group, its scale. These are read
/// into blocks of Q8_0, whose scales are halves.
///
/// - Source: github.com/karpathy/llama2.c, `export.py`, `run.c` and `runq.c`.
final class Llama2File: DecoderFile {
    let path: String
    let tensors: [String: DecoderTensor]
    private let header: Llama2Header
    private let file: MappedFile
    /// The matrices of version 2.
    private let blocks: AlignedBytes?

    /// Checks the header, the length and that all numbers are finite.
    ///
    /// - Complexity: O(bytes), which are looked at once.
    init(_ file: MappedFile, path: String) throws(ModelsError) {
        self.file = file
        self.path = path
        header = try Llama2Header(file.bytes, path: path)
        let parts = Self.parts(of: header)
        try Self.check(file.bytes.count, parts, header, path)
        var reader = Llama2Reader(file: file, header: header, path: path)
        for part in parts {
            for layer in 0..<(part.isOfLayers ? header.layerCount : 1) {
                try reader.read(part, name: part.name(ofLayer: layer))
            }
        }
        tensors = reader.tensors
        blocks = reader.blocks
    }

    func bytes(of tensor: DecoderTensor) -> UnsafeRawBufferPointer {
        guard tensor.type == .q8_0, let blocks else {
            return UnsafeRawBufferPointer(rebasing: file.bytes[tensor.byteRange])
        }
        return UnsafeRawBufferPointer(
            start: blocks.pointer + tensor.byteRange.lowerBound,
            count: tensor.byteRange.count
        )
    }

    func release(_ tensor: DecoderTensor) {
        if tensor.type != .q8_0 { file.release(tensor.byteRange) }
    }

    func modelName() -> String? { nil }

    func configuration() -> LlamaConfiguration { header.configuration }

    func tokenizer() throws(ModelsError) -> ModelTokenizer {
        try Llama2Vocabulary.beside(path, tokenCount: header.vocabularySize).tokenizer()
    }

    // MARK: - What is where

    /// A kind of tensor: one of each layer, or one of the model.
    struct Part {
        /// GGUF's name, behind the layer's; nil for what is passed over.
        let name: String?
        let shape: [Int]
        var isOfLayers = false

        func name(ofLayer layer: Int) -> String? {
            name.map { (isOfLayers ? "blk.\(layer)." : "") + $0 + ".weight" }
        }
    }

    private static func parts(of header: Llama2Header) -> [Part] {
        let (width, inner) = (header.hiddenSize, header.feedForwardSize)
        func layers(_ name: String, _ shape: Int...) -> Part {
            Part(name: name, shape: shape, isOfLayers: true)
        }
        let embedding = Part(name: "token_embd", shape: [header.vocabularySize, width])
        let attention = [
            layers("attn_q", width, width), layers("attn_k", header.keyValueSize, width),
            layers("attn_v", header.keyValueSize, width), layers("attn_output", width, width),
        ]
        let feedForward = [
            layers("ffn_gate", inner, width), layers("ffn_down", width, inner),
            layers("ffn_up", inner, width),
        ]
        let norms = [layers("attn_norm", width), layers("ffn_norm", width)]
        let outputNorm = Part(name: "output_norm", shape: [width])
        let output =
            header.isTied ? [] : [Part(name: "output", shape: [header.vocabularySize, width])]
        guard header.version == 0 else {
            return norms + [outputNorm, embedding] + attention + feedForward + output
        }
        let turns = Part(name: nil, shape: [header.contextLength, header.headSize])
        return [embedding, norms[0]] + attention + [norms[1]] + feedForward + [outputNorm, turns]
            + output
    }

    /// Checks that the file has as many bytes as its header calls for.
    private static func check(
        _ byteCount: Int,
        _ parts: [Part],
        _ header: Llama2Header,
        _ path: String
    ) throws(ModelsError) {
        var expected = header.byteCount
        for part in parts {
            // Counts are less than 2^31 each, so the product of two fits, and the sum of two.
            let elementCount = part.shape.reduce(1, *)
            let isMatrix = part.shape.count == 2
            let bytes: (Int, Bool) =
                if let groupLength = header.groupLength, isMatrix {
                    (elementCount + 4 * (elementCount / groupLength), false)
                } else {
                    elementCount.multipliedReportingOverflow(by: 4)
                }
            let layers = part.isOfLayers ? header.layerCount : 1
            let (all, overflows) = bytes.0.multipliedReportingOverflow(by: layers)
            let (sum, sumOverflows) = expected.addingReportingOverflow(all)
            guard !bytes.1, !overflows, !sumOverflows else {
                throw .malformed(
                    file: path,
                    reason: "its header calls for more bytes than any file has"
                )
            }
            expected = sum
        }
        if byteCount < expected {
            throw .truncated(file: path, expectedByteCount: expected, byteCount: byteCount)
        }
        guard byteCount == expected else {
            throw .malformed(
                file: path,
                reason: "it has \(byteCount) bytes, and its header calls for \(expected)"
            )
        }
    }
}

/// Goes through the tensors of a file that is as long as its header calls for.
private struct Llama2Reader {
    private let file: MappedFile
    private let header: Llama2Header
    private let path: String
    private var offset: Int
    private var blockOffset = 0
    private(set) var tensors: [String: DecoderTensor] = [:]
    /// The blocks of the matrices in groups; null if the file has none.
    let blocks: AlignedBytes?

    init(file: MappedFile, header: Llama2Header, path: String) {
        self.file = file
        self.header = header
        self.path = path
        offset = header.byteCount
        // The file has a byte for each weight and scales besides, blocks have two bytes for each 32.
        let size = (file.bytes.count - offset) / 32 * 34 + 34
        blocks = header.groupLength.map { _ in AlignedBytes(uninitializedCount: size) }
    }

    mutating func read(_ part: Llama2File.Part, name: String?) throws(ModelsError) {
        let elementCount = part.shape.reduce(1, *)
        if let groupLength = header.groupLength, let blocks, part.shape.count == 2 {
            return try read(part, name ?? "", elementCount, groupLength, into: blocks)
        }
        let range = offset..<(offset + 4 * elementCount)
        offset = range.upperBound
        guard let name else { return }
        try checkFinite(range, name)
        tensors[name] = DecoderTensor(type: .f32, shape: part.shape, byteRange: range)
    }

    /// Reads a matrix in groups.
    private mutating func read(
        _ part: Llama2File.Part,
        _ name: String,
        _ elementCount: Int,
        _ groupLength: Int,
        into blocks: AlignedBytes
    ) throws(ModelsError) {
        let start = blockOffset
        let scales = offset + elementCount
        for group in 0..<(elementCount / groupLength) {
            let scale = float(at: scales + 4 * group)
            let half = Float16(scale)
            guard half.isFinite else {
                throw .malformedTensor(
                    file: path,
                    tensor: name,
                    reason: "the scale of group \(group) is \(scale), which no half can hold"
                )
            }
            for block in 0..<(groupLength / 32) {
                let start = offset + group * groupLength + 32 * block
                let weights = UnsafeRawBufferPointer(rebasing: file.bytes[start..<(start + 32)])
                let target = blocks.pointer + blockOffset
                target.storeBytes(of: half.bitPattern.littleEndian, as: UInt16.self)
                UnsafeMutableRawBufferPointer(start: target + 2, count: 32).copyMemory(
                    from: weights
                )
                blockOffset += 34
            }
        }
        offset = scales + 4 * (elementCount / groupLength)
        tensors[name] = DecoderTensor(
            type: .q8_0,
            shape: part.shape,
            byteRange: start..<blockOffset
        )
    }

    private func float(at offset: Int) -> Float {
        let bits = file.bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
        return Float(bitPattern: bits.littleEndian)
    }

    /// Checks that no float among some bytes is infinite or no number.
    private func checkFinite(_ range: Range<Int>, _ name: String) throws(ModelsError) {
        let bytes = UnsafeRawBufferPointer(rebasing: file.bytes[range])
        // Mapped from a page's beginning, with tensors at multiples of 4.
        var largest: UInt32 = 0
        for bits in bytes.bindMemory(to: UInt32.self) {
            largest = max(largest, UInt32(littleEndian: bits) & 0x7FFF_FFFF)
        }
        let infinity: UInt32 = 0x7F80_0000
        guard largest >= infinity,
            let place = stride(from: range.lowerBound, to: range.upperBound, by: 4)
                .first(where: { !float(at: $0).isFinite })
        else { return }
        throw .malformedTensor(
            file: path,
            tensor: name,
            reason: "the number at offset \(place) is \(float(at: place))"
        )
    }
}
