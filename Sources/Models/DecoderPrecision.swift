/// The numbers in which a decoder multiplies its weights.
public enum DecoderPrecision: String, Sendable, CaseIterable {
    /// Weights as the floats they stand for, activations not rounded, keys and values kept as floats.
    case exact
    /// Of weights in blocks the whole numbers, with activations rounded to bytes, 32 of which share a
    /// scale. F32, F16 and BF16 are multiplied as floats. Keys and values are kept as halves.
    case bytes

    /// The precision where none is asked for.
    public static let standard = DecoderPrecision.bytes
}
