import Synchronization

/// Sealed records that are compressed where that gains a sixteenth.
///
/// | bytes | what |
/// | --- | --- |
/// | 8 | digest of the rest |
/// | 1 | 0: bytes as they are; 1: a zstd frame |
/// | | the bytes, or the frame, which tells their count |
///
/// - Concurrency: Safe to share; one record at a time is packed, and one unpacked.
final class PackedRecord: Sendable {
    private let compressor = Mutex(Compressor())
    private let unpacking = Mutex<Void>(())
    nonisolated(unsafe) private let decompressor = Decompressor()  // Used under `unpacking` only.

    /// The record of some bytes.
    func record(of bytes: [UInt8]) -> [UInt8] {
        var frame: [UInt8] = [1]
        compressor.withLock { compressor in
            bytes.withUnsafeBytes { compressor.append($0, to: &frame) }
        }
        guard frame.count + bytes.count / 16 < bytes.count else {
            return SealedRecord.seal([0] + bytes)
        }
        return SealedRecord.seal(frame)
    }

    /// The bytes of a record; nil if it is damaged or has more than `limit`.
    func bytes(of record: UnsafeRawBufferPointer, limit: Int) -> [UInt8]? {
        guard let payload = SealedRecord.payload(of: record), let kind = payload.first else {
            return nil
        }
        let content = UnsafeRawBufferPointer(rebasing: payload.dropFirst())
        switch kind {
        case 0: return content.count <= limit ? Array(content) : nil
        case 1:
            return unpacking.withLock { _ in decompressor.content(of: content, limit: limit) }
        default: return nil
        }
    }
}
