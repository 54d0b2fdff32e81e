/// The numbers and keys of the folder `attention`; `FORMAT.md` explains them.
enum AttentionLayout {
    /// The version of the format that this program reads and writes.
    static let formatVersion: UInt32 = 1
    /// Rows of landmarks in a group.
    static let groupSize = 64
    /// Tokens in a record.
    static let tokensPerRecord = 4096
    /// The most bytes of a state in a record.
    static let partBytes = 1 << 20
    /// What stands before a group's rows: with it they begin at a multiple of 64 in the map, since LMDB
    /// lays a value of more than half a page 16 bytes into one.
    static let groupHeaderSize = 48
    /// The least size of a group's record.
    static let leastGroupBytes = 4096

    /// The key of one record of tokens.
    static func tokens(_ number: UInt32, part: Int) -> [UInt8] {
        StoreKey.narrow(number) + StoreKey.narrow(UInt32(part))
    }

    /// The key of a block: one after another, all layers of each.
    static func block(_ number: UInt32, index: Int, layer: Int) -> [UInt8] {
        StoreKey.narrow(number) + StoreKey.narrow(UInt32(index)) + StoreKey.narrow(UInt32(layer))
    }

    /// The key of a layer's group of landmarks, or of a part of its state.
    static func part(_ number: UInt32, layer: Int, part: Int) -> [UInt8] {
        StoreKey.narrow(number) + StoreKey.narrow(UInt32(layer)) + StoreKey.narrow(UInt32(part))
    }
}
