public import Tensors

/// A named tensor of a document's memory, as it was at the document's end.
public struct MemoryTensor: Sendable, Equatable {
    /// How the store keeps a tensor's scalars.
    public enum Precision: UInt8, Sendable {
        /// Four bytes a scalar, exact.
        case float32 = 0
        /// Two bytes a scalar, rounded to 11 significant bits.
        case float16 = 1
    }

    /// What part of the memory it is.
    public var name: String
    /// Its scalars, [rows, width].
    public var tensor: Tensor<Float>
    /// How they are kept.
    public var precision: Precision

    /// A named tensor.
    public init(name: String, tensor: Tensor<Float>, precision: Precision = .float32) {
        self.name = name
        self.tensor = tensor
        self.precision = precision
    }
}
