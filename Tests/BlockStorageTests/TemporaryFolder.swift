import BlockStorage
import Foundation

/// A folder of one test, removed with it.
struct TemporaryFolder: ~Copyable {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "store-" + UUID().uuidString
        try FileManager.default.createDirectory(
            atPath: path,
            withIntermediateDirectories: true
        )
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Opens the store of a name in this folder for writing, making it if need be.
    func store(
        _ name: String = "store",
        settings: StoreSettings? = testSettings,
        mapSizeBytes: Int = 64 << 20
    ) throws -> Store {
        try Store.open(
            at: "\(path)/\(name)",
            mode: .readWrite(create: true),
            settings: settings,
            mapSizeBytes: mapSizeBytes
        )
    }
}

/// Settings with narrow vectors.
let testSettings = StoreSettings(encoder: "test-encoder", vectorWidth: 8, chain: ["block": "200"])

/// SplitMix64, so that random tests repeat.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }

    /// A unit vector.
    mutating func unitVector(_ width: Int) -> [Float] {
        let values = (0..<width).map { _ in Float.random(in: -1...1, using: &self) }
        let norm = values.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return values.map { $0 / norm }
    }
}
