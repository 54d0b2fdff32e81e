public import Serialization

/// Reads documents from files, folders, patterns and standard input as a bounded stream of events.
///
///     let reader = DocumentReader(inputs: ["library/"])
///     while let event = reader.next() { … }
///
/// Text comes in pieces of a fixed size, decoded to UTF-8. A document that cannot be read is told by
/// an event, and the next one follows. Memory: a few pieces, or one line of NDJSON.
///
/// - Concurrency: Belongs to one task; reading blocks its thread.
public final class DocumentReader {
    private let configuration: IngestionConfiguration
    private let inputs: [String]
    private var walker: InputWalker
    private var file: DocumentFile?
    private var document: OpenDocument?
    /// How many bytes of earlier files were read.
    private var finishedBytes = 0
    /// Where the reader stands, but for the offset in the text.
    private var place = IngestionPosition()

    /// A reader at the beginning of its inputs.
    public init(
        inputs: [String],
        configuration: IngestionConfiguration = IngestionConfiguration()
    ) {
        self.inputs = inputs
        self.configuration = configuration
        walker = InputWalker(inputs)
    }

    /// How many bytes all inputs have; nil if one is a pipe.
    ///
    /// - Complexity: O(files).
    public func totalBytes() -> Int? { InputWalker.totalBytes(of: inputs) }

    /// How many bytes of the inputs have been read.
    public var bytesRead: Int { finishedBytes + (file?.bytesRead ?? 0) }

    /// The document whose text comes next, if one has begun.
    public var currentDocument: DocumentDescription? { document?.description }

    /// The next event, or nil at the end.
    public func next() -> IngestionEvent? {
        while true {
            if let document { return nextPiece(of: document) }
            if let file {
                if let event = begin(file) { return event }
                continue
            }
            guard let input = walker.next() else { return nil }
            do throws(IngestionError) {
                try open(try input.get())
            } catch {
                let name = error.path
                return .failed(DocumentDescription(id: name, uri: name), error)
            }
        }
    }

    /// Passes over the rest of the document that began.
    public func skipDocument() {
        document = nil
    }

    /// The digest and length of the document that began, found by reading it a second time.
    ///
    /// - Returns: nil where that is impossible, for a pipe.
    public func digestOfDocument() throws(IngestionError) -> TextDigest? {
        guard let document, let again = try document.reopen() else { return nil }
        while try !again.take().isEmpty {}
        return TextDigest(digest: again.digest, lengthBytes: again.offset)
    }

    /// Where the reader stands, behind the event that `next` returned last.
    package var position: IngestionPosition {
        var position = place
        if let text = document?.text {
            position.textOffset = text.offset
            position.textDigest = text.digest
        }
        return position
    }

    /// Goes on from a position: reads what lies before it again and compares it.
    ///
    /// - Throws: `IngestionError.inputChanged` if it is not what was read before.
    package func seek(to position: IngestionPosition) throws(IngestionError) {
        guard let path = position.path else { return }
        while true {
            guard let input = walker.next() else { throw .inputChanged(path: path, offset: 0) }
            if case .success(path) = input { break }
        }
        place.path = path
        if position.isFileDone {
            place.isFileDone = true
            return
        }
        try open(path)
        guard let file else { return }
        try file.skipLines(position.lineCount, digest: position.linesDigest)
        place = position
        place.textOffset = nil
        guard let offset = position.textOffset else { return }
        guard case .began? = begin(file), let text = document?.text else {
            throw .inputChanged(path: path, offset: offset)
        }
        while text.offset < offset, try !text.take().isEmpty {}
        guard text.offset == offset, text.digest == position.textDigest else {
            throw .inputChanged(path: path, offset: offset)
        }
    }

    private func open(_ path: String) throws(IngestionError) {
        place = IngestionPosition()
        place.path = path
        do throws(IngestionError) {
            file = try DocumentFile(path: path, configuration: configuration)
        } catch {
            place.isFileDone = true
            throw error
        }
    }

    /// Begins the file's next document; nil if it has none any more.
    private func begin(_ file: DocumentFile) -> IngestionEvent? {
        place.lineCount = file.lineCount
        place.linesDigest = file.linesDigest
        switch file.next() {
        case .success(let next)?:
            document = next
            return .began(next.description)
        case .failure(let failure)?:
            return .failed(failure.description, failure.error)
        case nil:
            finishedBytes += file.bytesRead
            place.isFileDone = true
            self.file = nil
            return nil
        }
    }

    private func nextPiece(of document: OpenDocument) -> IngestionEvent {
        let text = document.text
        do throws(IngestionError) {
            let offset = text.offset
            let piece = try text.take()
            if !piece.isEmpty { return .text(piece, offset: offset) }
            endDocument()
            return .ended(
                TextDigest(digest: text.digest, lengthBytes: offset),
                notice: text.notice
            )
        } catch {
            endDocument()
            return .failed(document.description, error)
        }
    }

    private func endDocument() {
        document = nil
        place.lineCount = file?.lineCount ?? 0
        place.linesDigest = file?.linesDigest ?? place.linesDigest
        if file?.isOneDocument ?? false {
            place.isFileDone = true
            finishedBytes += file?.bytesRead ?? 0
            file = nil
        }
    }
}

/// What a text is recognized by.
public struct TextDigest: Sendable, Equatable {
    /// The digest of its bytes.
    public let digest: ContentDigest
    /// How many there are.
    public let lengthBytes: Int
}
