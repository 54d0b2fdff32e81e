public import Tensors

/// Consecutive segments that the memory closed into one block.
public struct EncodedBlock: Sendable, Equatable {
    /// How many segments it has.
    public let segmentCount: Int
    /// The vector by which it is found, [width], of length 1.
    public let landmark: [Float]
    /// p_t of each segment.
    public let boundaries: [Float]
    /// The surprise of each segment.
    public let surprises: [Float]
    /// How many word pieces it has.
    public let pieceCount: Int
}

/// A tensor that the memory holds at a document's end.
public struct NamedTensor: Sendable, Equatable {
    /// What it is: `delta`, `queue` or `gist`.
    public let name: String
    /// Its value, [rows, width].
    public let tensor: Tensor<Float>
}
