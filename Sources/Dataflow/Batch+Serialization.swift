package import Serialization
private import Tensors

extension Batch {
    /// Writes the rows, for the snapshot of a stage that holds some; markers are left out.
    package func write(to writer: inout ByteWriter) {
        writer.writeCount(rowCount)
        writer.writeCount(columns.count)
        for named in columns {
            writer.write(named.name)
            switch named.column {
            case .float32(let tensor):
                writer.write(UInt8(0))
                writer.writeCount(tensor.width)
                writer.write(tensor.elements)
            case .runs(let vectors, let width):
                writer.write(UInt8(4))
                writer.writeCount(width)
                vectors.write(to: &writer) { writer, vector in writer.write(vector) }
            case .int64(let tensor):
                writer.write(UInt8(1))
                writer.writeCount(tensor.width)
                writer.writeCount(tensor.elements.count)
                for value in tensor.elements { writer.write(value) }
            case .text(let texts):
                writer.write(UInt8(2))
                writer.writeCount(texts.rowCount)
                for row in 0..<texts.rowCount { writer.write(texts[row: row]) }
            case .labels(let lists):
                writer.write(UInt8(3))
                lists.write(to: &writer) { writer, labels in
                    writer.writeCount(labels.count)
                    for label in labels { writer.write(label) }
                }
            }
        }
    }

    /// Reads the rows that `write` wrote, as rows of `document`.
    package init(
        document: Document?,
        from reader: inout ByteReader
    ) throws(SerializationError) {
        let rowCount = try reader.readCount()
        self.init(document: document, rowCount: rowCount)
        let columnCount = try reader.readCount()
        for _ in 0..<columnCount {
            let name = try reader.readString()
            let offset = reader.offset
            let column = try Batch.readColumn(from: &reader)
            do throws(DataflowError) {
                try set(name, column)
            } catch {
                throw .malformed(offset: offset, expected: "\(rowCount) rows of `\(name)`")
            }
        }
    }

    private static func readColumn(
        from reader: inout ByteReader
    ) throws(SerializationError) -> Column {
        let offset = reader.offset
        switch try reader.read(UInt8.self) {
        case 0:
            let width = try reader.readCount()
            let elements = try reader.readFloats()
            guard width > 0, elements.count.isMultiple(of: width) else { break }
            return .float32(Tensor(width: width, elements: elements))
        case 1:
            let width = try reader.readCount()
            var elements: [Int64] = []
            for _ in 0..<(try reader.readCount()) { elements.append(try reader.read()) }
            guard width > 0, elements.count.isMultiple(of: width) else { break }
            return .int64(Tensor(width: width, elements: elements))
        case 2:
            var texts = TextColumn()
            for _ in 0..<(try reader.readCount()) { texts.append(try reader.readBytes()) }
            return .text(texts)
        case 3:
            return .labels(
                try RunLengthArray(from: &reader) { reader throws(SerializationError) in
                    var labels: [String] = []
                    for _ in 0..<(try reader.readCount()) {
                        labels.append(try reader.readString())
                    }
                    return labels
                }
            )
        case 4:
            let width = try reader.readCount()
            guard width > 0 else { break }
            let vectors = try RunLengthArray(from: &reader) { reader throws(SerializationError) in
                let offset = reader.offset
                let vector = try reader.readFloats()
                guard vector.count == width else {
                    throw .malformed(offset: offset, expected: "a vector of width \(width)")
                }
                return vector
            }
            return .runs(vectors, width: width)
        default: break
        }
        throw .malformed(offset: offset, expected: "a column")
    }
}

extension RunLengthArray {
    fileprivate func write(
        to writer: inout ByteWriter,
        _ write: (inout ByteWriter, Element) -> Void
    ) {
        writer.writeCount(runs.count)
        for run in runs {
            writer.writeCount(run.end)
            write(&writer, run.value)
        }
    }

    fileprivate init(
        from reader: inout ByteReader,
        _ read: (inout ByteReader) throws(SerializationError) -> Element
    ) throws(SerializationError) {
        self.init()
        for _ in 0..<(try reader.readCount()) {
            let offset = reader.offset
            let end = try reader.readCount()
            guard end > count else { throw .malformed(offset: offset, expected: "a run's end") }
            append(try read(&reader), count: end - count)
        }
    }
}

extension Document {
    /// Writes the document.
    package func write(to writer: inout ByteWriter) {
        writer.writeCount(ordinal)
        writer.write(id)
        writer.write(uri)
        writer.write(title != nil)
        if let title { writer.write(title) }
        writer.writeCount(metadata.count)
        for fact in metadata {
            writer.write(fact.key)
            writer.write(fact.value)
        }
    }

    /// Reads a document that `write` wrote.
    package init(from reader: inout ByteReader) throws(SerializationError) {
        self.init(ordinal: try reader.readCount(), id: try reader.readString(), uri: "")
        uri = try reader.readString()
        title = try reader.readBool() ? try reader.readString() : nil
        for _ in 0..<(try reader.readCount()) {
            let key = try reader.readString()
            metadata.append(Metadatum(key: key, value: try reader.readString()))
        }
    }
}
