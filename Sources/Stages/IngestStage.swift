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

    private let executor = StageExecutor("ingest")
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
            standardInputID: settings.string("id")
        )
        guard !environment.inputs.isEmpty else { throw StagesError.noInputs }
        reader = DocumentReader(inputs: environment.inputs, configuration: configuration)
        self.environment = environment
        environment.progress.setTotalBytes(reader.totalBytes())
    }

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    func next() throws -> Batch? {
        while let event = reader.next() {
            environment.progress.setBytesRead(reader.bytesRead)
            switch event {
            case .began(let description):
                if try isStored(description) { continue }
                let document = begin(description)
                return Batch(markers: [.documentBegan(document)])
            case .text(let piece, let offset):
                var batch = Batch(document: document)
                try batch.set("text", .text(TextColumn([piece])))
                try batch.set("start", .int64(Tensor(width: 1, elements: [Int64(offset)])))
                return batch
            case .ended(let text, let notice):
                guard let document else { continue }
                if let notice { environment.notice("\(document.id): \(notice)") }
                self.document = nil
                let end = DocumentEnd(
                    document: document,
                    lengthBytes: text.lengthBytes,
                    digest: text.digest
                )
                return Batch(markers: [.documentEnded(end)])
            case .failed(let description, let error):
                let failed = document ?? begin(description)
                document = nil
                return Batch(markers: [.documentFailed(failed, DocumentProblem(error))])
            }
        }
        return nil
    }

    func position() -> [UInt8] {
        var writer = ByteWriter()
        writer.writeCount(nextOrdinal)
        writer.write(document != nil)
        writer.writeRaw(reader.position.bytes)
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
        try reader.seek(to: place)
        guard isInside, let description = reader.currentDocument else { return }
        nextOrdinal -= 1
        _ = begin(description)
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

    /// Whether the store holds this very text already; then it is passed over.
    private func isStored(_ description: DocumentDescription) throws -> Bool {
        guard let stored = try environment.storedDigest(of: description.id) else { return false }
        if let text = try reader.digestOfDocument() {
            guard text.digest == stored else { return false }
            reader.skipDocument()
            environment.progress.countUnchanged()
            return true
        }
        // A pipe comes once: it is the same text, or it is refused.
        while let event = reader.next() {
            guard case .ended(let text, _) = event else { continue }
            guard text.digest == stored else {
                throw StagesError.documentExists(id: description.id)
            }
            environment.progress.countUnchanged()
            break
        }
        return true
    }
}
