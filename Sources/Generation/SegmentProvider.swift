/// Segments in the order of their text, which can be read more than once.
///
/// An array of segments is one; a store's reader is another, which holds one block at a time.
public protocol SegmentProvider {
    /// Runs `body` for every segment.
    func forEachSegment(_ body: (SourceSegment) throws -> Void) throws
}

extension [SourceSegment]: SegmentProvider {
    public func forEachSegment(_ body: (SourceSegment) throws -> Void) rethrows {
        try forEach(body)
    }
}
