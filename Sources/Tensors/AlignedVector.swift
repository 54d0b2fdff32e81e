/// Floats at an address that fits the widest vectors, as a value: two of them share no memory once one has changed.
package struct AlignedVector: Sendable, Equatable {
    private var memory: AlignedFloats

    /// `count` zeros.
    package init(count: Int) {
        memory = AlignedFloats(count: count)
        memory.pointer.initialize(repeating: 0, count: count)
    }

    /// A copy of `elements`.
    package init(_ elements: [Float]) { memory = AlignedFloats(elements) }

    /// How many there are.
    package var count: Int { memory.count }

    /// A copy of all of them.
    package var elements: [Float] {
        withUnsafePointer { Array(UnsafeBufferPointer(start: $0, count: count)) }
    }

    /// Calls `body` with the first of `count` floats.
    package func withUnsafePointer<Result>(_ body: (UnsafePointer<Float>) -> Result) -> Result {
        withExtendedLifetime(memory) { body(memory.pointer) }
    }

    /// Calls `body` with the first of `count` floats, to change them.
    package mutating func withUnsafeMutablePointer<Result>(
        _ body: (UnsafeMutablePointer<Float>) -> Result
    ) -> Result {
        if !isKnownUniquelyReferenced(&memory) { memory = AlignedFloats(elements) }
        return withExtendedLifetime(memory) { body(memory.pointer) }
    }

    /// Makes each 0.
    package mutating func zero() {
        let count = count
        withUnsafeMutablePointer { $0.update(repeating: 0, count: count) }
    }

    package static func == (left: AlignedVector, right: AlignedVector) -> Bool {
        left.elements == right.elements
    }
}
