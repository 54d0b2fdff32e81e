import Dataflow
import Ingestion
import Pipelines
import Serialization
import Tensors
import Text

/// `ingest`: inputs to decoded text.
actor IngestStage: Source {
    static let spec = StageSpec(
        name: "ingest",
        summary: """
            Reads files, folders, patterns or standard input as UTF-8 text: plain, Markdown, HTML \
            or NDJSON, also in gzip or zstd.
            """,
        position: .source,
        fields: [
            FieldSpec(
                "format",
                .choice(IngestionConfiguration.Format.allCases.map(\.rawValue)),
                default: .string("auto"),
                "what an input is taken for; `auto` goes by its name and beginning"
            ),
            FieldSpec(
                "invalid_utf8",
                .choice(["replace", "refuse"]),
                default: .string("replace"),
                "what to do with bytes that are not UTF-8"
            ),
            FieldSpec(
                "text_field",
                .string,
                default: .string("text"),
                "the key of a document's text in NDJSON"
            ),
            FieldSpec(
                "id",
                .string,
                default: .string("stdin"),
                "the id of the document on standard input"
            ),
        ],
        adds: [Columns.text, Columns.start],
        example: "- ingest: {format: ndjson, text_field: body, invalid_utf8: refuse}"
    )

    /// The bounds of how much text flows at once.
    private static let pieceBytes = 256...(1 << 16)

    private let executor = StageExecutor("ingest")
    private let interruption = ReadInterruption()
    private let reader: DocumentReader
    private let environment: StageEnvironment
    private var nextOrdinal = 0
    private var document: Document?

    init(settings: StageSettings, environment: StageEnvironment) throws {
        let isRefused = settings.string("invalid_utf8") == "refuse"
        let format = IngestionConfiguration.Format(rawValue: settings.string("format"))
        let configuration = IngestionConfiguration(
            format: format ?? .auto,
            invalidUTF8: isRefused ? .refused : .replaced,
            textField: settings.string("text_field"),
            standardInputID: settings.string("id"),
            // A checkpoint stands between two pieces.
            pieceBytes: min(
                max(environment.checkpointBytes, Self.pieceBytes.lowerBound),
                Self.pieceBytes.upperBound
            )
        )
        guard !environment.inputs.isEmpty else { throw StagesError.noInputs }
        reader = DocumentReader(
            inputs: environment.inputs,
            configuration: configuration,
            interruption: interruption
        )
        self.environment = environment
        environment.progress.setTotalBytes(reader.totalBytes())
    }

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    nonisolated func interrupt() { interruption.interrupt() }

    func next() throws -> Batch? {
        while let event = reader.next() {
            environment.progress.setBytesRead(reader.bytesRead)
            switch event {
            case .began(let description):
                if let stored = try environment.storedDigest(of: description.id) {
                    switch try standing(of: description, stored) {
                    case .changed: break
                    case .unchanged: continue
                    case .failed(let error): return fail(description, error)
                    }
                }
                environment.ledger?.began(description.id)
                return Batch(markers: [.documentBegan(begin(description))])
            case .text(let piece, let offset):
                var batch = Batch(document: document)
                try batch.set("text", .text(TextColumn([piece])))
                environment.progress.countTextRead(piece.count)
                try batch.set("start", .int64(Tensor(width: 1, elements: [Int64(offset)])))
                if case .ended(let text, let notice)? = reader.nextIfEnd() {
                    environment.progress.setBytesRead(reader.bytesRead)
                    end(text, notice).map { batch.markers.append($0) }
                }
                return batch
            case .ended(let text, let notice):
                guard let marker = end(text, notice) else { continue }
                return Batch(markers: [marker])
            case .failed(let description, let error):
                return fail(description, error)
            }
        }
        return nil
    }

    func position() -> [UInt8] {
        var place = reader.position
        if document == nil { place.textOffset = nil }
        var writer = ByteWriter()
        writer.writeCount(nextOrdinal)
        writer.write(document != nil)
        writer.writeRaw(place.bytes)
        return writer.bytes
    }

    func restore(_ position: [UInt8]) throws {
        let place: IngestionPosition
        let isInside: Bool
        do throws(SerializationError) {
            var bytes = ByteReader(position)
            nextOrdinal = try bytes.readCount()
            isInside = try bytes.readBool()
            place = try IngestionPosition(bytes: try bytes.readRaw(count: bytes.remainingCount))
        } catch {
            throw StagesError.unusableState(stage: "ingest", reason: error.problem)
        }
        do throws(IngestionError) {
            try reader.seek(to: place)
        } catch .interrupted {
            throw CancellationError()
        }
        environment.progress.setBytesResumed(reader.bytesRead)
        guard isInside, let description = reader.currentDocument else { return }
        nextOrdinal -= 1
        _ = begin(description)
    }

    private func end(_ text: TextDigest, _ notice: IngestionNotice?) -> Marker? {
        guard let document else { return nil }
        if let notice { environment.notice("\(document.id): \(notice)") }
        self.document = nil
        environment.ledger?.ended(document.id, digest: text.digest)
        environment.progress.countRead()
        let end = DocumentEnd(
            document: document,
            lengthBytes: text.lengthBytes,
            digest: text.digest
        )
        return .documentEnded(end)
    }

    private func begin(_ description: DocumentDescription) -> Document {
        let document = Document(
            ordinal: nextOrdinal,
            id: description.id,
            uri: description.uri,
            title: description.title,
            metadata: description.metadata.map { .init(key: $0.key, value: $0.value) }
        )
        nextOrdinal += 1
        self.document = document
        return document
    }

    private func fail(_ description: DocumentDescription, _ error: IngestionError) -> Batch {
        let failed = document ?? begin(description)
        document = nil
        environment.ledger?.failed(failed.id)
        return Batch(markers: [.documentFailed(failed, DocumentProblem(error))])
    }

    /// What a document that begins is to the one of its id that the store holds.
    private enum Standing {
        /// It is another text, which is to be read.
        case changed
        /// It is the very text, which has been passed over.
        case unchanged
        /// It cannot be read.
        case failed(IngestionError)
    }

    /// Compares the document that begins with the stored one, and passes over it if it is that.
    ///
    /// - Throws: `StagesError.documentExists` if it is another text from a pipe, which comes once: it
    ///   cannot be compared first and then read.
    private func standing(
        of description: DocumentDescription,
        _ stored: ContentDigest
    ) throws -> Standing {
        let again: TextDigest?
        do throws(IngestionError) {
            again = try reader.digestOfDocument()
        } catch {
            reader.skipDocument()
            return .failed(error)
        }
        if let again {
            guard again.digest == stored else { return .changed }
            reader.skipDocument()
            environment.progress.countUnchanged()
            return .unchanged
        }
        while let event = reader.next() {
            switch event {
            case .began, .text: continue
            case .failed(_, let error): return .failed(error)
            case .ended(let text, _):
                guard text.digest == stored else {
                    throw StagesError.documentExists(id: description.id)
                }
                environment.progress.countUnchanged()
                return .unchanged
            }
        }
        // It was interrupted; the position is that before the document.
        return .unchanged
    }
}
