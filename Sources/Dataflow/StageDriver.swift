public import Diagnostics
import Serialization

/// Drives one stage: takes batches apart into rows and markers, and keeps failed documents out.
///
/// State across a checkpoint: the ordinal of the document being skipped, before the stage's own.
///
/// - Concurrency: Works where the stage does, so that a batch costs no change of threads.
package struct StageDriver: Sendable {
    private let name: String
    private let output: Output
    private let onFailure: @Sendable (DocumentFailure) -> Void
    /// The document that failed here and whose remaining rows are dropped.
    private var skippedDocument: Int?
    /// What is being taken, or was taken last.
    private var part = Part.end

    /// A part of the stream.
    private enum Part {
        case rows(of: Batch)
        case marker(Marker)
        case end
    }

    /// The document that the stage is at, and where its rows begin in it.
    var place: (document: Document?, byte: Int?) {
        switch part {
        case .rows(let batch): (batch.document, batch.firstByte)
        case .marker(let marker): (marker.document, nil)
        case .end: (nil, nil)
        }
    }

    /// A driver of a stage that has taken nothing.
    package init(
        name: String,
        output: Output,
        onFailure: @escaping @Sendable (DocumentFailure) -> Void
    ) {
        self.name = name
        self.output = output
        self.onFailure = onFailure
    }

    /// Takes one batch: its rows, then its markers.
    package mutating func take(_ batch: Batch, by stage: isolated any Stage) async throws {
        part = .rows(of: batch)
        if batch.rowCount > 0, batch.document?.ordinal != skippedDocument || skippedDocument == nil
        {
            do {
                try await stage.process(batch.withoutMarkers, into: output)
            } catch let problem as DocumentProblem {
                try await fail(batch.document, problem, byte: batch.firstByte, in: stage)
            }
        }
        for marker in batch.markers {
            part = .marker(marker)
            try await take(marker, by: stage)
        }
        try await output.flush(isolation: stage)
    }

    /// Ends the stream.
    package mutating func finish(_ stage: isolated any Stage) async throws {
        part = .end
        try await stage.flush(into: output)
        try await output.flush(isolation: stage)
    }

    /// Puts the stage where a checkpoint left it.
    package mutating func restore(
        _ stage: isolated any Stage,
        from checkpoint: Checkpoint
    ) async throws {
        guard let bytes = checkpoint.state(of: name) else {
            throw DataflowError.unusableCheckpoint(stage: name, reason: "it has no state of it")
        }
        do {
            var reader = ByteReader(bytes)
            let skipped: Int64 = try reader.read()
            skippedDocument = skipped < 0 ? nil : Int(skipped)
            try stage.restore(try reader.readBytes())
        } catch let error as SerializationError {
            throw DataflowError.unusableCheckpoint(stage: name, reason: error.problem)
        }
    }

    private mutating func take(_ marker: Marker, by stage: isolated any Stage) async throws {
        switch marker {
        case .documentBegan(let document):
            do {
                try await stage.documentBegan(document, into: output)
                try await forward(marker, of: stage)
            } catch let problem as DocumentProblem {
                try await fail(document, problem, in: stage)
            }
        case .documentEnded(var end):
            guard skippedDocument != end.document.ordinal else {
                skippedDocument = nil
                return
            }
            do {
                try await stage.documentEnded(&end, into: output)
                try await forward(.documentEnded(end), of: stage)
            } catch let problem as DocumentProblem {
                try await fail(end.document, problem, in: stage)
                skippedDocument = nil
            }
        case .documentFailed(let document, let problem):
            guard skippedDocument != document.ordinal else {
                skippedDocument = nil
                return
            }
            try await stage.documentFailed(document, problem, into: output)
            try await forward(marker, of: stage)
        case .checkpoint(var checkpoint):
            try await stage.flush(into: output)
            var writer = ByteWriter()
            writer.write(Int64(skippedDocument ?? -1))
            writer.write(try stage.snapshot())
            checkpoint.states.append(.init(stage: name, bytes: writer.bytes))
            try await stage.reached(checkpoint)
            try await output.send(Batch(markers: [.checkpoint(checkpoint)]))
        }
    }

    private func forward(_ marker: Marker, of stage: isolated any Stage) async throws {
        if !stage.holds(marker) { try await output.send(Batch(markers: [marker])) }
    }

    /// Fails the document that is passing: what comes of it is dropped, the stages behind forget it.
    private mutating func fail(
        _ document: Document?,
        _ problem: DocumentProblem,
        byte: Int? = nil,
        in stage: isolated any Stage
    ) async throws {
        guard let document else { throw problem }
        let failure = DocumentFailure(
            document: document,
            stage: name,
            byte: byte,
            cause: problem
        )
        onFailure(failure)
        skippedDocument = document.ordinal
        try await stage.documentFailed(document, problem, into: output)
        try await forward(.documentFailed(document, problem), of: stage)
    }
}

/// A document that could not be read to its end.
public struct DocumentFailure: DiagnosticError, Equatable {
    /// The document.
    public let document: Document
    /// The stage in which it failed.
    public let stage: String
    /// Where the rows at which it failed begin in it, in bytes; a source's problem says so itself.
    public let byte: Int?
    /// Why.
    public let cause: DocumentProblem

    /// A document that failed.
    public init(document: Document, stage: String, byte: Int? = nil, cause: DocumentProblem) {
        self.document = document
        self.stage = stage
        self.byte = byte
        self.cause = cause
    }

    public var problem: String {
        StageError(stage: stage, document: document.id, byte: byte, cause: cause).problem
    }

    public var mend: String? { cause.mend }
    public var exitCode: ExitCode { cause.exitCode }
}
