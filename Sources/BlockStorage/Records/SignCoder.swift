import Tensors

/// Finds the signs of a run's rows: what their codes are besides the mean of their list.
struct SignCoder {
    private let lists: RunLists
    private let width: Int
    private let mean: AlignedFloats
    private let difference: AlignedFloats

    /// For rows of `width` scalars in `lists`.
    init(_ lists: RunLists, width: Int) {
        self.lists = lists
        self.width = width
        mean = AlignedFloats(count: CodeTiles.paddedWidth(width))
        difference = AlignedFloats(count: CodeTiles.paddedWidth(width))
    }

    /// Begins with the rows of a list.
    func begin(_ list: Int) { lists.decodeMean(of: list, into: mean.pointer) }

    /// Puts the signs of a coded row of the list into row `target` of tiles at `memory`.
    func setRow(
        _ target: Int,
        of memory: UnsafeMutableRawPointer,
        to row: Int,
        of codes: CodeTiles
    ) {
        codes.decode(row, into: difference.pointer)
        for dimension in 0..<width { difference.pointer[dimension] -= mean.pointer[dimension] }
        // What codes have beyond the store's width means nothing.
        for dimension in width..<codes.width { difference.pointer[dimension] = 0 }
        SignTiles.setRow(target, of: memory, width: width, to: difference.pointer)
    }
}
