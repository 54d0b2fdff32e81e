private import CZstd

/// What is common in English prose, for blocks too short to repeat themselves.
///
/// Fixed: a frame names its number, and a store can be read by every program of its version. Made by
/// `scripts/make_text_dictionary.py`.
private final class TextDictionary: Sendable {
    static let shared = TextDictionary()

    nonisolated(unsafe) let compression: OpaquePointer  // Never changed once it is made.
    nonisolated(unsafe) let decompression: OpaquePointer  // Never changed once it is made.

    private init() {
        let bytes = PackageResources.text_dictionary
        guard
            let compression = ZSTD_createCDict(bytes, bytes.count, Compressor.level),
            let decompression = ZSTD_createDDict(bytes, bytes.count)
        else { preconditionFailure("out of memory: a zstd dictionary") }
        self.compression = compression
        self.decompression = decompression
    }

    /// Whether it makes a text smaller: in other scripts its statistics do harm.
    static func suits(_ text: UnsafeRawBufferPointer) -> Bool {
        var otherCount = 0
        var offset = 0
        while offset + 8 <= text.count {
            let word = text.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            // The highest bits of eight bytes, which a product sums in its highest byte.
            let ones: UInt64 = 0x0101_0101_0101_0101
            otherCount += Int(((word >> 7 & ones) &* ones) >> 56)
            offset += 8
        }
        for byte in text[offset...] { otherCount += Int(byte >> 7) }
        return otherCount * 8 <= text.count
    }
}

/// Compresses at the store's level with one reused context.
struct Compressor: ~Copyable {
    /// On blocks of 1 KB as small as level 3, and faster; `FORMAT.md` has the measurement.
    fileprivate static let level: Int32 = 1
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
        append(to: &frame, bound: ZSTD_compressBound(bytes.count)) { place, bound in
            ZSTD_compressCCtx(
                context,
                place,
                bound,
                bytes.baseAddress,
                bytes.count,
                Compressor.level
            )
        }
    }

    /// Appends one frame that holds a text, with the dictionary where it helps.
    func append(text: UnsafeRawBufferPointer, to frame: inout [UInt8]) {
        guard TextDictionary.suits(text) else { return append(text, to: &frame) }
        append(to: &frame, bound: ZSTD_compressBound(text.count)) { place, bound in
            ZSTD_compress_usingCDict(
                context,
                place,
                bound,
                text.baseAddress,
                text.count,
                TextDictionary.shared.compression
            )
        }
    }

    /// Appends what `compress` writes into the place that it is given, and whose size it returns.
    private func append(
        to frame: inout [UInt8],
        bound: Int,
        _ compress: (UnsafeMutableRawPointer?, Int) -> Int
    ) {
        let start = frame.count
        frame.append(contentsOf: repeatElement(0, count: bound))
        let size = frame.withUnsafeMutableBytes {
            compress($0.baseAddress.map { $0 + start }, bound)
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
        // A frame with the number of another dictionary is refused by zstd.
        let number = ZSTD_getDictID_fromFrame(frame.baseAddress, frame.count)
        let dictionary = number == 0 ? nil : TextDictionary.shared.decompression
        let context = context ?? ZSTD_createDCtx()
        self.context = context
        var size = 0
        let content = [UInt8](unsafeUninitializedCapacity: count) { place, initializedCount in
            size = ZSTD_decompress_usingDDict(
                context,
                place.baseAddress,
                count,
                frame.baseAddress,
                frame.count,
                dictionary
            )
            initializedCount = ZSTD_isError(size) == 0 ? size : 0
        }
        return content.count == count && ZSTD_isError(size) == 0 ? content : nil
    }
}
