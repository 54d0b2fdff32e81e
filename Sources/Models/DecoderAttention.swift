internal import Text

/// What a decoder attends to of the text that it has read.
public enum DecoderAttention: Sendable, Equatable {
    /// All of it, as far as the model's context goes.
    case full
    /// Its first four tokens and the latest ones; a text of any length, in constant memory.
    ///
    /// - Source: Xiao et al. 2023, arXiv:2309.17453 (StreamingLLM).
    case window(length: Int)
    /// Its first tokens, the latest ones, and those blocks of all others that are most like what is
    /// asked at the moment; a text of any length.
    ///
    /// Blocks, first tokens and steps have the shares of the window that they have in the paper, where
    /// it is 4,096 tokens long. Memory is constant: blocks lie as bytes in a file without a name in the system's
    /// temporary folder, two for each key and value head's dimension, layer and token.
    /// - Source: Xiao et al. 2024, arXiv:2402.04617 (InfLLM).
    case infLLM(windowLength: Int)
    /// Its first tokens, the latest ones, and those of all others that a search by halves finds most
    /// alike what is asked at the moment; memory grows with the text, as floats.
    ///
    /// - Source: Lee et al. 2024, arXiv:2406.09827 (HiP).
    case hip(windowLength: Int)
    /// The block at hand, and those of all others whose landmarks are most like what is asked at the
    /// moment; for models that were trained so.
    ///
    /// - Source: Mohtashami and Jaggi 2023, arXiv:2305.16300 (Landmark Attention).
    case landmark(blockLength: Int = 63, retrievedBlockCount: Int = 5)

    /// The shortest window: a block of InfLLM then has eight tokens.
    public static let shortestWindow = 256

    /// The window of a model where none is asked for: half of the text that it was made for.
    public static func usualWindow(of model: LlamaModel) -> Int {
        max(model.configuration.contextLength / 2, shortestWindow)
    }
}

extension LlamaSession {
    /// A session that attends to what `attention` says.
    ///
    /// - Parameters:
    ///   - model: The model.
    ///   - contextLength: How many tokens full attention has room for; others have no limit.
    ///   - attention: What of the text is attended to.
    /// - Throws: As `init(_:contextLength:)`; `ModelsError.window` if one is longer than the
    ///   model was made for; `ModelsError.noLandmark` if its vocabulary has no landmark;
    ///   `ModelsError.shelf` if the system's temporary folder cannot be written to.
    /// - Precondition: A window is `DecoderAttention.shortestWindow` tokens long or more.
    public convenience init(
        _ model: LlamaModel,
        contextLength: Int,
        attention: DecoderAttention
    ) throws(ModelsError) {
        func checkWindow(_ length: Int) throws(ModelsError) {
            precondition(length >= DecoderAttention.shortestWindow, "a window with room for blocks")
            guard length <= model.configuration.contextLength else {
                throw .window(length: length, limit: model.configuration.contextLength)
            }
        }
        switch attention {
        case .full: try self.init(model, contextLength: contextLength)
        case .window(let length):
            try checkWindow(length)
            let configuration = WindowConfiguration(windowLength: length)
            self.init(model, WindowAttention(model, configuration), position: 0)
        case .infLLM(let length):
            try checkWindow(length)
            let configuration = InfLLMConfiguration(windowLength: length)
            let shelf = try ScratchShelf(model, configuration)
            self.init(model, InfLLMAttention(model, configuration, shelf: shelf), position: 0)
        case .hip(let length):
            // What is attended to has nearly twice a window's length.
            try checkWindow(2 * length)
            let configuration = HiPConfiguration(windowLength: length)
            self.init(model, HiPAttention(model, configuration), position: 0)
        case .landmark(let blockLength, let retrievedBlockCount):
            let name = LandmarkInsertion.name
            let tokens = model.tokenizer.tokenizer.tokenIDs(
                of: Array(name.utf8),
                readsControlTokens: true
            )
            guard tokens.count == 1 else { throw .noLandmark(name: name) }
            let configuration = LandmarkConfiguration(
                blockLength: blockLength,
                retrievedBlockCount: retrievedBlockCount
            )
            self.init(
                model,
                LandmarkAttention(model, configuration),
                position: 0,
                landmarks: LandmarkInsertion(token: tokens[0], blockLength: blockLength)
            )
        }
    }
}
