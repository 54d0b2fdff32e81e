import Serialization
import Text

/// The text of one document, decoded as it is read and cut into pieces of a fixed size.
///
/// Where a piece ends depends on the text alone, not on how much a read returns.
final class DecodedText {
    private let stream: any ByteStream
    private let path: String
    private let pieceBytes: Int
    private var decoder: UTF8Decoder
    private var converter: HTMLConverter?
    private var digester = ContentDigester()
    private var buffer: [UInt8] = []
    private var isAtEnd = false
    /// How many bytes of text have been taken.
    private(set) var offset = 0

    init(
        _ stream: any ByteStream,
        path: String,
        isHTML: Bool,
        configuration: IngestionConfiguration
    )
        throws(IngestionError)
    {
        var prefix: [UInt8] = []
        while isHTML, prefix.count < 1024 {
            let before = prefix.count
            try stream.read(upTo: 1024, into: &prefix)
            if prefix.count == before { break }
        }
        self.stream = PrefixedStream(prefix: prefix, rest: stream)
        self.path = path
        pieceBytes = configuration.pieceBytes
        let encoding = isHTML ? DecodedText.declaredEncoding(prefix) : nil
        decoder = UTF8Decoder(invalidBytes: configuration.invalidUTF8, encoding: encoding)
        converter = isHTML ? HTMLConverter() : nil
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
        while buffer.count < pieceBytes + 4, !isAtEnd { try readMore() }
        return !buffer.isEmpty
    }

    /// Takes the next piece, or an empty one at the end.
    func take() throws(IngestionError) -> [UInt8] {
        guard try fill() else { return [] }
        let end = UTF8Validation.characterBoundary(in: buffer, upTo: pieceBytes)
        let piece = Array(buffer[..<end])
        buffer.removeFirst(end)
        piece.withUnsafeBytes { digester.update($0) }
        offset += piece.count
        return piece
    }

    private func readMore() throws(IngestionError) {
        var raw: [UInt8] = []
        try stream.read(upTo: 1 << 16, into: &raw)
        isAtEnd = raw.isEmpty
        var text: [UInt8] = []
        do throws(TextError) {
            if isAtEnd {
                try decoder.finish(into: &text)
            } else {
                try raw.withUnsafeBufferPointer { bytes throws(TextError) in
                    try decoder.decode(UnsafeRawBufferPointer(bytes), into: &text)
                }
            }
        } catch {
            guard case .invalidBytes(let offset) = error else { return }
            throw .invalidUTF8(path: path, offset: offset)
        }
        guard converter != nil else { return buffer.append(contentsOf: text) }
        converter?.convert(text, into: &buffer)
        if isAtEnd { converter?.finish(into: &buffer) }
    }

    /// The single-byte encoding that an HTML page's beginning declares.
    private static func declaredEncoding(_ prefix: [UInt8]) -> SingleByteEncoding? {
        let text = String(decoding: prefix, as: UTF8.self).lowercased()
        guard let found = text.firstRange(of: "charset=") else { return nil }
        let label = text[found.upperBound...].drop { "\"' ".contains($0) }
            .prefix { $0.isLetter || $0.isNumber || "-_".contains($0) }
        return SingleByteEncoding(label: String(label))
    }
}
