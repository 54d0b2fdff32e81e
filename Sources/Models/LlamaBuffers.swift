internal import Tensors

/// What a forward pass works on, for up to `tokenCount` tokens.
struct LlamaBuffers: Sendable {
    // [tokens, hidden]
    let states: AlignedFloats
    let normed: AlignedFloats
    // [tokens, heads, headSize]
    let queries: AlignedFloats
    let attended: AlignedFloats
    // [tokens, keyValueHeads, headSize]
    let keys: AlignedFloats
    let values: AlignedFloats
    // [tokens, feedForward]
    let gates: AlignedFloats
    let ups: AlignedFloats
    // [vocabulary]
    let logits: AlignedFloats

    init(_ configuration: LlamaConfiguration, tokenCount: Int) {
        func rows(_ width: Int) -> AlignedFloats { AlignedFloats(count: tokenCount * width) }
        states = rows(configuration.hiddenSize)
        normed = rows(configuration.hiddenSize)
        queries = rows(configuration.querySize)
        attended = rows(configuration.querySize)
        keys = rows(configuration.keyValueSize)
        values = rows(configuration.keyValueSize)
        gates = rows(configuration.feedForwardSize)
        ups = rows(configuration.feedForwardSize)
        logits = AlignedFloats(count: configuration.vocabularySize)
    }
}
