internal import Serialization

extension Outliner {
    private static let snapshotVersion: UInt8 = 2

    /// The state between two pushes, from which `init(restoring:)` goes on.
    ///
    /// - Returns: The held segment's text, if one is held, and at most 3 KiB beside it.
    public func snapshot() -> [UInt8] {
        var writer = ByteWriter()
        writer.write(Self.snapshotVersion)
        writer.write(documentTitle ?? "")
        writer.writeCount(stack.count)
        for heading in stack { writer.write(heading) }
        writer.write(held != nil)
        if let held {
            writer.writeCount(held.range.lowerBound)
            writer.write(held.text)
            writer.write(held.heading)
        }
        context.write(to: &writer)
        return writer.bytes
    }

    /// An outliner that goes on where another's snapshot was taken.
    ///
    /// - Throws: `StructureError.malformedSnapshot` if the bytes are no snapshot.
    public init(restoring snapshot: [UInt8]) throws(StructureError) {
        self.init()
        do {
            var reader = ByteReader(snapshot)
            let version = try reader.read(UInt8.self)
            guard version == Self.snapshotVersion else {
                throw SerializationError.malformed(offset: 0, expected: "version 2")
            }
            self.init(title: try reader.readString())
            let depth = try reader.readCount()
            guard depth <= Self.deepestStack else {
                throw SerializationError.malformed(offset: reader.offset, expected: "a stack")
            }
            for _ in 0..<depth { stack.append(try reader.readHeading()) }
            if try reader.readBool() {
                let start = try reader.readCount()
                let text = try reader.readBytes()
                held = Held(
                    range: start..<(start + text.count),
                    text: text,
                    heading: try reader.readHeading()
                )
            }
            context = try Context(from: &reader)
            try reader.expectEnd()
        } catch let error as SerializationError {
            throw error.asStructureError
        } catch {
            throw .malformedSnapshot(offset: 0, expected: "a snapshot")
        }
    }
}

extension SerializationError {
    fileprivate var asStructureError: StructureError {
        switch self {
        case .truncated(let offset, let needed, _):
            .malformedSnapshot(offset: offset, expected: "\(needed) bytes more")
        case .malformed(let offset, let expected):
            .malformedSnapshot(offset: offset, expected: expected)
        }
    }
}

extension ByteWriter {
    fileprivate mutating func write(_ heading: Heading) {
        writeCount(heading.rank)
        write(heading.title)
        write(heading.form.rawValue)
        writeCount(heading.number.map { $0 + 1 } ?? 0)
    }
}

extension ByteReader {
    fileprivate mutating func readHeading() throws(SerializationError) -> Heading {
        let rank = try readCount()
        let title = try readString()
        guard let form = Heading.Form(rawValue: try read()) else {
            throw .malformed(offset: offset, expected: "a heading's form")
        }
        let number = try readCount()
        return Heading(rank: rank, title: title, form: form, number: number > 0 ? number - 1 : nil)
    }
}

extension Outliner.Context {
    fileprivate func write(to writer: inout ByteWriter) {
        writer.write(kind.rawValue)
        writer.write(hasText)
        writer.write(endsLine)
        writer.write(endsParagraph)
        writer.writeCount(indentation)
        writer.write(fenceByte)
        writer.writeCount(fenceLength)
        writer.write(isMarkup)
        writer.write(isUnderlined)
        writer.write(isInContents)
        writer.write(firstEntry)
        writer.write(isFirstEntryLabel)
        writer.write(lastEntry != nil)
        if let lastEntry { writer.write(lastEntry) }
        writer.write(hasBody)
        writer.writeCount(itemColumn)
        writer.write(underlines)
    }

    fileprivate init(from reader: inout ByteReader) throws(SerializationError) {
        self.init()
        guard let kind = SegmentKind(rawValue: try reader.readString()) else {
            throw .malformed(offset: reader.offset, expected: "a kind")
        }
        self.kind = kind
        hasText = try reader.readBool()
        endsLine = try reader.readBool()
        endsParagraph = try reader.readBool()
        indentation = try reader.readCount()
        fenceByte = try reader.read()
        fenceLength = try reader.readCount()
        isMarkup = try reader.readBool()
        isUnderlined = try reader.readBool()
        isInContents = try reader.readBool()
        firstEntry = try reader.readString()
        isFirstEntryLabel = try reader.readBool()
        if try reader.readBool() { lastEntry = try reader.readHeading() }
        hasBody = try reader.readBool()
        itemColumn = try reader.readCount()
        underlines = try reader.readBytes()
    }
}
