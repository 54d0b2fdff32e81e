import Serialization

/// Bytes that fit a key: those longer than `limit` are cut and end in their digest.
func shortened(_ bytes: [UInt8], to limit: Int) -> [UInt8] {
    guard bytes.count > limit else { return bytes }
    let digest = ContentDigest(of: bytes)
    return bytes[..<(limit - 16)]
        + withUnsafeBytes(of: (digest.high.bigEndian, digest.low.bigEndian)) { Array($0) }
}
