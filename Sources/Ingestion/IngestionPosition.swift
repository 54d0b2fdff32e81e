package import Serialization

/// Where a reader of documents stands, so that another process can go on from there.
///
/// What lies before it is read again and compared by its digest: neither a pipe nor a compressed file
/// can seek, and a file that changed must be noticed.
package struct IngestionPosition: Sendable, Equatable {
    /// Which of the inputs is being read, or was read last.
    package var inputIndex = 0
    /// Its file that is being read, or was read last; nil at the very beginning.
    package var path: String?
    /// The digest of the paths of all files up to that one.
    package var pathsDigest = ContentDigest(of: [])
    /// Whether that file has been read to its end.
    package var isFileDone = false
    /// How many lines precede the document or have been read; 0 where the file is one document.
    package var lineCount = 0
    /// The digest of those lines.
    package var linesDigest = ContentDigest(of: [])
    /// How many bytes of the document's text were read; nil between documents.
    package var textOffset: Int?
    /// The digest of that text.
    package var textDigest = ContentDigest(of: [])

    /// The beginning of the first input.
    package init() {}

    /// The position that `bytes` holds.
    package init(bytes: [UInt8]) throws(SerializationError) {
        var reader = ByteReader(bytes)
        inputIndex = try reader.readCount()
        path = try reader.readBool() ? try reader.readString() : nil
        pathsDigest = try reader.readDigest()
        isFileDone = try reader.readBool()
        lineCount = try reader.readCount()
        linesDigest = try reader.readDigest()
        textOffset = try reader.readBool() ? try reader.readCount() : nil
        textDigest = try reader.readDigest()
        try reader.expectEnd()
    }

    /// The position as bytes.
    package var bytes: [UInt8] {
        var writer = ByteWriter()
        writer.writeCount(inputIndex)
        writer.write(path != nil)
        if let path { writer.write(path) }
        writer.write(pathsDigest)
        writer.write(isFileDone)
        writer.writeCount(lineCount)
        writer.write(linesDigest)
        writer.write(textOffset != nil)
        if let textOffset { writer.writeCount(textOffset) }
        writer.write(textDigest)
        return writer.bytes
    }
}
