package import Tensors

/// The tokens that go through a layer together, as its attention finds them.
///
/// Heads are normed where the model does so, and not yet turned by their positions.
package struct AttentionPass {
    /// The position of the first token.
    package let firstPosition: Int
    /// How many tokens there are.
    package let tokenCount: Int
    /// Queries [tokens, heads, headSize]; may be overwritten.
    package let queries: AlignedFloats
    /// Keys [tokens, keyValueHeads, headSize]; may be overwritten.
    package let keys: AlignedFloats
    /// Values, of the keys' shape.
    package let values: AlignedFloats
    /// Where what the tokens attend to goes: [tokens, heads, headSize].
    package let result: AlignedFloats

    /// A pass of `tokenCount` tokens in buffers with room for them.
    package init(
        firstPosition: Int,
        tokenCount: Int,
        queries: AlignedFloats,
        keys: AlignedFloats,
        values: AlignedFloats,
        result: AlignedFloats
    ) {
        self.firstPosition = firstPosition
        self.tokenCount = tokenCount
        self.queries = queries
        self.keys = keys
        self.values = values
        self.result = result
    }

    /// One past the position of the last token.
    var endPosition: Int { firstPosition + tokenCount }
}

/// What a decoder keeps of the tokens that it has read, and how it attends to them.
///
/// Passes come in order, without gaps, each once a layer, from the first layer to the last.
/// - Concurrency: one thread at a time.
package protocol AttentionMemory: AnyObject {
    /// How many tokens can be read.
    var capacity: Int { get }
    /// The most tokens of a pass.
    var passLength: Int { get }

    /// Turns queries and keys by their positions, keeps keys and values, and lets each token attend
    /// to what stands before it and to itself.
    ///
    /// - Throws: `ModelsError.shelf` if something of the past cannot be had; the memory cannot be used
    ///   any more then.
    func attend(_ pass: AttentionPass, layer: Int) throws(ModelsError)

    /// Forgets everything from a position on.
    ///
    /// - Throws: `ModelsError.rewind` if what was there is not kept.
    func rewind(to position: Int) throws(ModelsError)

    /// A memory of the same `position` tokens that shares nothing with this one that changes.
    ///
    /// - Complexity: O(what is kept of them).
    func fork(at position: Int) -> any AttentionMemory
}
