/// Blocks in files that are gone with the process: memory does not grow with the text.
///
/// | file | offset | what |
/// | --- | --- | --- |
/// | blocks | (index · layers + layer) · size | a block, as `AttentionBlock` writes it |
/// | landmarks | (index / 64 · layers + layer) · 64 · width · 4, and index % 64 rows on | f32 [width] |
package final class ScratchShelf: BlockShelf {
    private let blocks: ScratchFile
    private let landmarks: ScratchFile
    private let blockSize: Int
    private let landmarkWidth: Int
    private var counts: [Int]

    /// Landmarks of a layer that lie together.
    private static let groupLength = 64

    /// An empty shelf for a model's blocks of a layout.
    ///
    /// - Throws: `ModelsError.shelf` if the system's temporary folder cannot be written to.
    package init(
        _ model: LlamaModel,
        _ configuration: InfLLMConfiguration,
        _ precision: AttentionBlock.Precision = .byte
    ) throws(ModelsError) {
        blocks = try ScratchFile()
        landmarks = try ScratchFile()
        blockSize = InfLLMAttention.shape(of: model, configuration).byteCount(precision)
        landmarkWidth = model.configuration.querySize
        counts = [Int](repeating: 0, count: model.configuration.layerCount)
    }

    /// The blocks that another shelf has now; what it gets later is not seen.
    private init(sharing other: ScratchShelf) {
        blocks = other.blocks
        landmarks = other.landmarks
        blockSize = other.blockSize
        landmarkWidth = other.landmarkWidth
        counts = other.counts
    }

    package func fork() -> any BlockShelf {
        MemoryShelf(layerCount: counts.count, after: ScratchShelf(sharing: self))
    }

    package func blockCount(layer: Int) -> Int { counts[layer] }

    package func keptCount(layer: Int) -> Int { counts[layer] }

    package func append(
        _ block: [UInt8],
        landmark: [Float],
        layer: Int
    ) throws(ModelsError) {
        precondition(block.count == blockSize && landmark.count == landmarkWidth, "its shape")
        let index = counts[layer]
        let place = groupOffset(index / Self.groupLength, layer)
        let row = index % Self.groupLength * landmarkWidth * MemoryLayout<Float>.size
        try write(block, to: blocks, at: offset(index, layer))
        try write(landmark, to: landmarks, at: place + row)
        counts[layer] = index + 1
    }

    package func block(_ index: Int, layer: Int) throws(ModelsError) -> [UInt8]? {
        var block = [UInt8](repeating: 0, count: blockSize)
        let failure = block.withUnsafeMutableBytes { bytes -> ModelsError? in
            do throws(ModelsError) {
                try blocks.read(into: bytes, at: offset(index, layer))
                return nil
            } catch {
                return error
            }
        }
        if let failure { throw failure }
        return block
    }

    package func scanLandmarks(
        layer: Int,
        _ body: (_ firstBlock: Int, _ rows: UnsafeBufferPointer<Float>) -> Void
    ) throws(ModelsError) {
        let count = counts[layer]
        guard count > 0 else { return }
        func size(_ first: Int) -> Int {
            min(Self.groupLength, count - first) * landmarkWidth * MemoryLayout<Float>.size
        }
        func place(_ first: Int) -> Int { groupOffset(first / Self.groupLength, layer) }
        let last = (count - 1) / Self.groupLength * Self.groupLength
        try landmarks.withMapped(place(last) + size(last)) { bytes in
            for first in stride(from: 0, to: count, by: Self.groupLength) {
                let group = bytes[place(first)...].prefix(size(first))
                body(first, UnsafeRawBufferPointer(rebasing: group).bindMemory(to: Float.self))
            }
        }
    }

    // MARK: - Bytes

    private func offset(_ index: Int, _ layer: Int) -> Int {
        (index * counts.count + layer) * blockSize
    }

    private func groupOffset(_ group: Int, _ layer: Int) -> Int {
        let size = Self.groupLength * landmarkWidth * MemoryLayout<Float>.size
        return (group * counts.count + layer) * size
    }

    private func write<Element>(
        _ elements: [Element],
        to file: ScratchFile,
        at offset: Int
    ) throws(ModelsError) {
        let failure = elements.withUnsafeBytes { bytes -> ModelsError? in
            do throws(ModelsError) {
                try file.write(bytes, at: offset)
                return nil
            } catch {
                return error
            }
        }
        if let failure { throw failure }
    }
}
