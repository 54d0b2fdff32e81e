/// What a file holds, decompressed where it is compressed, with a look at its beginning.
struct FileContent {
    /// The content from its first byte on.
    let stream: any ByteStream
    /// The first bytes, as many as 4096 where there are so many.
    let beginning: [UInt8]
    /// Whether the file can be opened and read once more, as a pipe cannot.
    let canReopen: Bool
    /// Whether it was decompressed.
    let isCompressed: Bool

    /// Opens a file; `-` is standard input.
    init(
        path: String,
        maximumRead: Int = .max,
        interruption: ReadInterruption? = nil
    ) throws(IngestionError) {
        let file = try FileStream(
            path: path,
            maximumRead: maximumRead,
            interruption: interruption
        )
        canReopen = path != "-" && file.isRegularFile
        let raw = try FileContent.peek(file)
        let format = DecompressedStream.Format(magic: raw.bytes)
        isCompressed = format != nil
        if let format {
            let inflated = try DecompressedStream(raw.stream, format: format, path: path)
            (beginning, stream) = try FileContent.peek(inflated)
        } else {
            (beginning, stream) = raw
        }
    }

    /// Reads a beginning ahead; a pipe may give a few bytes at a time.
    private static func peek(
        _ stream: any ByteStream
    ) throws(IngestionError) -> (bytes: [UInt8], stream: any ByteStream) {
        var beginning: [UInt8] = []
        while beginning.count < 4096 {
            let before = beginning.count
            try stream.read(upTo: 4096 - before, into: &beginning)
            if beginning.count == before { break }
        }
        return (beginning, PrefixedStream(prefix: beginning, rest: stream))
    }
}
