import CZlib
import CZstd

/// How a test compresses, by the libraries themselves.
enum Compression: CaseIterable {
    case gzip, zstd

    var suffix: String { self == .gzip ? ".gz" : ".zst" }

    /// One member or frame with a checksum.
    func member(_ bytes: [UInt8]) -> [UInt8] {
        self == .gzip ? gzipped(bytes) : zstandard(bytes)
    }

    /// As many members or frames as there are parts.
    func members(_ parts: [[UInt8]]) -> [UInt8] { parts.flatMap { member($0) } }
}

private func gzipped(_ bytes: [UInt8]) -> [UInt8] {
    var stream = z_stream()
    let size = Int32(MemoryLayout<z_stream>.size)
    deflateInit2_(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, zlibVersion(), size)
    defer { deflateEnd(&stream) }
    var source = bytes
    var target = [UInt8](repeating: 0, count: Int(deflateBound(&stream, UInt(bytes.count))) + 64)
    let count = source.withUnsafeMutableBufferPointer { from in
        target.withUnsafeMutableBufferPointer { to in
            stream.next_in = from.baseAddress
            stream.avail_in = UInt32(from.count)
            stream.next_out = to.baseAddress
            stream.avail_out = UInt32(to.count)
            _ = deflate(&stream, Z_FINISH)
            return to.count - Int(stream.avail_out)
        }
    }
    return Array(target[..<count])
}

private func zstandard(_ bytes: [UInt8]) -> [UInt8] {
    let context = ZSTD_createCCtx()
    defer { ZSTD_freeCCtx(context) }
    ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1)
    var target = [UInt8](repeating: 0, count: ZSTD_compressBound(bytes.count))
    let count = ZSTD_compress2(context, &target, target.count, bytes, bytes.count)
    return Array(target[..<count])
}
