/// Floats in memory that an owner keeps, such as a mapped file.
package struct FloatView: @unchecked Sendable {  // Read only.
    /// The first of `count` floats, valid as long as this view.
    package let pointer: UnsafePointer<Float>
    let count: Int
    private let owner: AnyObject

    /// `count` floats from `pointer` on, which are there and stay the same as long as `owner`.
    package init(_ pointer: UnsafePointer<Float>, count: Int, keptBy owner: AnyObject) {
        self.pointer = pointer
        self.count = count
        self.owner = owner
    }

    /// A copy of `values`.
    package init(_ values: [Float]) {
        let copy = AlignedFloats(values)
        self.init(copy.pointer, count: values.count, keptBy: copy)
    }

    /// Runs `body` with the floats, which are valid inside it only.
    package func withUnsafeBufferPointer<Result>(
        _ body: (UnsafeBufferPointer<Float>) -> Result
    ) -> Result {
        withExtendedLifetime(owner) { body(UnsafeBufferPointer(start: pointer, count: count)) }
    }
}
