internal import Serialization
internal import Tensors

/// The keys and values of a layer's latest tokens, as long as they are attended to where they stand.
///
/// Tokens come at the end and go from the front. A head's keys are one matrix: they lie in a buffer
/// with room to spare and move to its beginning when it is full.
struct RecentTokens: Sendable {
    /// Keys before they are turned: [keyValueHeads, capacity, headSize].
    let plainKeys: AlignedFloats
    /// Keys turned by their positions: [keyValueHeads, capacity, headSize].
    let turnedKeys: HeadRows
    /// Values: [keyValueHeads, capacity, headSize].
    let values: HeadRows
    /// How much attention each token got while it was here: [heads, capacity].
    let mass: AlignedFloats
    /// The tokens that are here.
    private(set) var positions = 0..<0

    private let headCount: Int
    private let keyValueHeadCount: Int
    private let headSize: Int
    private let capacity: Int
    private let kernels: Kernels
    /// The position of the first row.
    private var base = 0

    /// Room for up to `longest` tokens at a time.
    init(_ model: LlamaModel, longest: Int) {
        let configuration = model.configuration
        headCount = configuration.headCount
        keyValueHeadCount = configuration.keyValueHeadCount
        headSize = configuration.headSize
        capacity = longest + max(longest / 2, 64)
        let count = keyValueHeadCount * capacity * headSize
        plainKeys = AlignedFloats(count: count)
        turnedKeys = HeadRows(count: count, model)
        values = HeadRows(count: count, model)
        kernels = model.kernels
        mass = AlignedFloats(count: headCount * capacity)
    }

    /// A copy that shares nothing.
    init(copying other: RecentTokens) {
        headCount = other.headCount
        keyValueHeadCount = other.keyValueHeadCount
        headSize = other.headSize
        capacity = other.capacity
        plainKeys = AlignedFloats(count: other.plainKeys.count)
        turnedKeys = HeadRows(like: other.turnedKeys)
        values = HeadRows(like: other.values)
        kernels = other.kernels
        mass = AlignedFloats(count: other.mass.count)
        positions = other.positions
        base = positions.lowerBound
        let matrices = zip(matrices, other.matrices)
        for ((target, rowCount, width), (source, _, _)) in matrices {
            for row in 0..<rowCount {
                let (to, from) = (row * capacity, other.row(row, at: positions.lowerBound))
                target.copy(
                    from: source,
                    at: from * width,
                    count: positions.count * width,
                    to: to * width
                )
            }
        }
    }

    /// Where a token's row of a matrix of head `head` is, counted from the buffer's beginning.
    func row(_ head: Int, at position: Int) -> Int { head * capacity + position - base }

    /// Adds a pass's tokens; their keys are turned by `turns`.
    mutating func append(
        _ pass: AttentionPass,
        _ rotary: RotaryEmbedding,
        _ turns: [[SIMD2<Float>]]
    ) {
        if positions.isEmpty {
            base = pass.firstPosition
            positions = base..<base
        }
        precondition(pass.firstPosition == positions.upperBound, "tokens come without a gap")
        makeRoom(for: pass.tokenCount)
        for token in 0..<pass.tokenCount {
            let position = pass.firstPosition + token
            for head in 0..<keyValueHeadCount {
                let source = (token * keyValueHeadCount + head) * headSize
                let target = row(head, at: position) * headSize
                (plainKeys.pointer + target)
                    .update(from: pass.keys.pointer + source, count: headSize)
                values.write(
                    pass.values.pointer + source,
                    count: headSize,
                    at: target,
                    kernels
                )
            }
            for head in 0..<headCount { mass.pointer[row(head, at: position)] = 0 }
        }
        positions = positions.lowerBound..<(positions.upperBound + pass.tokenCount)
        turn(pass.firstPosition..<positions.upperBound, rotary, turns)
    }

    /// Some of the tokens, their keys turned by their positions or as they were before.
    func stretch(_ range: Range<Int>, isTurned: Bool) -> KeyStretch {
        KeyStretch(
            keys: isTurned ? turnedKeys : .floats(plainKeys),
            values: values,
            headStride: capacity * headSize,
            offset: (range.lowerBound - base) * headSize,
            count: range.count
        )
    }

    /// Lets go of everything before a position.
    mutating func drop(before position: Int) {
        positions = max(position, positions.lowerBound)..<positions.upperBound
    }

    /// Copies what a head has of some tokens: keys before they are turned, and values.
    func copy(
        _ range: Range<Int>,
        head: Int,
        keys: UnsafeMutablePointer<Float>,
        values target: UnsafeMutablePointer<Float>
    ) {
        let start = row(head, at: range.lowerBound) * headSize
        keys.update(from: plainKeys.pointer + start, count: range.count * headSize)
        values.read(into: target, count: range.count * headSize, at: start, kernels)
    }

    private mutating func makeRoom(for count: Int) {
        guard positions.upperBound + count - base > capacity else { return }
        let shift = positions.lowerBound - base
        precondition(positions.count + count <= capacity, "room for all that is attended to")
        for (matrix, rowCount, width) in matrices {
            for row in 0..<rowCount {
                let start = row * capacity * width
                matrix.copy(
                    from: matrix,
                    at: start + shift * width,
                    count: positions.count * width,
                    to: start
                )
            }
        }
        base = positions.lowerBound
    }

    private func turn(
        _ range: Range<Int>,
        _ rotary: RotaryEmbedding,
        _ turns: [[SIMD2<Float>]]
    ) {
        withUnsafeTemporaryAllocation(of: Float.self, capacity: headSize) { key in
            guard let key = key.baseAddress else { return }
            for head in 0..<keyValueHeadCount {
                let start = row(head, at: range.lowerBound) * headSize
                for (index, turns) in turns.enumerated() {
                    let offset = start + index * headSize
                    key.update(from: plainKeys.pointer + offset, count: headSize)
                    rotary.apply(turns, to: key)
                    turnedKeys.write(key, count: headSize, at: offset, kernels)
                }
            }
        }
    }

    /// Each buffer with how many rows of `capacity` elements of what width it has.
    private var matrices: [(HeadRows, rowCount: Int, width: Int)] {
        [
            (.floats(plainKeys), keyValueHeadCount, headSize),
            (turnedKeys, keyValueHeadCount, headSize),
            (values, keyValueHeadCount, headSize), (.floats(mass), headCount, 1),
        ]
    }

    /// The buffers that others can be made from.
    private var written: [(HeadRows, rowCount: Int, width: Int)] {
        [
            (.floats(plainKeys), keyValueHeadCount, headSize),
            (values, keyValueHeadCount, headSize), (.floats(mass), headCount, 1),
        ]
    }
}

extension RecentTokens {
    /// Writes the tokens that are here: varints of the first position and of their count, then f32
    /// [heads, tokens, headSize] of plain keys, of values, and [heads, tokens] of attention got.
    func write(to writer: inout ByteWriter) {
        writer.writeCount(positions.lowerBound)
        writer.writeCount(positions.count)
        withUnsafeTemporaryAllocation(of: Float.self, capacity: positions.count * headSize) { row in
            guard let floats = row.baseAddress else { return }
            for (matrix, rowCount, width) in written {
                let count = positions.count * width
                for index in 0..<rowCount {
                    let start = self.row(index, at: positions.lowerBound) * width
                    matrix.read(into: floats, count: count, at: start, kernels)
                    writer.write(floats: floats, count: count)
                }
            }
        }
    }

    /// Takes what `write` wrote in the place of what is here.
    mutating func read(
        from reader: inout ByteReader,
        _ rotary: RotaryEmbedding
    ) throws(SerializationError) {
        let start = try reader.readCount()
        let offset = reader.offset
        let count = try reader.readCount()
        guard count <= capacity, start <= Int.max - count else {
            throw .malformed(offset: offset, expected: "at most \(capacity) tokens")
        }
        base = start
        positions = start..<(start + count)
        let floats = AlignedFloats(count: count * headSize)
        for (matrix, rowCount, width) in written {
            for index in 0..<rowCount {
                try reader.read(floats: floats.pointer, count: count * width)
                let first = row(index, at: start) * width
                matrix.write(floats.pointer, count: count * width, at: first, kernels)
            }
        }
        turn(positions, rotary, positions.map { rotary.turns(at: $0) })
    }
}
