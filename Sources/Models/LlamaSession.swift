internal import CKernels
internal import Tensors

/// A text that a decoder reads and goes on with, token by token.
///
/// Logits depend on the tokens alone, to the bit: not on the number of threads, the processor or how
/// they are cut into calls; only InfLLM and HiP in steps of many tokens see where a call of `read` ends.
/// - Concurrency: one thread at a time.
public final class LlamaSession {
    /// How many tokens have been read.
    public var position: Int { passedCount + held.count }
    /// How many tokens can be read.
    public var contextLength: Int { memory.capacity }

    private let model: LlamaModel
    private let memory: any AttentionMemory
    private let landmarks: LandmarkInsertion?
    private let buffers: LlamaBuffers
    /// How many tokens have gone through the layers.
    private var passedCount: Int
    /// Tokens behind them that wait until there are enough for a pass.
    private var held: [Int32] = []
    /// What broke a pass off, after which the memory cannot be used.
    private var failure: ModelsError?

    /// A session for texts of up to `contextLength` tokens.
    ///
    /// - Throws: `ModelsError.context` if that is more than the model was made for,
    ///   `ModelsError.contextMemory` if it is more than the machine can hold.
    public convenience init(_ model: LlamaModel, contextLength: Int) throws(ModelsError) {
        precondition(contextLength > 0, "a context has room for a token")
        guard contextLength <= model.configuration.contextLength else {
            throw .context(
                tokenCount: contextLength,
                limit: model.configuration.contextLength
            )
        }
        self.init(model, try FullAttention(model, capacity: contextLength), position: 0)
    }

    /// A session that attends to what a memory holds of `position` tokens, and keeps what it reads
    /// there; landmarks are put between tokens where that is asked for, and count as tokens.
    package init(
        _ model: LlamaModel,
        _ memory: any AttentionMemory,
        position: Int,
        landmarks: LandmarkInsertion? = nil
    ) {
        self.model = model
        self.memory = memory
        self.landmarks = landmarks
        passedCount = position
        buffers = LlamaBuffers(model.configuration, tokenCount: memory.passLength)
    }

    /// A session that has read the same, and goes on apart from this one.
    ///
    /// - Complexity: O(`position`): what is kept is copied.
    public func fork() -> LlamaSession {
        let fork = LlamaSession(
            model,
            memory.fork(at: passedCount),
            position: passedCount,
            landmarks: landmarks
        )
        fork.held = held
        fork.failure = failure
        return fork
    }

    /// Forgets the tokens from a position on, as if they had never been read.
    ///
    /// - Throws: `ModelsError.rewind` if the session's attention does not keep what was there before.
    /// - Precondition: No more than `position` tokens have been read.
    public func rewind(to position: Int) throws(ModelsError) {
        precondition((0...self.position).contains(position), "a position that was read")
        guard position < self.position else { return }
        held.removeLast(min(held.count, self.position - position))
        guard position < passedCount else { return }
        try memory.rewind(to: position)
        passedCount = position
    }

    // MARK: - Reading

    /// Reads tokens of a text whose logits nobody asks for.
    ///
    /// They go through the layers in passes of full length, so what does not fill one waits for
    /// more. However a text is cut into calls, the passes are the same.
    /// - Throws: `ModelsError.context` if they do not fit, before any is read.
    package func append(_ tokens: [Int32]) throws(ModelsError) {
        let tokens = landmarks?.inserted(into: tokens, from: position).tokens ?? tokens
        try checkRoom(for: tokens.count)
        held += tokens
        var start = 0
        while held.count - start >= memory.passLength {
            try forward(held[start..<(start + memory.passLength)])
            start += memory.passLength
        }
        held.removeFirst(start)
    }

    /// Takes the tokens through the layers that wait.
    package func finish() throws(ModelsError) {
        if !held.isEmpty { try forward(held[...]) }
        held = []
    }

    /// Reads tokens; the logits of what may come next.
    ///
    /// - Throws: `ModelsError.context` if they do not fit, before any is read.
    /// - Precondition: There is a token, and each is in the vocabulary.
    public func read(_ tokens: [Int32]) throws(ModelsError) -> [Float] {
        precondition(!tokens.isEmpty, "there is a token to read")
        var lastOfPass = 0
        let tokens = landmarks?.inserted(into: tokens, from: position).tokens ?? tokens
        try readPasses(tokens) { _, pass in lastOfPass = pass.count - 1 }
        return logits(ofTokens: lastOfPass..<(lastOfPass + 1))[0]
    }

    /// Reads tokens; the logits behind each.
    package func readAll(_ tokens: [Int32]) throws(ModelsError) -> [[Float]] {
        var all: [[Float]] = []
        try readEach(tokens) { _, logits in all.append(logits) }
        return all
    }

    /// Reads tokens, and calls `body` with the logits behind each and its place among them.
    package func readEach(
        _ tokens: [Int32],
        _ body: (_ index: Int, _ logits: [Float]) -> Void
    ) throws(ModelsError) {
        let inserted = landmarks?.inserted(into: tokens, from: position)
        try readPasses(inserted?.tokens ?? tokens) { session, pass in
            let asked = max(pass.lowerBound, 0)..<pass.upperBound
            let places = (asked.lowerBound - pass.lowerBound)..<pass.count
            for (index, logits) in zip(asked, session.logits(ofTokens: places)) {
                guard let inserted else {
                    body(index, logits)
                    continue
                }
                if let index = inserted.places[index] { body(index, logits) }
            }
        }
    }

    /// Takes the tokens that wait and then `tokens` through the layers; calls `body` with the places
    /// of each pass's tokens, which are negative for those that had waited.
    private func readPasses(
        _ tokens: [Int32],
        _ body: (LlamaSession, _ pass: Range<Int>) -> Void
    ) throws(ModelsError) {
        try checkRoom(for: tokens.count)
        let all = held + tokens
        let waiting = held.count
        held = []
        for start in stride(from: 0, to: all.count, by: memory.passLength) {
            let end = min(start + memory.passLength, all.count)
            try forward(all[start..<end])
            body(self, (start - waiting)..<(end - waiting))
        }
    }

    private func checkRoom(for tokenCount: Int) throws(ModelsError) {
        guard tokenCount <= contextLength - position else {
            throw .context(tokenCount: position + tokenCount, limit: contextLength)
        }
    }

    // MARK: - The forward pass

    /// Takes the tokens of a pass through all layers; their states are left in the buffers.
    private func forward(_ tokens: ArraySlice<Int32>) throws(ModelsError) {
        if let failure { throw failure }
        do throws(ModelsError) {
            try layers(tokens)
        } catch {
            failure = error
            throw error
        }
    }

    private func layers(_ tokens: ArraySlice<Int32>) throws(ModelsError) {
        let (weights, buffers, count) = (model.weights, buffers, tokens.count)
        let configuration = model.configuration
        func multiply(_ products: [DecoderProduct], by input: ByteRows) {
            DecoderProduct.run(products, model.kernels, model.pool, by: input, tokenCount: count)
        }
        for (index, token) in tokens.enumerated() {
            let state = buffers.states.pointer + index * configuration.hiddenSize
            weights.embedding.read(model.kernels, row: Int(token), into: state)
        }
        let pass = AttentionPass(
            firstPosition: passedCount,
            tokenCount: count,
            queries: buffers.queries,
            keys: buffers.keys,
            values: buffers.values,
            result: buffers.attended.floats
        )
        for (index, layer) in weights.layers.enumerated() {
            // states += output · attention(norm(states))
            normalize(0..<count, layer.attentionNorm, layer.takesBytes)
            multiply(
                [
                    DecoderProduct(matrix: layer.queries, result: buffers.queries),
                    DecoderProduct(matrix: layer.keys, result: buffers.keys),
                    DecoderProduct(matrix: layer.values, result: buffers.values),
                ],
                by: buffers.normed
            )
            normalizeHeads(buffers.queries, layer.queryNorm, count * configuration.headCount)
            normalizeHeads(buffers.keys, layer.keyNorm, count * configuration.keyValueHeadCount)
            try memory.attend(pass, layer: index)
            round(buffers.attended, count, for: layer.attentionOutput)
            multiply(
                [
                    DecoderProduct(
                        matrix: layer.attentionOutput,
                        isAdded: true,
                        result: buffers.states
                    )
                ],
                by: buffers.attended
            )
            // states += down · (silu(gate · norm(states)) ⊙ up · norm(states))
            normalize(0..<count, layer.feedForwardNorm, layer.takesBytes)
            multiplyGates(layer, count)
            round(buffers.gates, count, for: layer.down)
            multiply(
                [DecoderProduct(matrix: layer.down, isAdded: true, result: buffers.states)],
                by: buffers.gates
            )
        }
        passedCount += count
    }

    /// Fills the gates: silu(gate · normed) ⊙ (up · normed).
    private func multiplyGates(_ layer: LlamaWeights.Layer, _ tokenCount: Int) {
        let (kernels, buffers) = (model.kernels, buffers)
        let width = model.configuration.feedForwardSize
        let grain = layer.gate.grain(tokenCount: tokenCount)
        model.pool.parallelFor(count: width, grain: grain) { rows in
            for (matrix, result) in [(layer.gate, buffers.gates.floats), (layer.up, buffers.ups)] {
                matrix.multiply(
                    kernels,
                    rows: rows,
                    by: buffers.normed,
                    tokenCount: tokenCount,
                    result: result
                )
            }
            for token in 0..<tokenCount {
                let start = token * width + rows.lowerBound
                kernels.table.pointee.swiglu_f32(
                    buffers.gates.floats.pointer + start,
                    buffers.ups.pointer + start,
                    rows.count
                )
            }
        }
    }

    /// The norms of the states of some tokens, from the first place of the buffer on.
    private func normalize(_ tokens: Range<Int>, _ gain: AlignedFloats, _ areBytesTaken: Bool) {
        let (kernels, buffers) = (model.kernels, buffers)
        let (width, epsilon) = (model.configuration.hiddenSize, model.configuration.normEpsilon)
        model.pool.parallelFor(count: tokens.count, grain: ByteRows.tile) { range in
            kernels.table.pointee.rms_norm_f32(
                buffers.states.pointer + (tokens.lowerBound + range.lowerBound) * width,
                range.count,
                width,
                gain.pointer,
                epsilon,
                buffers.normed.floats.pointer + range.lowerBound * width
            )
            if areBytesTaken { buffers.normed.round(kernels, range, of: tokens.count) }
        }
    }

    /// Rounds the input of a matrix to bytes if it takes them.
    private func round(_ rows: ByteRows, _ tokenCount: Int, for matrix: DecoderMatrix) {
        guard matrix.takesBytes else { return }
        let kernels = model.kernels
        model.pool.parallelFor(count: tokenCount, grain: ByteRows.tile) { range in
            rows.round(kernels, range, of: tokenCount)
        }
    }

    /// Norms heads where the layer has it.
    private func normalizeHeads(_ rows: AlignedFloats, _ gain: AlignedFloats?, _ rowCount: Int) {
        guard let gain else { return }
        model.kernels.table.pointee.rms_norm_f32(
            rows.pointer,
            rowCount,
            model.configuration.headSize,
            gain.pointer,
            model.configuration.normEpsilon,
            rows.pointer
        )
    }

    /// The logits behind some of the tokens whose states are in the buffers.
    private func logits(ofTokens tokens: Range<Int>) -> [[Float]] {
        guard !tokens.isEmpty else { return [] }
        let (width, output) = (model.configuration.vocabularySize, model.weights.output)
        normalize(tokens, model.weights.outputNorm, output.takesBytes)
        let result = AlignedFloats(count: tokens.count * width)
        DecoderProduct.run(
            [DecoderProduct(matrix: output, result: result)],
            model.kernels,
            model.pool,
            by: buffers.normed,
            tokenCount: tokens.count
        )
        return tokens.indices.map { index in
            let start = result.pointer + (index - tokens.lowerBound) * width
            return Array(UnsafeBufferPointer(start: start, count: width))
        }
    }
}
