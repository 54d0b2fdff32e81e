import BlockStorage
import Dataflow
import Models
import Pipelines
import Retrieval
import Serialization
import Tensors
import Text

/// `store`: blocks into the store, one transaction a checkpoint.
actor StoreStage: Stage {
    static let spec = StageSpec(
        name: "store",
        summary: """
            Keeps blocks, vectors, landmarks, postings and memories in the store; commits them with \
            every stage's state at each checkpoint.
            """,
        fields: [
            FieldSpec(
                "language",
                .string,
                default: .string("english"),
                "the language whose endings the stemmer takes off, or `none`"
            )
        ],
        needs: [
            Columns.text, Columns.start, Columns.end, Columns.kind, Columns.path, Columns.vector,
            Columns.pieces, Columns.block, Columns.boundary, Columns.surprise, Columns.landmark,
        ],
        example: "- store: {language: german}"
    )

    private let executor = StageExecutor("store")
    private let store: Store
    private let environment: StageEnvironment
    private let analyzer: LexicalAnalyzer
    private var terms = IndexedTerms()
    private let keepsVectors: Bool
    private var changes = StoreChanges()
    /// The document that has begun in the store and not ended.
    private var openDocument: Int?
    /// What became of documents since the last commit.
    private var settled: [(id: String, entry: DocumentLedger.Entry)] = []

    init(settings: StageSettings, environment: StageEnvironment) throws {
        let language = settings.string("language")
        analyzer = try LexicalAnalyzer(language: language)
        store = try environment.stores.writer(language: language)
        keepsVectors = try !environment.stores.encoder().outrunsStorage
        self.environment = environment
    }

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    func documentBegan(_ document: Document, into output: Output) {
        changes.beginDocument(
            NewDocument(
                id: document.id,
                uri: document.uri,
                title: document.title,
                metadata: document.metadata.map { MetadataField(name: $0.key, value: $0.value) }
            )
        )
        openDocument = document.ordinal
    }

    func process(_ batch: Batch, into output: Output) async throws {
        guard let document = batch.document else { return }
        let rows = try BlockRows(batch, keepsVectors: keepsVectors)
        let blocks = rows.blocks
        for block in blocks { add(rows.block(block), to: document) }
        environment.progress.countBlocks(blocks.count, textBytes: rows.textBytes)
        try await output.send(batch)
    }

    func documentEnded(_ end: inout DocumentEnd, into output: Output) {
        let id = end.document.id
        for attachment in end.attachments {
            let tensor = MemoryTensor(name: attachment.name, tensor: attachment.tensor)
            changes.setMemory(tensor, of: id)
        }
        changes.endDocument(id, lengthBytes: end.lengthBytes, digest: end.digest)
        settled.append((id, .complete(end.digest)))
        environment.progress.countDocument(id: id, bytes: end.lengthBytes)
        openDocument = nil
    }

    func documentFailed(_ document: Document, _ problem: DocumentProblem, into output: Output) {
        guard openDocument == document.ordinal else { return }
        changes.failDocument(document.id, reason: problem.problem)
        settled.append((document.id, .incomplete))
        openDocument = nil
    }

    func snapshot() -> [UInt8] {
        var writer = ByteWriter()
        writer.write(Int64(openDocument ?? -1))
        return writer.bytes
    }

    func restore(_ state: [UInt8]) throws {
        do {
            var reader = ByteReader(state)
            let ordinal: Int64 = try reader.read()
            openDocument = ordinal < 0 ? nil : Int(ordinal)
        } catch {
            throw StagesError.unusableState(stage: "store", reason: error.problem)
        }
    }

    func reached(_ checkpoint: Checkpoint) throws {
        changes.setCheckpoint(environment.record(of: checkpoint))
        try store.commit(changes)
        changes.removeAll()
        for (id, entry) in settled { environment.ledger?.committed(id, entry) }
        settled.removeAll()
    }

    /// Adds a block with the terms of its text, its document's title and the headings above it.
    private func add(_ block: NewBlock, to document: Document) {
        block.bytes.withUnsafeBytes { text in
            changes.addBlock(block, to: document.id) { add in
                terms.forEach(
                    title: document.title,
                    paths: block.paths,
                    text: text,
                    analyzer: analyzer
                ) { add(UnsafeRawBufferPointer($0), 1) }
            }
        }
    }
}
