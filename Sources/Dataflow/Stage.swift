/// One step of a pipeline: rows in, rows out, with a state that can be carried over a restart.
///
/// The run calls a stage from one task, so its methods never overlap. A stage may hold rows back
/// (half a sentence, half a block); what it holds is either given up by `flush` or part of
/// `snapshot`. Its output must depend on the content of the stream alone: not on how the stream is
/// cut into batches, nor on time.
public protocol Stage: Actor {
    /// Takes the rows of a batch, which are all of one document.
    ///
    /// - Throws: `DocumentProblem` to fail that document only; any other error ends the run.
    func process(_ batch: Batch, into output: Output) async throws

    /// A document begins. The marker follows what is sent here.
    func documentBegan(_ document: Document, into output: Output) async throws

    /// All rows of a document have come: send what is held back of it, attach what is known of it.
    func documentEnded(_ end: inout DocumentEnd, into output: Output) async throws

    /// A document failed: forget what is held of it.
    func documentFailed(
        _ document: Document,
        _ problem: DocumentProblem,
        into output: Output
    ) async throws

    /// Whether the stage keeps a document's marker to send it later itself, in its place in the
    /// stream; a stage that gathers rows of several documents does. Checkpoints are never held.
    func holds(_ marker: Marker) -> Bool

    /// Sends all rows and markers that are held for speed alone. A checkpoint or the end follows.
    func flush(into output: Output) async throws

    /// Everything that the stage needs to go on from here in another process.
    func snapshot() throws -> [UInt8]

    /// Goes on from a snapshot.
    func restore(_ state: [UInt8]) throws

    /// A checkpoint has gathered the states of all stages up to and including this one.
    ///
    /// The stage that stores the states ends the part of the chain that is carried over a restart:
    /// stages behind it begin anew.
    func reached(_ checkpoint: Checkpoint) async throws
}

extension Stage {
    public func documentBegan(_ document: Document, into output: Output) async throws {}
    public func documentEnded(_ end: inout DocumentEnd, into output: Output) async throws {}
    public func documentFailed(
        _ document: Document,
        _ problem: DocumentProblem,
        into output: Output
    ) async throws {}
    public func holds(_ marker: Marker) -> Bool { false }
    public func flush(into output: Output) async throws {}
    public func snapshot() throws -> [UInt8] { [] }
    public func restore(_ state: [UInt8]) throws {}
    public func reached(_ checkpoint: Checkpoint) async throws {}
}

/// The beginning of a pipeline: batches of rows and of document markers, in a fixed order.
public protocol Source: Actor {
    /// The next batch, or nil at the end.
    ///
    /// The cuts between batches depend on the input alone, not on how fast it arrives.
    func next() async throws -> Batch?

    /// Where the source stands, after the batch that `next` returned last.
    func position() throws -> [UInt8]

    /// Goes on from a position.
    ///
    /// - Throws: `CancellationError` if it was interrupted meanwhile.
    func restore(_ position: [UInt8]) async throws

    /// The run is to stop: a `next` that waits for input, now or later, returns nil soon.
    ///
    /// - Concurrency: Called from anywhere, also while `next` or `restore` waits.
    nonisolated func interrupt()
}

extension Source {
    public nonisolated func interrupt() {}
}
