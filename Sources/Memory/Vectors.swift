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

    /// The vector with what is not finite replaced by 0, and at most of length 1.
    var bounded: [Float] {
        var squares: Float = 0
        var isFinite = true
        for value in self {
            squares += value * value
            isFinite = isFinite && value.isFinite
        }
        // Unit vectors from the encoder pass as they are.
        if isFinite, squares <= 1.001 { return self }
        let finite = map { $0.isFinite ? Swift.min(1, Swift.max(-1, $0)) : 0 }
        return finite.normalized
    }
}
