internal import CKernels

/// The numbers in which a sentence encoder computes.
public enum EncoderPrecision: String, Sendable, CaseIterable {
    /// 32-bit floats.
    case float32 = "f32"
    /// Products of 16-bit floats with 8 bits of precision, summed in 32; products of bytes where the
    /// cosine loses least by them.
    case bfloat16 = "bf16"
    /// Products of bytes, summed exactly.
    case int8

    /// The precision where none is asked for.
    public static let standard = EncoderPrecision.bfloat16

    /// How an encoder's fingerprint names this precision.
    var fingerprintSuffix: String { self == .float32 ? "" : "-\(rawValue)" }

    /// The precision of the encoder that has a fingerprint.
    package init(fingerprint: String) {
        self =
            Self.allCases.first {
                !$0.fingerprintSuffix.isEmpty && fingerprint.hasSuffix($0.fingerprintSuffix)
            } ?? .float32
    }

    /// The narrow format of weights and activations; nil for floats.
    var format: kernels_format? {
        switch self {
        case .float32: nil
        case .bfloat16: KERNELS_FORMAT_BF16
        case .int8: KERNELS_FORMAT_I8
        }
    }
}
