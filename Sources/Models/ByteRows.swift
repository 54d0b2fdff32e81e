internal import CKernels
internal import Tensors

/// Activations of some tokens, as floats and, where a product wants them, as bytes.
///
/// - Shapes: [tokens, width].
/// - Concurrency: not guarded; threads may fill different tiles of tokens.
struct ByteRows: Sendable {
    let floats: AlignedFloats
    let width: Int
    /// Tiles of tokens, nil if the width has no whole blocks.
    private let bytes: AlignedBytes?

    /// Tokens of a tile, whose bytes lie beside each other; a single token has a tile of its own.
    static let tile = Int(KERNELS_INPUT_TILE)
    private static let blockLength = 32

    /// Room for `tokenCount` tokens.
    init(tokenCount: Int, width: Int) {
        self.width = width
        floats = AlignedFloats(count: tokenCount * width)
        let tileCount = (tokenCount + Self.tile - 1) / Self.tile
        let blockCount = width / Self.blockLength * tileCount * Self.tile
        bytes =
            width.isMultiple(of: Self.blockLength)
            ? AlignedBytes(count: blockCount * Int(KERNELS_BYTE_BLOCK_SIZE)) : nil
    }

    /// Rounds tokens to bytes, of `tokenCount` that there are.
    ///
    /// - Precondition: The width is a multiple of 32.
    func round(_ kernels: Kernels, _ tokens: Range<Int>, of tokenCount: Int) {
        guard let bytes else { preconditionFailure("bytes come in whole blocks") }
        kernels.table.pointee.round_rows(
            floats.pointer + tokens.lowerBound * width,
            tokens.count,
            width,
            Self.tile(of: tokenCount),
            tokens.lowerBound,
            bytes.pointer
        )
    }

    /// Makes the input of a product of packed rows.
    func set(_ product: inout kernels_packed_product, tokenCount: Int) {
        product.width = width
        product.inputs = bytes.map { UnsafeRawPointer($0.pointer) }
        product.input_count = tokenCount
        product.tile = Self.tile(of: tokenCount)
    }

    private static func tile(of tokenCount: Int) -> Int { tokenCount == 1 ? 1 : tile }
}
