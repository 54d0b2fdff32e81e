public import Serialization

/// Reads documents from files, folders, patterns and standard input as a bounded stream of events.
///
///     let reader = DocumentReader(inputs: ["library/"])
///     while let event = reader.next() {
///         switch event {
///         case .began(let document): print(document.id)
///         case .text(let bytes, let offset): print(offset, bytes.count)
///         case .ended(let text, let notice): print(text.lengthBytes, notice ?? "as it was")
///         case .failed(let document, let error): print(document.id, error)
///         }
///     }
///
/// Text comes in pieces of a fixed size, decoded to UTF-8; the pieces of a document, one after
/// another, are its text. A document that cannot be read is told by an event, and the next one
/// follows. Memory: a few pieces, or one line of NDJSON.
///
/// - Concurrency: Belongs to one task; reading blocks its thread.
public final class DocumentReader {
    private let configuration: IngestionConfiguration
    private let inputs: [String]
    private let interruption: ReadInterruption
    private var isInterrupted = false
    private var walker: InputWalker
    private var file: DocumentFile?
    private var document: OpenDocument?
    /// How many bytes earlier files have.
    private var finishedBytes = 0
    /// Where the reader stands, but for the offset in the text.
    private var place = IngestionPosition()

    /// A reader at the beginning of its inputs.
    ///
    /// - Parameters:
    ///   - inputs: Files, folders, patterns or `-`.
    ///   - configuration: How they are read.
    ///   - interruption: Ends the waiting for a pipe; `next` then returns nil, and the position is
    ///     that behind the event before.
    public init(
        inputs: [String],
        configuration: IngestionConfiguration = IngestionConfiguration(),
        interruption: ReadInterruption = ReadInterruption()
    ) {
        self.inputs = inputs
        self.interruption = interruption
        self.configuration = configuration
        walker = InputWalker(inputs)
    }

    /// How many bytes all inputs have; nil if one is a pipe.
    ///
    /// - Complexity: O(files).
    public func totalBytes() -> Int? { InputWalker.totalBytes(of: inputs) }

    /// How many bytes of the inputs have been read; a file that failed counts as a whole.
    public var bytesRead: Int { finishedBytes + (file?.bytesRead ?? 0) }

    /// The document whose text comes next, if one has begun.
    public var currentDocument: DocumentDescription? { document?.description }

    /// The end of the document where its text has all come, so that to know of it needs no waiting; else nil.
    public func nextIfEnd() -> IngestionEvent? {
        guard let document, document.text.isTaken else { return nil }
        return end(of: document.text)
    }

    /// The next event, or nil at the end.
    public func next() -> IngestionEvent? {
        while !isInterrupted {
            if let document { return nextPiece(of: document) }
            if let file {
                if let event = begin(file) { return event }
                continue
            }
            guard let step = walker.next() else { return nil }
            let before = place
            switch open(step) {
            case nil: continue
            case .interrupted?:
                place = before
                isInterrupted = true
            case let error?:
                let name = error.path
                return .failed(DocumentDescription(id: name, uri: name), error)
            }
        }
        return nil
    }

    /// Passes over the rest of the document that began.
    public func skipDocument() {
        endDocument()
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
    /// - Throws: `IngestionError.inputChanged` or `inputMissing` if it is not what was read before,
    ///   or why it cannot be read again.
    package func seek(to position: IngestionPosition) throws(IngestionError) {
        guard let path = position.path else { return }
        let step = try findStep(of: position, path: path)
        if !position.isFileDone, let error = open(step) { throw error }
        place = position
        place.textOffset = nil
        guard let file else {
            finishedBytes += InputWalker.byteCount(of: path) ?? 0
            return
        }
        try file.skipLines(position.lineCount, digest: position.linesDigest)
        guard let offset = position.textOffset else { return }
        guard case .began? = begin(file), let text = document?.text else {
            if isInterrupted { throw .interrupted(path: path) }
            throw .inputChanged(path: path, offset: offset)
        }
        while text.offset < offset, try !text.take(upTo: offset - text.offset).isEmpty {}
        guard text.offset == offset, text.digest == position.textDigest else {
            throw .inputChanged(path: path, offset: offset)
        }
    }

    /// Walks up to the file of a position.
    private func findStep(
        of position: IngestionPosition,
        path: String
    ) throws(IngestionError) -> InputWalker.Step {
        while let step = walker.next() {
            if step.inputIndex == position.inputIndex, step.path == path {
                guard pathsDigest(upTo: step) == position.pathsDigest else {
                    throw .inputsChanged(path: path)
                }
                return step
            }
            place.pathsDigest = pathsDigest(upTo: step)
            if case .success(let earlier) = step.file {
                finishedBytes += InputWalker.byteCount(of: earlier) ?? 0
            }
        }
        throw .inputMissing(path: path)
    }

    /// Opens the file of a step; returns what is wrong with it.
    private func open(_ step: InputWalker.Step) -> IngestionError? {
        let digest = pathsDigest(upTo: step)
        place = IngestionPosition()
        place.inputIndex = step.inputIndex
        place.path = step.path
        place.pathsDigest = digest
        do throws(IngestionError) {
            file = try DocumentFile(
                path: try step.file.get(),
                configuration: configuration,
                interruption: interruption
            )
            return nil
        } catch {
            place.isFileDone = true
            finishedBytes += InputWalker.byteCount(of: step.path) ?? 0
            return error
        }
    }

    private func pathsDigest(upTo step: InputWalker.Step) -> ContentDigest {
        ContentDigest(of: Array("\(place.pathsDigest) \(step.path)".utf8))
    }

    /// Begins the file's next document; nil if it has none any more.
    private func begin(_ file: DocumentFile) -> IngestionEvent? {
        place.lineCount = file.lineCount
        place.linesDigest = file.linesDigest
        switch file.next() {
        case .success(let next)?:
            document = next
            return .began(next.description)
        case .failure(let failure)? where failure.error == .interrupted(path: failure.error.path):
            isInterrupted = true
            return nil
        case .failure(let failure)?:
            endDocument()
            return .failed(failure.description, failure.error)
        case nil:
            close(file)
            return nil
        }
    }

    private func nextPiece(of document: OpenDocument) -> IngestionEvent? {
        let text = document.text
        do throws(IngestionError) {
            let offset = text.offset
            let piece = try text.take()
            if !piece.isEmpty { return .text(piece, offset: offset) }
            return end(of: text)
        } catch .interrupted {
            isInterrupted = true
            return nil
        } catch {
            endDocument()
            return .failed(document.description, error)
        }
    }

    private func end(of text: DecodedText) -> IngestionEvent {
        endDocument()
        return .ended(
            TextDigest(digest: text.digest, lengthBytes: text.offset),
            notice: text.notice ?? (text.offset == 0 ? .noText : nil)
        )
    }

    private func endDocument() {
        document = nil
        guard let file else { return }
        place.lineCount = file.lineCount
        place.linesDigest = file.linesDigest
        if file.isDone { close(file) }
    }

    private func close(_ file: DocumentFile) {
        finishedBytes += place.path.flatMap(InputWalker.byteCount) ?? file.bytesRead
        place.isFileDone = true
        self.file = nil
    }
}

/// What a text is recognized by.
public struct TextDigest: Sendable, Equatable {
    /// The digest of its bytes.
    public let digest: ContentDigest
    /// How many there are.
    public let lengthBytes: Int
}
