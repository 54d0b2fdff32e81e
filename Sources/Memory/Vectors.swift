private import Glibc

/// eˣ by the C library, which gives one result on one machine whatever the vector unit.
func exponential(_ value: Float) -> Float { expf(value) }

/// The natural logarithm.
func logarithm(_ value: Float) -> Float { logf(value) }

extension [Float] {
    /// The vector at length 1, or zeros if it has no length.
    package var normalized: [Float] {
        var squares: Float = 0
        for value in self { squares += value * value }
        guard squares > 1e-24 else { return map { _ in 0 } }
        let scale = 1 / squares.squareRoot()
        return map { $0 * scale }
    }

    /// The vector itself if its length is at most 1; else at length 1, without what is not finite.
    var bounded: [Float] {
        var squares: Float = 0
        for value in self { squares += value * value }
        // Unit vectors from the encoder pass as they are; NaN fails the comparison.
        if squares <= 1.001 { return self }
        let finite = map { $0.isFinite ? $0 : 0 }
        // Divided by the greatest first, so that no square overflows.
        let greatest = finite.reduce(0) { Swift.max($0, abs($1)) }
        return greatest > 0 ? finite.map { $0 / greatest }.normalized : finite
    }

    /// Adds another vector of the same width, times a weight.
    mutating func add(_ other: [Float], weight: Float) {
        for index in indices { self[index] += weight * other[index] }
    }
}
