import Serialization

/// A threshold that a share of a stream's values exceeds.
///
///     q ← q + γ ([p > q] − share)
///
/// It rises at each value above it and sinks at each other, so that both balance at the share. Since
/// values and threshold lie about [0, 1], n values have share · n ± 36 above it, whatever they are.
///
/// - Source: Gibbs and Candès 2021, arXiv:2106.00170 (adaptive conformal inference), equation 2.
public struct RunningQuantile: Sendable, Equatable {
    /// γ: the quantile follows about the last thirty values.
    private static let rate: Float = 0.03

    private let share: Float
    /// What the next value has to exceed.
    public private(set) var threshold: Float = 0.55

    /// A quantile of nothing yet.
    ///
    /// - Parameter share: The share of values that are to exceed it, from 0 to 1.
    public init(share: Float) {
        self.share = share
    }

    /// Takes a value of [0, 1] and says whether it exceeds the threshold.
    public mutating func isExceeded(by value: Float) -> Bool {
        let isAbove = value > threshold
        threshold += Self.rate * ((isAbove ? 1 : 0) - share)
        return isAbove
    }

    func write(to writer: inout ByteWriter) {
        writer.write(threshold)
    }

    mutating func read(from reader: inout ByteReader) throws(SerializationError) {
        threshold = try reader.readFloat()
    }
}
