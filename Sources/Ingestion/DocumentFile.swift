import Serialization
import Text

/// A document that has begun.
struct OpenDocument {
    let description: DocumentDescription
    let text: DecodedText
    /// Reads the text once more from its beginning; nil for a pipe.
    let reopen: () throws(IngestionError) -> DecodedText?
}

/// A document that cannot be read.
struct DocumentFailure: Error {
    let description: DocumentDescription
    let error: IngestionError
}

/// One input file, which is one document or holds one a line.
final class DocumentFile {
    private let path: String
    private let configuration: IngestionConfiguration
    private let fileStream: FileStream
    private let content: any ByteStream
    private let isHTML: Bool
    private let lines: LineReader?
    private var isFirst = true

    /// Opens a file and looks at its beginning.
    init(path: String, configuration: IngestionConfiguration) throws(IngestionError) {
        self.path = path
        self.configuration = configuration
        fileStream = try FileStream(path: path)
        var prefix: [UInt8] = []
        // A pipe may give a few bytes at a time; a magic number needs some.
        while prefix.count < 512 {
            let before = prefix.count
            try fileStream.read(upTo: 4096 - before, into: &prefix)
            if prefix.count == before { break }
        }
        let raw = PrefixedStream(prefix: prefix, rest: fileStream)
        var name = path.lowercased()
        if let format = DecompressedStream.Format(magic: prefix) {
            name = String(name.split(separator: ".").dropLast().joined(separator: "."))
            let inflated = try DecompressedStream(raw, format: format, path: path)
            prefix = []
            try inflated.read(upTo: 4096, into: &prefix)
            content = PrefixedStream(prefix: prefix, rest: inflated)
        } else {
            content = raw
        }
        if prefix.contains(0), DocumentFile.isBinary(prefix) { throw .binary(path: path) }
        let kind = DocumentFile.kind(of: configuration.format, name: name, prefix: prefix)
        isHTML = kind == .html
        let holdsLines = kind == .ndjson || kind == .questions
        lines = holdsLines ? LineReader(content, path: path) : nil
    }

    /// How many bytes of the file have been read.
    var bytesRead: Int { content.fileOffset }

    /// Whether the file is one document.
    var isOneDocument: Bool { lines == nil }

    /// How many lines have been read.
    var lineCount: Int { lines?.lineCount ?? 0 }

    /// The digest of the lines that have been read.
    var linesDigest: ContentDigest { lines?.digest ?? ContentDigest(of: []) }

    /// Reads lines again up to a position.
    func skipLines(_ count: Int, digest: ContentDigest) throws(IngestionError) {
        guard let lines else { return }
        while lines.lineCount < count, try lines.next() != nil {}
        guard lines.lineCount == count, lines.digest == digest else {
            throw .inputChanged(path: path, offset: lines.offset)
        }
    }

    /// The next document, or why it cannot be read; nil when there are no more.
    func next() -> Result<OpenDocument, DocumentFailure>? {
        if let lines { return next(in: lines) }
        guard isFirst else { return nil }
        isFirst = false
        let id = path == "-" ? configuration.standardInputID : path
        var description = DocumentDescription(id: id, uri: path)
        do throws(IngestionError) {
            let text = try DecodedText(
                content,
                path: path,
                isHTML: isHTML,
                configuration: configuration
            )
            guard try text.fill() else { throw .empty(path: path) }
            description.title = text.title
            return .success(
                OpenDocument(description: description, text: text) {
                    [path, configuration] () throws(IngestionError) in
                    guard path != "-" else { return nil }
                    let again = try DocumentFile(path: path, configuration: configuration)
                    guard case .success(let document)? = again.next() else { return nil }
                    return document.text
                }
            )
        } catch {
            return .failure(DocumentFailure(description: description, error: error))
        }
    }

    private func next(in lines: LineReader) -> Result<OpenDocument, DocumentFailure>? {
        while true {
            let number = lines.lineCount + 1
            var description = DocumentDescription(id: "\(path):\(number)", uri: path)
            do throws(IngestionError) {
                guard let line = try lines.next() else { return nil }
                guard line.contains(where: { $0 > 0x20 }) else { continue }
                let text = try read(line, number: number, into: &description)
                guard !text.isEmpty else { throw .empty(path: "\(path):\(number)") }
                let open = { [path, configuration] () throws(IngestionError) -> DecodedText? in
                    try DecodedText(
                        MemoryStream(text),
                        path: path,
                        isHTML: false,
                        configuration: configuration
                    )
                }
                guard let decoded = try open() else { return nil }
                return .success(
                    OpenDocument(description: description, text: decoded, reopen: open)
                )
            } catch {
                return .failure(DocumentFailure(description: description, error: error))
            }
        }
    }

    /// The text of a line, and what it says of its document.
    private func read(
        _ line: [UInt8],
        number: Int,
        into description: inout DocumentDescription
    ) throws(IngestionError) -> [UInt8] {
        let isObject = line.first { $0 > 0x20 } == UInt8(ascii: "{")
        if configuration.format == .questions, !isObject {
            description.id = String(decoding: line, as: UTF8.self)
            return line
        }
        let json: JSONLine
        do throws(JSONLine.Failure) {
            json = try line.withUnsafeBufferPointer { bytes throws(JSONLine.Failure) in
                try JSONLine(bytes)
            }
        } catch {
            let column = error.offset + 1
            throw .badLine(path: path, line: number, column: column, reason: error.reason)
        }
        guard let text = json.string(configuration.textField) else {
            let reason = "the object has no text in `\(configuration.textField)`"
            throw .badLine(path: path, line: number, column: 1, reason: reason)
        }
        for member in json.members {
            let value = String(decoding: member.value, as: UTF8.self)
            switch String(decoding: member.key, as: UTF8.self) {
            case configuration.textField: break
            case "id": description.id = value
            case "title" where member.isString: description.title = value.isEmpty ? nil : value
            case "uri" where member.isString: description.uri = value
            case let key: description.metadata.append(.init(key: key, value: value))
            }
        }
        if configuration.format == .questions, json.member("id") == nil {
            description.id = String(decoding: text, as: UTF8.self)
        }
        return text
    }

    private static func kind(
        of format: IngestionConfiguration.Format,
        name: String,
        prefix: [UInt8]
    ) -> IngestionConfiguration.Format {
        guard format == .auto else { return format }
        if name.hasSuffix(".ndjson") || name.hasSuffix(".jsonl") { return .ndjson }
        if name.hasSuffix(".html") || name.hasSuffix(".htm") || name.hasSuffix(".xhtml") {
            return .html
        }
        let start = String(decoding: prefix.prefix(256), as: UTF8.self).lowercased()
        let trimmed = start.drop { $0.isWhitespace || $0 == "\u{FEFF}" }
        return trimmed.hasPrefix("<!doctype html") || trimmed.hasPrefix("<html") ? .html : .text
    }

    /// Whether a beginning that holds NULs is neither UTF-16 nor UTF-8.
    private static func isBinary(_ prefix: [UInt8]) -> Bool {
        if prefix.starts(with: [0xFE, 0xFF]) || prefix.starts(with: [0xFF, 0xFE]) { return false }
        return prefix.withUnsafeBytes { bytes in
            var index = 0
            while true {
                index = UTF8Validation.endOfASCII(bytes, from: index)
                guard index < bytes.count else { return false }
                switch UTF8Validation.character(in: bytes, at: index) {
                case .valid(let length): index += length
                case .invalid: return true
                case .truncated: return false
                }
            }
        }
    }
}

/// Bytes in memory.
final class MemoryStream: ByteStream {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) {
        rest = bytes[...]
    }

    var fileOffset: Int { 0 }

    func read(upTo count: Int, into buffer: inout [UInt8]) throws(IngestionError) {
        buffer.append(contentsOf: rest.prefix(count))
        rest = rest.dropFirst(count)
    }
}
