private import CXXHash

/// A 128-bit XXH3 digest of a byte sequence, to recognize content and to find damage.
///
/// It is not cryptographic: it guards against accidents, not against forgery.
public struct ContentDigest: Sendable, Hashable, CustomStringConvertible {
    /// The upper 64 bits.
    public let high: UInt64
    /// The lower 64 bits.
    public let low: UInt64

    /// A digest from its two halves.
    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// The digest of `bytes`.
    public init(of bytes: UnsafeRawBufferPointer) {
        let hash = XXH3_128bits(bytes.baseAddress, bytes.count)
        self.init(high: hash.high64, low: hash.low64)
    }

    /// The digest of `bytes`.
    public init(of bytes: [UInt8]) {
        self = bytes.withUnsafeBytes { ContentDigest(of: $0) }
    }

    /// 32 hexadecimal digits, upper half first.
    public var description: String {
        [high, low].map { half in
            let digits = String(half, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }
}

/// Digests a stream piece by piece; the result does not depend on where it was cut.
public struct ContentDigester: ~Copyable {
    private let state: OpaquePointer

    /// A digester that has seen nothing.
    public init() {
        guard let state = XXH3_createState() else {
            preconditionFailure("out of memory: 576 bytes for a digest's state")
        }
        self.state = state
        XXH3_128bits_reset(state)
    }

    deinit { XXH3_freeState(state) }

    /// Takes in the next bytes of the stream.
    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        XXH3_128bits_update(state, bytes.baseAddress, bytes.count)
    }

    /// The digest of all bytes so far; more may follow.
    public func digest() -> ContentDigest {
        let hash = XXH3_128bits_digest(state)
        return ContentDigest(high: hash.high64, low: hash.low64)
    }
}

extension ByteWriter {
    /// Appends a digest, 16 bytes.
    package mutating func write(_ digest: ContentDigest) {
        write(digest.high)
        write(digest.low)
    }
}

extension ByteReader {
    /// Reads a digest.
    package mutating func readDigest() throws(SerializationError) -> ContentDigest {
        let high = try read(UInt64.self)
        return ContentDigest(high: high, low: try read(UInt64.self))
    }
}
