private import CZstd

/// Compresses at the store's level with one reused context.
struct Compressor: ~Copyable {
    /// On blocks of 1 KB as small as level 3, and faster; `FORMAT.md` has the measurement.
    private static let level: Int32 = 1
    private let context: OpaquePointer

    /// A compressor with a context of its own.
    init() {
        guard let context = ZSTD_createCCtx() else {
            preconditionFailure("out of memory: a zstd context")
        }
        self.context = context
    }

    deinit { ZSTD_freeCCtx(context) }

    /// Appends one frame that holds `bytes`.
    func append(_ bytes: UnsafeRawBufferPointer, to frame: inout [UInt8]) {
        let start = frame.count
        let bound = ZSTD_compressBound(bytes.count)
        frame.append(contentsOf: repeatElement(0, count: bound))
        let size = frame.withUnsafeMutableBytes { place in
            ZSTD_compressCCtx(
                context,
                place.baseAddress.map { $0 + start },
                bound,
                bytes.baseAddress,
                bytes.count,
                Compressor.level
            )
        }
        precondition(ZSTD_isError(size) == 0, "a buffer of the bound's size always suffices")
        frame.removeLast(bound - size)
    }
}

/// Decompresses with one context, made when it is first needed.
///
/// Not `Sendable`: it belongs to one read transaction.
final class Decompressor {
    private var context: OpaquePointer?

    deinit { ZSTD_freeDCtx(context) }

    /// The content of a frame, or nil if it has more than `limit` bytes or is none.
    func content(of frame: UnsafeRawBufferPointer, limit: Int) -> [UInt8]? {
        let size = ZSTD_getFrameContentSize(frame.baseAddress, frame.count)
        // What stands for an unknown size, or for an error, is greater than any limit.
        guard size <= UInt64(clamping: limit) else { return nil }
        return content(of: frame, count: Int(size))
    }

    /// The content of a frame, or nil unless it is exactly `count` bytes.
    func content(of frame: UnsafeRawBufferPointer, count: Int) -> [UInt8]? {
        guard
            count <= StoreLayout.maximumRecordBytes,
            ZSTD_getFrameContentSize(frame.baseAddress, frame.count) == UInt64(count)
        else { return nil }
        let context = context ?? ZSTD_createDCtx()
        self.context = context
        var size = 0
        let content = [UInt8](unsafeUninitializedCapacity: count) { place, initializedCount in
            size = ZSTD_decompressDCtx(
                context,
                place.baseAddress,
                count,
                frame.baseAddress,
                frame.count
            )
            initializedCount = ZSTD_isError(size) == 0 ? size : 0
        }
        return content.count == count && ZSTD_isError(size) == 0 ? content : nil
    }
}
