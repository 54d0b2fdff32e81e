import Serialization

/// The frame of most records: eight bytes of digest, then what they are the digest of.
enum SealedRecord {
    /// The bytes that the digest takes.
    static let headerSize = 8

    /// The lower half of the digest of `payload`.
    static func digest(of payload: UnsafeRawBufferPointer) -> UInt64 {
        ContentDigest(of: payload).low
    }

    /// A record around `payload`.
    static func seal(_ payload: [UInt8]) -> [UInt8] {
        var record = [UInt8](repeating: 0, count: headerSize)
        record.reserveCapacity(headerSize + payload.count)
        record += payload
        reseal(&record)
        return record
    }

    /// Computes the digest of a record whose payload has changed.
    ///
    /// - Precondition: `record` begins with room for the digest.
    static func reseal(_ record: inout [UInt8]) {
        record.withUnsafeMutableBytes { reseal($0) }
    }

    /// Computes the digest of a record whose payload has changed.
    ///
    /// - Precondition: `record` begins with room for the digest.
    static func reseal(_ record: UnsafeMutableRawBufferPointer) {
        let payload = UnsafeRawBufferPointer(rebasing: record[headerSize...])
        record.storeBytes(of: digest(of: payload).littleEndian, as: UInt64.self)
    }

    /// The payload of a record, or nil if the digest does not hold.
    static func payload(of record: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        guard record.count >= headerSize else { return nil }
        let payload = UnsafeRawBufferPointer(rebasing: record[headerSize...])
        let stored = UInt64(littleEndian: record.loadUnaligned(as: UInt64.self))
        return stored == digest(of: payload) ? payload : nil
    }
}
