import Serialization

/// How a block is written.
///
/// | offset | bytes | |
/// | --- | --- | --- |
/// | 0 | 8 | digest of the rest |
/// | 8 | 4 | document number |
/// | 12 | 8 | first byte in the document |
/// | 20 | 8 | one past the last byte |
/// | 28 | 4 | tokens |
/// | 32 | 4 | terms with repetition |
/// | 36 | 4 | different terms |
/// | 40 | 1 | 1 has concepts, 2 has a landmark |
/// | 41 | | paths: varint count; each a varint count of strings |
/// | | | kinds: varint count of strings |
/// | | | segments: varint count; each varint length, kind, path; f32 boundary, surprise |
/// | | | one zstd frame of the text, to the end |
enum BlockCoder {
    private static let documentOffset = 8
    private static let headerSize = 41

    /// The record of a block, but for its digest and its document's number.
    static func record(
        of block: NewBlock,
        termCount: UInt32,
        distinctTermCount: UInt32,
        compressor: borrowing Compressor
    ) -> [UInt8] {
        // What comes before the text, and no less than the text may take.
        var writer = ByteWriter(
            capacity: 256 + 16 * block.segments.count + block.bytes.count * 9 / 8
        )
        writer.write(UInt64(0))
        writer.write(UInt32(0))
        writer.write(UInt64(block.startByte))
        writer.write(UInt64(block.startByte + block.bytes.count))
        writer.write(UInt32(clamping: block.tokenCount))
        writer.write(termCount)
        writer.write(distinctTermCount)
        writer.write(UInt8((block.concepts == nil ? 0 : 1) | (block.landmark == nil ? 0 : 2)))
        writer.writeCount(block.paths.count)
        for path in block.paths {
            writer.writeCount(path.count)
            for heading in path { writer.write(heading) }
        }
        write(block.segments, to: &writer)
        var record = writer.bytes
        block.bytes.withUnsafeBytes { compressor.append(text: $0, to: &record) }
        return record
    }

    private static func write(_ segments: [SegmentRecord], to writer: inout ByteWriter) {
        var kinds: [String] = []
        let kindIndices = segments.map { segment in
            if let index = kinds.firstIndex(of: segment.kind) { return index }
            kinds.append(segment.kind)
            return kinds.count - 1
        }
        writer.writeCount(kinds.count)
        for kind in kinds { writer.write(kind) }
        writer.writeCount(segments.count)
        var start = 0
        for (segment, kindIndex) in zip(segments, kindIndices) {
            writer.writeCount(segment.end - start)
            writer.writeCount(kindIndex)
            writer.writeCount(segment.pathIndex)
            writer.write(segment.boundary)
            writer.write(segment.surprise)
            start = segment.end
        }
    }

    /// Completes a record.
    static func finish(_ record: UnsafeMutableRawBufferPointer, document: UInt32) {
        record.storeBytes(of: document.littleEndian, toByteOffset: documentOffset, as: UInt32.self)
        SealedRecord.reseal(record)
    }

    /// The fixed part of a record, whose digest is not looked at; nil if it is too short.
    static func header(id: UInt64, record: UnsafeRawBufferPointer) -> BlockHeader? {
        guard record.count >= headerSize else { return nil }
        func word(_ offset: Int) -> UInt32 {
            UInt32(littleEndian: record.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
        }
        func position(_ offset: Int) -> Int? {
            let value = record.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            return Int(exactly: UInt64(littleEndian: value))
        }
        guard let start = position(12), let end = position(20), start <= end else { return nil }
        return BlockHeader(
            id: id,
            document: word(documentOffset),
            byteRange: start..<end,
            tokenCount: Int(word(28)),
            termCount: Int(word(32)),
            distinctTermCount: Int(word(36)),
            hasConcepts: record[40] & 1 != 0,
            hasLandmark: record[40] & 2 != 0
        )
    }

    /// Reads a record.
    ///
    /// - Throws: `SerializationError` if it is not one.
    static func block(
        id: UInt64,
        record: UnsafeRawBufferPointer,
        decompressor: Decompressor
    ) throws(SerializationError) -> BlockRecord {
        guard SealedRecord.payload(of: record) != nil else {
            throw .malformed(offset: 0, expected: "the digest of the record")
        }
        guard let header = header(id: id, record: record) else {
            throw .malformed(offset: 0, expected: "a block's header")
        }
        var reader = ByteReader(Array(record[headerSize...]))
        var paths: [[String]] = []
        for _ in 0..<(try readCount(&reader)) { paths.append(try readStrings(&reader)) }
        let segments = try readSegments(
            &reader,
            pathCount: paths.count,
            length: header.byteRange.count
        )
        let frame = UnsafeRawBufferPointer(rebasing: record[(headerSize + reader.offset)...])
        guard let bytes = decompressor.content(of: frame, count: header.byteRange.count) else {
            throw .malformed(offset: headerSize + reader.offset, expected: "a zstd frame")
        }
        return BlockRecord(
            id: id,
            document: header.document,
            byteRange: header.byteRange,
            paths: paths,
            segments: segments,
            bytes: bytes,
            tokenCount: header.tokenCount,
            termCount: header.termCount,
            distinctTermCount: header.distinctTermCount,
            hasConcepts: header.hasConcepts,
            hasLandmark: header.hasLandmark
        )
    }

    /// Reads a count of things that take at least a byte each.
    static func readCount(_ reader: inout ByteReader) throws(SerializationError) -> Int {
        let offset = reader.offset
        let count = try reader.readCount()
        guard count <= reader.remainingCount else {
            throw .malformed(offset: offset, expected: "a count that the record can hold")
        }
        return count
    }

    private static func readStrings(
        _ reader: inout ByteReader
    ) throws(SerializationError) -> [String] {
        var strings: [String] = []
        for _ in 0..<(try readCount(&reader)) { strings.append(try reader.readString()) }
        return strings
    }

    private static func readSegments(
        _ reader: inout ByteReader,
        pathCount: Int,
        length: Int
    ) throws(SerializationError) -> [SegmentRecord] {
        let kinds = try readStrings(&reader)
        var segments: [SegmentRecord] = []
        var end = 0
        for _ in 0..<(try readCount(&reader)) {
            let offset = reader.offset
            let size = try reader.readCount()
            let (kindIndex, pathIndex) = (try reader.readCount(), try reader.readCount())
            guard size <= length - end, kindIndex < kinds.count, pathIndex < pathCount else {
                throw .malformed(offset: headerSize + offset, expected: "a segment of the block")
            }
            end += size
            segments.append(
                SegmentRecord(
                    end: end,
                    kind: kinds[kindIndex],
                    pathIndex: pathIndex,
                    boundary: try reader.readFloat(),
                    surprise: try reader.readFloat()
                )
            )
        }
        guard end == length else {
            throw .malformed(offset: headerSize + reader.offset, expected: "segments that tile it")
        }
        return segments
    }
}
