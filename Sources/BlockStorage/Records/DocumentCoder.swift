import Serialization

/// How a document is written, as the payload of a sealed record.
enum DocumentCoder {
    /// The sealed record of a document.
    static func record(of document: DocumentRecord) -> [UInt8] {
        var writer = ByteWriter()
        writer.write(document.id)
        writer.write(document.uri)
        writer.write(document.title != nil)
        if let title = document.title { writer.write(title) }
        writer.writeCount(document.metadata.count)
        for field in document.metadata {
            writer.write(field.name)
            writer.write(field.value)
        }
        switch document.state {
        case .reading: writer.write(UInt8(0))
        case .complete: writer.write(UInt8(1))
        case .failed(let reason):
            writer.write(UInt8(2))
            writer.write(reason)
        }
        writer.writeCount(document.lengthBytes)
        writer.writeCount(document.tokenCount)
        writer.write(document.digest != nil)
        if let digest = document.digest { writer.write(digest) }
        writer.writeCount(document.blockRanges.count)
        for range in document.blockRanges {
            writer.writeVarint(range.lowerBound)
            writer.writeVarint(UInt64(range.count))
        }
        return SealedRecord.seal(writer.bytes)
    }

    /// Reads the payload of a document's record.
    static func document(
        number: UInt32,
        _ reader: inout ByteReader
    ) throws(SerializationError) -> DocumentRecord {
        let id = try reader.readString()
        let uri = try reader.readString()
        let title = try reader.readBool() ? try reader.readString() : nil
        var metadata: [MetadataField] = []
        for _ in 0..<(try BlockCoder.readCount(&reader)) {
            let name = try reader.readString()
            metadata.append(MetadataField(name: name, value: try reader.readString()))
        }
        let state = try readState(&reader)
        let lengthBytes = try reader.readCount()
        let tokenCount = try reader.readCount()
        let digest = try reader.readBool() ? try reader.readDigest() : nil
        var ranges: [Range<UInt64>] = []
        for _ in 0..<(try BlockCoder.readCount(&reader)) {
            let offset = reader.offset
            let start = try reader.readVarint()
            let count = try reader.readVarint()
            let (end, overflow) = start.addingReportingOverflow(count)
            guard !overflow, end <= Int.max, start >= ranges.last?.upperBound ?? 0 else {
                throw .malformed(offset: offset, expected: "an ascending range of blocks")
            }
            ranges.append(start..<end)
        }
        return DocumentRecord(
            number: number,
            id: id,
            uri: uri,
            title: title,
            metadata: metadata,
            state: state,
            lengthBytes: lengthBytes,
            digest: digest,
            tokenCount: tokenCount,
            blockRanges: ranges
        )
    }

    private static func readState(
        _ reader: inout ByteReader
    ) throws(SerializationError) -> DocumentState {
        let offset = reader.offset
        switch try reader.read(UInt8.self) {
        case 0: return .reading
        case 1: return .complete
        case 2: return .failed(reason: try reader.readString())
        default: throw .malformed(offset: offset, expected: "a document's state")
        }
    }
}

extension ByteWriter {
    /// Appends a digest, upper half first, each half little-endian.
    mutating func write(_ digest: ContentDigest) {
        write(digest.high)
        write(digest.low)
    }
}

extension ByteReader {
    /// Reads a digest.
    mutating func readDigest() throws(SerializationError) -> ContentDigest {
        let high = try read(UInt64.self)
        return ContentDigest(high: high, low: try read(UInt64.self))
    }
}
