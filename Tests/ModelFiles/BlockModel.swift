package import Models

/// A model of one layer, all of whose matrices are random blocks of one of GGUF's formats.
///
/// `scripts/make_llama_cpp_fixture.py` makes the same bytes.
package struct BlockModel {
    private let type: GGUFTensorType
    private let hiddenSize = 256
    private let keyValueSize = 128

    /// A matrix whose weights are larger than they should be, and by which factor.
    private let wrong: (name: String, factor: Float)?

    /// The model of a format, with one matrix wrong if that is asked.
    package init(_ type: GGUFTensorType, wrong: (name: String, factor: Float)? = nil) {
        self.type = type
        self.wrong = wrong
    }

    /// The model's file.
    package func gguf() -> GGUFWriter {
        var writer = SmallModel(isTied: true).gguf()
        let sizes = [
            "llama.embedding_length": hiddenSize, "llama.feed_forward_length": hiddenSize,
            "llama.block_count": 1,
        ]
        writer.metadata = writer.metadata.map { key, value in
            (key, sizes[key].map { .unsigned(UInt32($0)) } ?? value)
        }
        writer.tensors = []
        let matrices = [
            ("token_embd", SmallModel.tokens.count), ("output", SmallModel.tokens.count),
            ("blk.0.attn_q", hiddenSize), ("blk.0.attn_k", keyValueSize),
            ("blk.0.attn_v", keyValueSize), ("blk.0.attn_output", hiddenSize),
            ("blk.0.ffn_gate", hiddenSize), ("blk.0.ffn_up", hiddenSize),
            ("blk.0.ffn_down", hiddenSize),
        ]
        for (index, (name, rows)) in matrices.enumerated() {
            let factor = wrong?.name == name ? wrong?.factor ?? 1 : 1
            writer.tensors.append(
                .init(
                    "\(name).weight",
                    [UInt64(hiddenSize), UInt64(rows)],
                    type: type.rawValue,
                    bytes: blocks(ofTensor: index, elementCount: rows * hiddenSize, factor)
                )
            )
        }
        for (index, name) in ["blk.0.attn_norm", "blk.0.ffn_norm", "output_norm"].enumerated() {
            let bytes = Self.bytes(ofTensor: 100 + index, count: 4 * hiddenSize)
            writer.tensors.append(
                .init(
                    "\(name).weight",
                    [UInt64(hiddenSize)],
                    floats: Self.signed(bytes).map { 1 + $0 * 0.2 }
                )
            )
        }
        return writer
    }

    /// Bytes that a tensor's number fixes.
    private static func bytes(ofTensor index: Int, count: Int) -> [UInt8] {
        var generator = SplitMix64(UInt64(1000 + index))
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count + 7)
        while bytes.count < count { bytes += littleEndian(generator.next()) }
        return Array(bytes.prefix(count))
    }

    /// Fours of bytes as numbers from -1 to 1.
    private static func signed(_ bytes: [UInt8]) -> [Float] {
        stride(from: 0, to: bytes.count, by: 4).map { start in
            let bits = bytes[start..<(start + 4)].reversed().reduce(UInt32(0)) {
                $0 << 8 | UInt32($1)
            }
            return Float(Int32(bitPattern: bits)) / 2_147_483_648
        }
    }

    private func blocks(
        ofTensor index: Int,
        elementCount: Int,
        _ factor: Float
    ) -> [UInt8] {
        guard let scale = Self.scales[type] else {
            let values = Self.signed(Self.bytes(ofTensor: index, count: 4 * elementCount))
                .map { $0 * 0.11 * factor }
            return switch type {
            case .f16: values.flatMap { littleEndian(Float16($0).bitPattern) }
            case .bf16: values.flatMap { littleEndian(UInt16($0.bitPattern >> 16)) }
            default: values.flatMap { littleEndian($0.bitPattern) }
            }
        }
        let size = type.blockByteCount
        var bytes = Self.bytes(
            ofTensor: index,
            count: elementCount / type.blockLength * size
        )
        for start in stride(from: 0, to: bytes.count, by: size) {
            // The block's first bytes choose its scale's size and sign before they are overwritten.
            let size = scale.size * factor * (0.5 + Float(bytes[start]) / 256)
            let isNegative = scale.least == nil && bytes[start + 1] % 2 == 1
            let half = Float16(isNegative ? -size : size)
            let place = start + scale.offset
            bytes.replaceSubrange(place..<(place + 2), with: littleEndian(half.bitPattern))
            guard let least = scale.least else { continue }
            let second = Float16(Float(half) * least)
            bytes.replaceSubrange((place + 2)..<(place + 4), with: littleEndian(second.bitPattern))
        }
        return bytes
    }

    private struct Scale {
        /// About how large.
        var size: Float
        /// Where in a block.
        var offset = 0
        /// What the second half is of the first, so that weights lie about zero; nil without one.
        var least: Float?
    }

    private static let scales: [GGUFTensorType: Scale] = [
        .q8_0: Scale(size: 0.001), .q4_0: Scale(size: 0.0136), .q5_0: Scale(size: 0.0068),
        .q4_1: Scale(size: 0.0136, least: -7.5), .q5_1: Scale(size: 0.0068, least: -15.5),
        .q4_K: Scale(size: 0.00025, least: 7.5), .q5_K: Scale(size: 0.00013, least: 15.5),
        .q6_K: Scale(size: 0.00005, offset: 208),
    ]
}
