import BlockStorage
import Diagnostics
public import Models
import Serialization
public import Tensors

/// A language model as what it reads into stores is known by.
public struct ReadingModel: Sendable {
    /// The model.
    public let model: LlamaModel
    /// The digest of its file.
    public let fingerprint: String

    /// Opens the model in a GGUF file.
    ///
    /// - Throws: `ModelsError.decoder` that says what is wrong with the file.
    public init(file path: String, pool: ComputePool) throws(ModelsError) {
        try self.init(LlamaModel(file: path, pool: pool), file: path)
    }

    /// A model that was opened from the file at `path`.
    ///
    /// - Throws: `ModelsError.decoder` if the file cannot be read.
    public init(_ model: LlamaModel, file path: String) throws(ModelsError) {
        self.model = model
        fingerprint = try LlamaModel.fingerprint(ofFile: path)
    }

    /// The layout of readings with a window.
    func layout(_ configuration: InfLLMConfiguration) -> AttentionReading.Layout {
        AttentionReading.Layout(
            initialTokenCount: configuration.initialTokenCount,
            windowLength: configuration.windowLength,
            blockLength: configuration.blockLength,
            representativeCount: configuration.representativeCount,
            retrievedBlockCount: configuration.retrievedBlockCount,
            stepLength: configuration.stepLength,
            layerCount: model.configuration.layerCount,
            landmarkWidth: model.configuration.headCount * model.configuration.headSize
        )
    }

    /// A memory that has its blocks on the shelf of a reading.
    ///
    /// - Throws: `ModelsError.shelf` if what is kept of the reading does not fit the model.
    func memory(
        of reading: AttentionReading,
        shelf: any BlockShelf,
        recoder: BlockRecoder?,
        from store: AttentionStore
    ) throws(ModelsError) -> InfLLMAttention {
        let configuration = InfLLMConfiguration(windowLength: reading.layout.windowLength)
        guard layout(configuration) == reading.layout else {
            throw .shelf(
                problem: "document \(reading.document) was read with another layout of blocks",
                mend: "read it again with `riverrun read --again`",
                exitCode: .configuration
            )
        }
        let memory = InfLLMAttention(model, configuration, shelf: shelf, recoder: recoder)
        guard reading.readCount > 0 else { return memory }
        for layer in 0..<reading.layout.layerCount {
            let state: [UInt8]
            do {
                state = try store.state(layer: layer, of: reading)
            } catch {
                throw ModelsError(error)
            }
            do {
                try memory.restore(layer: layer, from: state)
            } catch {
                throw ModelsError(
                    StoreError.damagedAttention(
                        path: store.path,
                        key: "state of layer \(layer)",
                        detail: error.problem
                    )
                )
            }
        }
        return memory
    }
}
