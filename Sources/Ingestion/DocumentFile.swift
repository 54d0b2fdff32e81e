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
    private let content: FileContent
    private let isHTML: Bool
    private let lines: LineReader?
    private var isFirst = true

    /// Opens a file and looks at its beginning.
    init(
        path: String,
        configuration: IngestionConfiguration,
        interruption: ReadInterruption? = nil
    ) throws(IngestionError) {
        self.path = path
        self.configuration = configuration
        content = try FileContent(
            path: path,
            maximumRead: configuration.maximumRead,
            interruption: interruption
        )
        let beginning = content.beginning
        if let problem = ContentKind.problem(with: beginning, path: path) { throw problem }
        let format = DocumentFile.format(of: content, path: path, configuration: configuration)
        isHTML = format == .html
        guard format == .ndjson || format == .questions else {
            lines = nil
            return
        }
        guard !ContentKind.isMarkedUTF16(beginning) else {
            throw .unsupportedEncoding(path: path, name: "UTF-16")
        }
        lines = LineReader(
            content.stream,
            path: path,
            maximumLineBytes: configuration.maximumLineBytes
        )
    }

    /// How many bytes of the file have been read.
    var bytesRead: Int { content.stream.fileOffset }

    /// Whether the file has no further document.
    var isDone: Bool { lines?.hasFailed ?? !isFirst }

    /// How many lines have been read.
    var lineCount: Int { lines?.lineCount ?? 0 }

    /// The digest of the lines that have been read.
    var linesDigest: ContentDigest { lines?.digest ?? ContentDigest(of: []) }

    /// Reads lines again up to a position.
    func skipLines(_ count: Int, digest: ContentDigest) throws(IngestionError) {
        guard let lines else { return }
        while lines.lineCount < count {
            do throws(IngestionError) {
                guard try lines.next() != nil else { break }
            } catch {
                // It was told when it was read first.
                guard case .lineTooLong = error else { throw error }
            }
        }
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
                content.stream,
                path: path,
                encoding: isHTML ? .html : .marked,
                configuration: configuration
            )
            guard try text.fill() else { throw .empty(path: path) }
            description.title = text.title
            let canReopen = content.canReopen
            return .success(
                OpenDocument(description: description, text: text) {
                    [path, configuration] () throws(IngestionError) in
                    guard canReopen else { return nil }
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
                guard var line = try lines.next() else { return nil }
                if number == 1, line.starts(with: [0xEF, 0xBB, 0xBF]) { line.removeFirst(3) }
                guard line.contains(where: { $0 > 0x20 }) else { continue }
                let reading = LineDocument(path: path, number: number, configuration: configuration)
                let text = try reading.text(of: line, into: &description)
                let open = { [path, configuration] () throws(IngestionError) -> DecodedText? in
                    try DecodedText(
                        MemoryStream(text),
                        path: path,
                        encoding: .utf8,
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

    private static func format(
        of content: FileContent,
        path: String,
        configuration: IngestionConfiguration
    ) -> IngestionConfiguration.Format {
        guard configuration.format == .auto else { return configuration.format }
        var name = path.lowercased()
        let endings = content.isCompressed ? [".gz", ".gzip", ".zst", ".zstd"] : []
        if let ending = endings.first(where: name.hasSuffix) { name.removeLast(ending.count) }
        switch name.split(separator: ".").last {
        case "ndjson", "jsonl": return .ndjson
        case "html", "htm", "xhtml": return .html
        default:
            let textField = configuration.textField
            return ContentKind.format(of: content.beginning, textField: textField)
        }
    }
}
