internal import Tensors

/// What a forward pass works on, for up to `tokenCount` tokens.
struct LlamaBuffers: Sendable {
    // [tokens, hidden]
    let states: AlignedFloats
    let normed: ByteRows
    // [tokens, heads, headSize]
    let queries: AlignedFloats
    let attended: ByteRows
    // [tokens, keyValueHeads, headSize]
    let keys: AlignedFloats
    let values: AlignedFloats
    // [tokens, feedForward]
    let gates: ByteRows
    let ups: AlignedFloats

    init(_ configuration: LlamaConfiguration, tokenCount: Int) {
        func rows(_ width: Int) -> AlignedFloats { AlignedFloats(count: tokenCount * width) }
        states = rows(configuration.hiddenSize)
        normed = ByteRows(tokenCount: tokenCount, width: configuration.hiddenSize)
        queries = rows(configuration.querySize)
        attended = ByteRows(tokenCount: tokenCount, width: configuration.querySize)
        keys = rows(configuration.keyValueSize)
        values = rows(configuration.keyValueSize)
        gates = ByteRows(tokenCount: tokenCount, width: configuration.feedForwardSize)
        ups = rows(configuration.feedForwardSize)
    }
}
