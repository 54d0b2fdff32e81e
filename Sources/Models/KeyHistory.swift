internal import Tensors

/// The keys, as they were before they were turned, and values of all tokens at a layer.
///
/// They lie in segments, so that nothing moves as they grow; a copy shares the full ones.
struct KeyHistory: Sendable {
    /// How many tokens there are.
    private(set) var count = 0

    private let headCount: Int
    private let headSize: Int
    private var segments: [AttentionBlock] = []

    /// Tokens of a segment.
    private static let segmentLength = 256

    init(_ configuration: LlamaConfiguration) {
        headCount = configuration.keyValueHeadCount
        headSize = configuration.headSize
    }

    /// A copy that goes on apart.
    init(copying other: KeyHistory) {
        self = other
        guard let last = segments.last, !count.isMultiple(of: Self.segmentLength) else { return }
        segments[segments.count - 1] = last.copy(count: last.keys.count)
    }

    /// Adds a pass's tokens, whose keys are not turned yet.
    mutating func append(_ pass: AttentionPass) {
        for token in 0..<pass.tokenCount {
            if count.isMultiple(of: Self.segmentLength) {
                let floats = Self.segmentLength * headCount * headSize
                segments.append(AttentionBlock(count: floats))
            }
            let segment = segments[segments.count - 1]
            for head in 0..<headCount {
                let source = (token * headCount + head) * headSize
                let target = offset(head, count)
                (segment.keys.pointer + target)
                    .update(from: pass.keys.pointer + source, count: headSize)
                (segment.values.pointer + target)
                    .update(from: pass.values.pointer + source, count: headSize)
            }
            count += 1
        }
    }

    /// A token's key.
    func key(_ head: Int, at position: Int) -> UnsafePointer<Float> {
        UnsafePointer(
            segments[position / Self.segmentLength].keys.pointer + offset(head, position)
        )
    }

    /// A token's value.
    func value(_ head: Int, at position: Int) -> UnsafePointer<Float> {
        UnsafePointer(
            segments[position / Self.segmentLength].values.pointer + offset(head, position)
        )
    }

    private func offset(_ head: Int, _ position: Int) -> Int {
        (head * Self.segmentLength + position % Self.segmentLength) * headSize
    }
}
