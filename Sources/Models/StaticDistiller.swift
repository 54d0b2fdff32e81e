internal import Foundation
public import Tensors
internal import Text

/// Makes the file of a `StaticEncoder` from a `SentenceEncoder`, its teacher, without any text.
///
///     let teacher = try SentenceEncoder(folder: "models/all-MiniLM-L6-v2", pool: pool)
///     try StaticDistiller(teacher: teacher, pool: pool).distill(to: "models/static.safetensors")
///
/// 1. Each piece of the vocabulary goes through the teacher as a text of its own.
/// 2. The vectors are centred, turned into their principal axes, whitened and scaled to length 1.
/// 3. Each is weighted by how rare its piece is: log(1 + rank / 10), its rank in the vocabulary, which
///    stands in the order of frequency, for Zipf's law makes that the logarithm of how rarely the
///    piece occurs.
///
/// `README.md` beside this file says what was tried and measured. One core takes about 13 s.
public struct StaticDistiller: Sendable {
    private let teacher: SentenceEncoder
    private let pool: ComputePool

    /// Pieces that go through the teacher at once.
    private static let batchSize = 2_048
    /// Axes with less than this share of the greatest variance are not stretched further: in some the
    /// teacher's vectors do not vary at all.
    private static let leastVarianceShare = 1e-3
    /// The rank up to which weights are nearly equal: words that say nothing.
    private static let flatRanks: Float = 15

    /// A distiller.
    ///
    /// - Parameters:
    ///   - teacher: The encoder whose similarities are to be kept.
    ///   - pool: The threads that it computes on.
    public init(teacher: SentenceEncoder, pool: ComputePool) {
        self.teacher = teacher
        self.pool = pool
    }

    /// Distills, and writes the file.
    ///
    /// - Parameters:
    ///   - file: The file; it is replaced in one step.
    ///   - progress: Called with the share of the work that is done, from 0 to 1.
    /// - Throws: `ModelsError.unwritable`.
    public func distill(
        to file: String,
        progress: (Double) -> Void = { _ in }
    ) throws(ModelsError) {
        try StaticTable.write(
            rows: rows(progress: progress),
            width: teacher.width,
            vocabulary: teacher.tokenizer.vocabulary,
            teacher: teacher.fingerprint,
            to: file
        )
    }

    /// The weighted vectors of the vocabulary, [pieces, width].
    package func rows(progress: (Double) -> Void = { _ in }) -> [Float] {
        let pieces = teacher.tokenizer.pieces
        let width = teacher.width
        let taught = teacherVectors(count: pieces.count, progress: progress)
        let chosen = pieces.indices.filter { !Self.isSpecial(pieces[$0]) }
        let axes = PrincipalAxes(of: taught, width: width, chosen: chosen, pool: pool)
        var rows = whitened(taught, count: pieces.count, axes: axes)
        let firstWord = pieces.firstIndex { !Self.isSpecial($0) && Self.scalarCount($0) > 1 } ?? 0
        for piece in pieces.indices {
            // Single characters stand before the words, in the order of their codes.
            let rank = Float(max(1, piece - firstWord + 1))
            let range = (piece * width)..<((piece + 1) * width)
            let length = rows[range].reduce(0) { $0 + $1 * $1 }.squareRoot()
            let weight = log(1 + rank / Self.flatRanks) / max(length, .leastNormalMagnitude)
            for element in range { rows[element] *= weight }
        }
        return rows
    }

    /// [pieces, width], unit vectors.
    private func teacherVectors(count: Int, progress: (Double) -> Void) -> AlignedFloats {
        let vectors = AlignedFloats(count: count * teacher.width)
        for start in stride(from: 0, to: count, by: Self.batchSize) {
            let end = min(start + Self.batchSize, count)
            let batch = teacher.encode(pieces: (start..<end).map { [Int32($0)] })
            batch.elements.withUnsafeBufferPointer { elements in
                guard let source = elements.baseAddress else { return }
                (vectors.pointer + start * teacher.width)
                    .update(from: source, count: elements.count)
            }
            progress(Double(end) / Double(count))
        }
        return vectors
    }

    /// (x − mean) · axisᵀ / √variance for every row and axis, [pieces, width].
    private func whitened(_ rows: AlignedFloats, count: Int, axes: PrincipalAxes) -> [Float] {
        let width = teacher.width
        let least = Self.leastVarianceShare * (axes.variances.first ?? 0)
        var weights: [Float] = []
        var bias: [Float] = []
        for (index, variance) in axes.variances.enumerated() {
            let axis = axes.axes[(index * width)..<((index + 1) * width)]
            let stretch = 1 / max(variance, least, .leastNormalMagnitude).squareRoot()
            weights += axis.map { Float($0 * stretch) }
            bias.append(Float(-zip(axis, axes.mean).reduce(0) { $0 + $1.0 * $1.1 } * stretch))
        }
        let layer = LinearLayer(LinearWeights(weights, bias: bias))
        let result = AlignedFloats(count: count * width)
        pool.parallelFor(count: count, grain: 256) { range in
            layer.apply(
                .best,
                to: rows.pointer + range.lowerBound * width,
                rowCount: range.count,
                result: result.pointer + range.lowerBound * width
            )
        }
        return Array(UnsafeBufferPointer(start: result.pointer, count: result.count))
    }

    /// Whether a piece is none of text: `[CLS]`, `[unused7]` and the like.
    private static func isSpecial(_ piece: ArraySlice<UInt8>) -> Bool {
        piece.count > 2 && piece.first == UInt8(ascii: "[") && piece.last == UInt8(ascii: "]")
    }

    private static func scalarCount(_ piece: ArraySlice<UInt8>) -> Int {
        piece.reduce(0) { $0 + ($1 & 0xC0 == 0x80 ? 0 : 1) }
    }
}
