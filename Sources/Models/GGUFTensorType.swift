internal import CKernels

/// How the elements of a tensor in a GGUF file are kept: plain, or in blocks that share a scale.
///
/// - Source: github.com/ggml-org/ggml, docs/gguf.md, `ggml_type`; the raw values are the file's.
package enum GGUFTensorType: UInt32, Sendable, CaseIterable {
    case f32 = 0
    case f16 = 1
    case q4_0 = 2
    case q4_1 = 3
    case q5_0 = 6
    case q5_1 = 7
    case q8_0 = 8
    case q4_K = 12
    case q5_K = 13
    case q6_K = 14
    case bf16 = 30

    /// The type's name as people write it, such as `Q4_K`.
    package var name: String { Self.name(of: rawValue) }

    /// Elements in a block; a row is a whole number of blocks.
    package var blockLength: Int { kernels_block_length(kernelsFormat) }

    /// Bytes of a block.
    package var blockByteCount: Int { kernels_block_bytes(kernelsFormat) }

    /// The type as the kernels name it.
    var kernelsFormat: kernels_block_format {
        switch self {
        case .f32: KERNELS_BLOCK_F32
        case .f16: KERNELS_BLOCK_F16
        case .bf16: KERNELS_BLOCK_BF16
        case .q4_0: KERNELS_BLOCK_Q4_0
        case .q4_1: KERNELS_BLOCK_Q4_1
        case .q5_0: KERNELS_BLOCK_Q5_0
        case .q5_1: KERNELS_BLOCK_Q5_1
        case .q8_0: KERNELS_BLOCK_Q8_0
        case .q4_K: KERNELS_BLOCK_Q4_K
        case .q5_K: KERNELS_BLOCK_Q5_K
        case .q6_K: KERNELS_BLOCK_Q6_K
        }
    }

    /// The supported types, for messages.
    static var supportedNames: String {
        let names = allCases.map(\.name)
        return names.dropLast().joined(separator: ", ") + " or " + (names.last ?? "")
    }

    /// The name of any type that the format has, or its number.
    static func name(of rawValue: UInt32) -> String {
        let index = Int(rawValue)
        guard names.indices.contains(index), !names[index].isEmpty else {
            return "number \(rawValue)"
        }
        return names[index]
    }

    private static let names = [
        "F32", "F16", "Q4_0", "Q4_1", "", "", "Q5_0", "Q5_1", "Q8_0", "Q8_1", "Q2_K", "Q3_K",
        "Q4_K", "Q5_K", "Q6_K", "Q8_K", "IQ2_XXS", "IQ2_XS", "IQ3_XXS", "IQ1_S", "IQ4_NL",
        "IQ3_S", "IQ2_S", "IQ4_XS", "I8", "I16", "I32", "I64", "F64", "IQ1_M", "BF16", "", "", "",
        "TQ1_0", "TQ2_0", "", "", "", "MXFP4",
    ]
}
