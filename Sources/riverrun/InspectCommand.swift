import ArgumentParser
import BlockStorage
import Diagnostics
import Serialization
import Stages

/// `riverrun inspect`: looks into a store.
struct InspectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Look into a store.",
        discussion: """
            riverrun inspect S                 what it holds in figures
            riverrun inspect S documents       its documents
            riverrun inspect S blocks          its blocks; --document ID for one document's
            riverrun inspect S block N         one block: its segments and its nearest neighbours
            riverrun inspect S memory ID       what the memory held at a document's end
            riverrun inspect S checkpoints     where runs stand
            riverrun inspect S sizes           how much room each table takes
            riverrun inspect S attention       what language models have read into it
            riverrun inspect S --verify        reads everything back and checks every digest
            """
    )

    /// What is looked at.
    enum Subject: String, CaseIterable, ExpressibleByArgument {
        case overview, documents, blocks, block, memory, checkpoints, sizes, attention
    }

    @Argument(help: "The store's folder.", completion: .directory)
    var store: String

    @Argument(help: "What to look at.")
    var subject: Subject = .overview

    @Argument(help: "A block's number or a document's id.")
    var id: String?

    @Option(help: "Show the blocks of this document only.")
    var document: String?

    @Flag(help: "Read everything back and check every digest.")
    var verify = false

    @Flag(help: "Print one JSON object a line.")
    var json = false

    func run() async throws {
        try await Exit.run {
            let output = StandardOutput()
            if subject == .attention, !verify {
                try output.write(
                    ReadingInspection.listing(ofStoreAt: store).rendered(json: json)
                )
                try output.flush()
                return .success
            }
            let opened = try Store.open(at: store, mode: .readOnly)
            let status = verify ? try report(try opened.verify(), output) : .success
            if !verify {
                for listing in try StoreListings(store: opened).listings(subject, id, document) {
                    try output.write(listing.rendered(json: json))
                }
            }
            try output.flush()
            return status
        }
    }

    private func report(
        _ verification: StoreVerification,
        _ output: StandardOutput
    ) throws -> ExitCode {
        var listing = Listing([
            "documents", "blocks", "text bytes", "concepts", "landmarks", "postings", "memories",
            "checkpoints", "problems",
        ])
        listing.append([
            .count(verification.documentCount), .count(verification.blockCount),
            .bytes(verification.textBytes), .count(verification.conceptCount),
            .count(verification.landmarkCount), .count(verification.postingCount),
            .count(verification.memoryCount), .count(verification.checkpointCount),
            .count(verification.problemCount),
        ])
        try output.write(listing.rendered(json: json))
        for problem in verification.problems { Terminal.report("\(store): \(problem)") }
        return verification.isSound ? .success : .dataError
    }
}

/// The tables that `inspect` shows.
private struct StoreListings {
    let store: Store

    func listings(
        _ subject: InspectCommand.Subject,
        _ id: String?,
        _ document: String?
    ) throws -> [Listing] {
        switch subject {
        case .overview: return [try overview()]
        case .documents: return [try documents()]
        case .blocks: return [try blocks(of: try document.map { try record($0) })]
        case .block: return try block(id)
        case .memory: return [try memory(of: try record(id ?? ""))]
        case .checkpoints: return [try checkpoints()]
        case .sizes: return [try sizes()]
        case .attention: return [try ReadingInspection.listing(ofStoreAt: store.path)]
        }
    }

    private func overview() throws -> Listing {
        let statistics = try store.read { try $0.statistics() }
        var listing = Listing([
            "documents", "blocks", "text", "terms", "encoder", "vector width", "language",
        ])
        listing.append([
            .count(statistics.documentCount), .count(statistics.blockCount),
            .bytes(statistics.textBytes), .count(statistics.termCount),
            .text(store.settings.encoder), .count(store.settings.vectorWidth),
            .text(store.settings.chain["language"] ?? ""),
        ])
        return listing
    }

    private func documents() throws -> Listing {
        var listing = Listing([
            "id", "title", "uri", "bytes", "blocks", "state", "digest", "metadata",
        ])
        for record in try store.read({ try $0.documents(unfinished: true) }) {
            listing.append([
                .text(record.id), .text(record.title ?? ""), .text(record.uri),
                .bytes(record.lengthBytes), .count(record.blockCount), .text(state(of: record)),
                .text(record.digest?.description ?? ""),
                .list(record.metadata.map { "\($0.name)=\($0.value)" }),
            ])
        }
        return listing
    }

    private func state(of record: DocumentRecord) -> String {
        switch record.state {
        case .reading: "reading"
        case .complete: "complete"
        case .failed(let reason): "failed: \(reason)"
        }
    }

    private func blocks(of document: DocumentRecord?) throws -> Listing {
        var listing = Listing([
            "block", "document", "start", "end", "segments", "pieces", "boundary", "surprise",
            "path",
        ])
        try store.read { transaction in
            let records = try document.map { [$0] } ?? transaction.documents()
            for record in records {
                try transaction.forEachBlock(of: record) { block throws(StoreError) in
                    let surprises = block.segments.map(\.surprise)
                    listing.append([
                        .count(Int(block.id)), .text(record.id),
                        .count(block.byteRange.lowerBound), .count(block.byteRange.upperBound),
                        .count(block.segments.count), .count(block.tokenCount),
                        .real(Double(block.segments.first?.boundary ?? 0)),
                        .real(Double(surprises.reduce(0, +)) / Double(max(1, surprises.count))),
                        .list(block.paths.first ?? []),
                    ])
                    return true
                }
            }
        }
        return listing
    }

    private func block(_ id: String?) throws -> [Listing] {
        let number = id.flatMap { UInt64($0) }
        let found = try number.map { number in
            try store.read { transaction in
                try transaction.block(number).map { block in
                    (block, try transaction.document(number: block.document))
                }
            }
        }
        guard let number, let (block, document) = found ?? nil else {
            throw InspectError.noSuchBlock(id ?? "", store: store.path)
        }
        var segments = Listing([
            "document", "start", "end", "kind", "boundary", "surprise", "path", "text",
        ])
        for index in block.segments.indices {
            let range = block.byteRange(ofSegment: index)
            segments.append([
                .text(document?.id ?? ""), .count(range.lowerBound), .count(range.upperBound),
                .text(block.segments[index].kind),
                .real(Double(block.segments[index].boundary)),
                .real(Double(block.segments[index].surprise)),
                .list(block.path(ofSegment: index)), .text(oneLine(block.text(ofSegment: index))),
            ])
        }
        var neighbours = Listing(["neighbour", "similarity", "document", "start", "end", "begins"])
        for entry in try StoreInspection(store).neighbours(of: number, count: 5) {
            neighbours.append([
                .count(Int(entry.block.id)), .real(Double(entry.similarity)),
                .text(entry.document), .count(entry.block.byteRange.lowerBound),
                .count(entry.block.byteRange.upperBound),
                .text(String(oneLine(entry.block.text).prefix(60))),
            ])
        }
        return [segments, neighbours]
    }

    private func memory(of document: DocumentRecord) throws -> Listing {
        var listing = Listing(["memory", "rows", "width", "norm", "maximum"])
        for figures in try StoreInspection(store).memory(of: document) {
            listing.append([
                .text(figures.name), .count(figures.rowCount), .count(figures.width),
                .real(Double(figures.norm)), .real(Double(figures.maximum)),
            ])
        }
        return listing
    }

    private func checkpoints() throws -> Listing {
        var listing = Listing(["pipeline", "source", "state", "stages", "bytes"])
        for checkpoint in try store.read({ try $0.checkpoints() }) {
            let bytes = checkpoint.states.reduce(0) { $0 + $1.bytes.count }
            listing.append([
                .text(checkpoint.pipeline), .text(oneLine(checkpoint.source)),
                .text(checkpoint.states.isEmpty ? "finished" : "can go on"),
                .list(checkpoint.states.map(\.stage)), .bytes(bytes),
            ])
        }
        return listing
    }

    private func sizes() throws -> Listing {
        var listing = Listing(["table", "entries", "bytes"])
        for table in try store.read({ try $0.tableSizes() }) {
            listing.append([
                .text(table.name), .count(table.entryCount), .bytes(table.sizeBytes),
            ])
        }
        return listing
    }

    private func record(_ id: String) throws -> DocumentRecord {
        guard let record = try store.read({ try $0.document(id: id) }) else {
            throw StagesError.noSuchDocument(id: id, store: store.path)
        }
        return record
    }

    private func oneLine(_ text: String) -> String {
        text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }
}

/// What language models have read into a store.
private enum ReadingInspection {
    static func listing(ofStoreAt path: String) throws -> Listing {
        var listing = Listing([
            "document", "model", "fingerprint", "tokens", "read", "window", "blocks", "kept",
            "keys and values", "state",
        ])
        let store = try AttentionStore(ofStoreAt: path, mode: .readOnly)
        for reading in try store.readings() {
            let state =
                switch reading.state {
                case .listing: "its tokens are being written"
                case .reading: "can go on"
                case .complete: "complete"
                }
            listing.append([
                .text(reading.document), .text(reading.modelName),
                .text(reading.modelFingerprint), .count(reading.tokenCount),
                .count(reading.readCount), .count(reading.layout.windowLength),
                .count(reading.blockCount), .count(reading.keptCount),
                .bytes(reading.keptBytes), .text(state),
            ])
        }
        return listing
    }
}

/// What can be wrong with what is asked of `inspect`.
private enum InspectError: DiagnosticError {
    case noSuchBlock(String, store: String)

    var problem: String {
        switch self {
        case .noSuchBlock(let id, let store): "store \(store) holds no block `\(id)`"
        }
    }

    var mend: String? { "`riverrun inspect STORE blocks` lists them" }
    var exitCode: ExitCode { .noInput }
}
