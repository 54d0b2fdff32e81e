internal import CKernels
private import Glibc

/// eˣ by the C library, which gives one result on one machine whatever the vector unit.
func exponential(_ value: Float) -> Float { expf(value) }

/// The natural logarithm.
func logarithm(_ value: Float) -> Float { logf(value) }

extension [Float] {
    /// The vector at length 1, or zeros if it has no length.
    package var normalized: [Float] {
        var vector = self
        vector.normalize()
        return vector
    }

    /// The vector itself if its length is at most 1; else at length 1, without what is not finite.
    var bounded: [Float] {
        var vector = self
        vector.bound()
        return vector
    }

    /// Becomes `bounded`.
    mutating func bound() {
        if isBounded(dot(self)) { return }
        let finite = map { $0.isFinite ? $0 : 0 }
        // Divided by the greatest first, so that no square overflows.
        let greatest = finite.reduce(0) { Swift.max($0, abs($1)) }
        self = greatest > 0 ? finite.map { $0 / greatest }.normalized : finite
    }

    /// Whether a vector with this sum of squares is as `bounded` makes it, as those of the encoder are.
    func isBounded(_ squares: Float) -> Bool {
        // NaN fails the comparison.
        squares <= 1.001
    }

    /// Takes over the elements of a vector of the same width, in the memory that it has.
    mutating func assign(_ other: ArraySlice<Float>) {
        withUnsafeMutableBufferPointer { elements in
            other.withUnsafeBufferPointer { _ = elements.update(fromContentsOf: $0) }
        }
    }

    /// The product with another vector of the same width.
    func dot(_ other: [Float]) -> Float { kernels_dot_f32(self, other, count) }

    /// Becomes the direction of the sum of a vector, as far as there is room, and another as wide times a
    /// weight: the sum at length 1, or zeros if it has no length.
    mutating func assignDirection(of vector: [Float], adding other: [Float], weight: Float) {
        precondition(vector.count >= count && other.count >= count, "vectors fill the direction")
        kernels_direction_f32(vector, other, weight, &self, count)
    }

    /// Brings the vector to length 1, or to zeros if it has no length.
    mutating func normalize() {
        let squares = dot(self)
        scale(by: squares > 1e-24 ? 1 / squares.squareRoot() : 0)
    }

    /// Multiplies each element by a factor; 0 makes zeros, whatever there was.
    mutating func scale(by factor: Float) {
        guard factor != 0 else { return zero() }
        withUnsafeMutableBufferPointer { elements in
            for index in elements.indices { elements[index] *= factor }
        }
    }

    /// Divides each element by a divisor.
    mutating func divide(by divisor: Float) {
        withUnsafeMutableBufferPointer { elements in
            for index in elements.indices { elements[index] /= divisor }
        }
    }

    /// Makes each element 0.
    mutating func zero() {
        withUnsafeMutableBufferPointer { $0.update(repeating: 0) }
    }

    /// Adds another vector of the same width, times a weight.
    mutating func add(_ other: [Float], weight: Float) {
        kernels_add_scaled_f32(&self, other, weight, Swift.min(count, other.count))
    }
}
