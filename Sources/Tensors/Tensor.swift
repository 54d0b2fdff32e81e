/// A row-major matrix of `rowCount` rows, each `width` scalars wide: a column of a batch.
///
/// - Shapes: `[rows, width]`, contiguous; row `i` is `elements[i * width ..< (i + 1) * width]`.
public struct Tensor<Scalar: Sendable>: Sendable {
    /// Scalars in a row.
    public let width: Int
    /// All rows, one after another.
    @inlinable
    public var elements: [Scalar] { storage }

    @usableFromInline
    var storage: [Scalar]

    /// An empty tensor to which rows of `width` scalars are appended.
    ///
    /// - Precondition: `width` is positive.
    @inlinable
    public init(width: Int) {
        self.init(width: width, elements: [])
    }

    /// A tensor over `elements`.
    ///
    /// - Precondition: `width` is positive and divides the count of `elements`.
    @inlinable
    public init(width: Int, elements: [Scalar]) {
        precondition(width > 0, "a tensor's width is positive")
        precondition(elements.count.isMultiple(of: width), "elements fill whole rows")
        self.width = width
        storage = elements
    }

    /// How many rows there are.
    @inlinable
    public var rowCount: Int { elements.count / width }

    /// The scalars of one row.
    @inlinable
    public subscript(row row: Int) -> ArraySlice<Scalar> {
        elements[(row * width)..<((row + 1) * width)]
    }

    /// A copy of consecutive rows.
    @inlinable
    public subscript(rows rows: Range<Int>) -> Tensor {
        guard rows != 0..<rowCount else { return self }
        let slice = elements[(rows.lowerBound * width)..<(rows.upperBound * width)]
        return Tensor(width: width, elements: Array(slice))
    }

    /// Removes the rows behind the first `count`, in place.
    @inlinable
    public mutating func truncate(to count: Int) {
        storage.removeLast(storage.count - count * width)
    }

    /// Appends one row.
    ///
    /// - Precondition: `row` holds `width` scalars.
    @inlinable
    public mutating func append(row: some Collection<Scalar>) {
        precondition(row.count == width, "a row holds width scalars")
        storage.append(contentsOf: row)
    }

    /// Appends all rows of a tensor of the same width.
    @inlinable
    public mutating func append(_ other: Tensor) {
        precondition(other.width == width, "widths agree")
        storage.append(contentsOf: other.elements)
    }
}

extension Tensor: Equatable where Scalar: Equatable {}
