/// How blocks are cut and landmarks are mixed.
public struct MemoryEncoderConfiguration: Sendable, Equatable {
    /// The width of a concept.
    public var width: Int
    /// How many of a concept's first dimensions the delta memory learns from; all that there are where
    /// it is more.
    public var deltaWidth: Int
    /// A block is not closed by a boundary below this many word pieces.
    public var minimumPieces: Int
    /// A block never has more word pieces, unless one segment alone does.
    public var maximumPieces: Int
    /// A block is not closed by a new part of the outline below this many word pieces.
    public var minimumSectionPieces: Int
    /// The share of segments at which the router sees a boundary.
    public var boundaryShare: Double
    /// The weight in a landmark of the outline path's vector.
    public var pathWeight: Double
    /// The weight in a landmark of what was recalled.
    public var recallWeight: Double
    /// The weight of a segment's surprise in the score by which concepts are pooled.
    public var surpriseWeight: Double

    /// A configuration; the default weights are those that `README.md` measures.
    public init(
        width: Int = 384,
        deltaWidth: Int = .max,
        minimumPieces: Int = 90,
        maximumPieces: Int = 250,
        minimumSectionPieces: Int = 48,
        boundaryShare: Double = 0.4,
        pathWeight: Double = 0.9,
        recallWeight: Double = 0,
        surpriseWeight: Double = 0
    ) {
        self.width = width
        self.deltaWidth = deltaWidth
        self.minimumPieces = minimumPieces
        self.maximumPieces = maximumPieces
        self.minimumSectionPieces = minimumSectionPieces
        self.boundaryShare = boundaryShare
        self.pathWeight = pathWeight
        self.recallWeight = recallWeight
        self.surpriseWeight = surpriseWeight
    }
}
