import Serialization
import Text

/// The text of one document, decoded as it is read and cut into pieces of a fixed size.
///
/// Where a piece ends depends on the text alone, not on how much a read returns.
final class DecodedText {
    /// How a stream's bytes become text.
    enum Encoding {
        /// By its byte-order mark, or UTF-8.
        case marked
        /// UTF-8 without a byte-order mark.
        case utf8
        /// HTML, which may declare its encoding; it becomes Markdown.
        case html
    }

    private static let readBytes = 1 << 16

    private let stream: any ByteStream
    private let path: String
    private let pieceBytes: Int
    /// The encoding that an HTML page declares and that is not known here.
    private let unknownEncoding: String?
    private var decoder: UTF8Decoder
    private var converter: HTMLConverter?
    private var digester = ContentDigester()
    private var raw: [UInt8] = []
    private var decoded: [UInt8] = []
    /// Text that has not been taken yet, from `start` on.
    private var buffer: [UInt8] = []
    private var start = 0
    private var isAtEnd = false
    /// How many bytes of text have been taken.
    private(set) var offset = 0

    init(
        _ stream: any ByteStream,
        path: String,
        encoding: Encoding,
        configuration: IngestionConfiguration
    ) throws(IngestionError) {
        self.path = path
        pieceBytes = max(4, configuration.pieceBytes)
        guard encoding == .html else {
            self.stream = stream
            unknownEncoding = nil
            decoder = UTF8Decoder(
                invalidBytes: configuration.invalidUTF8,
                encoding: encoding == .utf8 ? .utf8 : .marked
            )
            return
        }
        var prefix: [UInt8] = []
        while prefix.count < 1024 {
            let before = prefix.count
            try stream.read(upTo: 1024 - before, into: &prefix)
            if prefix.count == before { break }
        }
        self.stream = PrefixedStream(prefix: prefix, rest: stream)
        converter = HTMLConverter()
        let label = DecodedText.declaredEncoding(prefix)
        let table = label.flatMap { SingleByteEncoding(label: $0) }
        // What a page says of itself is often wrong, so it is believed only if it is not UTF-8.
        unknownEncoding = table == nil && label?.hasPrefix("utf") == false ? label : nil
        decoder = UTF8Decoder(
            invalidBytes: unknownEncoding == nil ? configuration.invalidUTF8 : .refused,
            encoding: table.map { .singleByte($0) } ?? .marked
        )
    }

    /// The title that the text so far declares.
    var title: String? { converter?.title }

    /// The digest of the text taken so far.
    var digest: ContentDigest { digester.digest() }

    /// What was mended so far.
    var notice: IngestionNotice? {
        decoder.firstInvalidOffset.map {
            .replacedBytes(count: decoder.replacementCount, firstOffset: $0)
        }
    }

    /// Reads ahead until the next piece is whole; false at the end of the text.
    func fill() throws(IngestionError) -> Bool {
        while buffer.count - start < pieceBytes + 4, !isAtEnd { try readMore() }
        return buffer.count > start
    }

    /// Whether all of the text is taken, as far as is known without reading on.
    var isTaken: Bool { isAtEnd && start == buffer.count }

    /// Takes the next piece, of at most `limit` bytes, or an empty one at the end.
    func take(upTo limit: Int = .max) throws(IngestionError) -> [UInt8] {
        guard try fill() else { return [] }
        let most = start + min(pieceBytes, limit)
        let end = max(start, UTF8Validation.characterBoundary(in: buffer, upTo: most))
        let piece = Array(buffer[start..<end])
        start = end
        piece.withUnsafeBytes { digester.update($0) }
        offset += piece.count
        return piece
    }

    private func readMore() throws(IngestionError) {
        buffer.removeFirst(start)
        start = 0
        raw.removeAll(keepingCapacity: true)
        try stream.read(upTo: Self.readBytes, into: &raw)
        isAtEnd = raw.isEmpty
        guard converter != nil else { return try decode(into: &buffer) }
        decoded.removeAll(keepingCapacity: true)
        try decode(into: &decoded)
        converter?.convert(decoded, into: &buffer)
        if isAtEnd { converter?.finish(into: &buffer) }
    }

    private func decode(into text: inout [UInt8]) throws(IngestionError) {
        do throws(TextError) {
            if isAtEnd { return try decoder.finish(into: &text) }
            try raw.withUnsafeBufferPointer { bytes throws(TextError) in
                try decoder.decode(UnsafeRawBufferPointer(bytes), into: &text)
            }
        } catch {
            guard case .invalidBytes(let offset) = error else { return }
            guard let name = unknownEncoding else {
                throw .invalidUTF8(path: path, offset: offset)
            }
            throw .unsupportedEncoding(path: path, name: name)
        }
    }

    /// The encoding that an HTML page's beginning declares, in lower case.
    private static func declaredEncoding(_ prefix: [UInt8]) -> String? {
        let text = String(decoding: prefix, as: UTF8.self).lowercased()
        guard let found = text.firstRange(of: "charset=") else { return nil }
        let label = text[found.upperBound...].drop { "\"' ".contains($0) }
            .prefix { $0.isLetter || $0.isNumber || "-_".contains($0) }
        return label.isEmpty ? nil : String(label)
    }
}
