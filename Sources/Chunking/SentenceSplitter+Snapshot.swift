internal import Serialization

extension SentenceSplitter {
    private static let snapshotVersion: UInt8 = 2

    /// The state between two pushes, from which `init(restoring:)` goes on.
    ///
    /// - Returns: At most `maximumBytes` + `lookahead` bytes of text and about 60 bytes of state.
    public func snapshot() -> [UInt8] {
        var writer = ByteWriter()
        writer.write(Self.snapshotVersion)
        writer.writeCount(configuration.maximumPieces)
        writer.writeCount(configuration.maximumBytes)
        writer.writeCount(base + start)
        writer.write(buffer[start...])
        writer.writeCount(cursor - start)
        writer.write(pending.map { $0.rawValue + 1 } ?? 0)
        writer.write(opening.rawValue)
        writer.write(hasBegun)
        lines.write(to: &writer)
        return writer.bytes
    }

    /// A splitter that goes on where another's snapshot was taken.
    ///
    /// - Throws: `ChunkingError` if the bytes are no snapshot or its limits are others.
    public init(
        restoring snapshot: [UInt8],
        configuration: Configuration = Configuration(),
        pieceCounter: any PieceCounter
    ) throws(ChunkingError) {
        self.init(configuration: configuration, pieceCounter: pieceCounter)
        do {
            var reader = ByteReader(snapshot)
            try reader.expect(try reader.read(UInt8.self) == Self.snapshotVersion, "version 2")
            guard try reader.readCount() == configuration.maximumPieces,
                try reader.readCount() == configuration.maximumBytes
            else { throw ChunkingError.snapshotOfOtherConfiguration }
            try restore(from: &reader)
        } catch let error as SerializationError {
            throw error.asChunkingError
        } catch let error as ChunkingError {
            throw error
        } catch {
            throw .malformedSnapshot(offset: 0, expected: "a snapshot")
        }
    }

    private mutating func restore(from reader: inout ByteReader) throws(SerializationError) {
        base = try reader.readCount()
        buffer = try reader.readBytes()
        cursor = try reader.readCount()
        try reader.expect(cursor <= buffer.count, "a cursor inside the text")
        let reason = try reader.read(UInt8.self)
        if reason > 0 {
            pending = Segment.Boundary(rawValue: reason - 1)
            try reader.expect(pending != nil, "a boundary")
        }
        let opening = Opening(rawValue: try reader.read())
        try reader.expect(opening != nil, "what stands before the segment")
        self.opening = opening ?? .paragraph
        hasBegun = try reader.readBool()
        lines = try LineRules(from: &reader)
        try reader.expectEnd()
    }
}

extension SerializationError {
    fileprivate var asChunkingError: ChunkingError {
        switch self {
        case .truncated(let offset, let needed, _):
            .malformedSnapshot(offset: offset, expected: "\(needed) bytes more")
        case .malformed(let offset, let expected):
            .malformedSnapshot(offset: offset, expected: expected)
        }
    }
}

extension ByteReader {
    /// Throws unless `condition` holds for what was just read.
    fileprivate func expect(
        _ condition: Bool,
        _ expected: String
    ) throws(SerializationError) {
        guard condition else { throw .malformed(offset: offset, expected: expected) }
    }
}

extension LineRules {
    fileprivate func write(to writer: inout ByteWriter) {
        writer.write(role.rawValue)
        writer.writeCount(columns)
        writer.writeCount(indentation)
        writer.write(hasGap)
        writer.write(isTitle)
        writer.writeCount(wrapColumns)
        writer.writeCount(evidence)
        writer.write(fence.rawValue)
        writer.write(fenceByte)
        writer.writeCount(fenceLength)
        writer.writeCount(fenceBytes)
    }

    fileprivate init(from reader: inout ByteReader) throws(SerializationError) {
        self.init()
        let role = LineShape.Role(rawValue: try reader.read())
        columns = try reader.readCount()
        indentation = try reader.readCount()
        hasGap = try reader.readBool()
        isTitle = try reader.readBool()
        wrapColumns = try reader.readCount()
        evidence = try reader.readCount()
        let fence = Fence(rawValue: try reader.read())
        fenceByte = try reader.read()
        fenceLength = try reader.readCount()
        fenceBytes = try reader.readCount()
        guard let role, let fence else {
            throw .malformed(offset: reader.offset, expected: "a line's state")
        }
        self.role = role
        self.fence = fence
    }
}
