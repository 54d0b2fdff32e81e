/// One segment as the memory sees it.
public struct Concept: Sendable {
    /// Its vector, [width], of length 1.
    public var vector: ArraySlice<Float>
    /// How many word pieces it has; taken as 1 if there are fewer.
    public var pieceCount: Int
    /// Whether it is a heading, which begins something.
    public var isHeading: Bool
    /// Its outline path, outermost heading first.
    public var path: [String]
    /// The vector of the path's text, [width]; nil where there is no path.
    public var pathVector: [Float]?

    /// A segment's concept.
    public init(
        vector: ArraySlice<Float>,
        pieceCount: Int,
        isHeading: Bool = false,
        path: [String] = [],
        pathVector: [Float]? = nil
    ) {
        self.vector = vector
        self.pieceCount = pieceCount
        self.isHeading = isHeading
        self.path = path
        self.pathVector = pathVector
    }
}
