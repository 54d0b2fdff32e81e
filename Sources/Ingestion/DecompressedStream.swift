import CZlib
import CZstd

/// The content of a gzip or zstd file, of one member or many.
final class DecompressedStream: ByteStream {
    /// How a file is compressed.
    enum Format {
        case gzip
        case zstd

        /// The format whose magic number `bytes` begin with.
        init?(magic bytes: [UInt8]) {
            if bytes.starts(with: [0x1F, 0x8B]) {
                self = .gzip
            } else if bytes.starts(with: [0x28, 0xB5, 0x2F, 0xFD])
                || Self.isSkippableFrame(bytes)
            {
                self = .zstd
            } else {
                return nil
            }
        }

        /// Whether a frame begins that holds no content, as parallel compressors write them.
        private static func isSkippableFrame(_ bytes: [UInt8]) -> Bool {
            bytes.count >= 4 && bytes[0] & 0xF0 == 0x50 && bytes[1...3] == [0x2A, 0x4D, 0x18]
        }
    }

    private static let chunk = 1 << 16

    private let compressed: any ByteStream
    private let path: String
    private let inflater: any Inflater
    private var input: [UInt8] = []
    private var inputStart = 0
    private var isAtEnd = false
    /// Whether the last step filled its output, so that more may come without further input.
    private var mayHoldOutput = false

    init(_ compressed: any ByteStream, format: Format, path: String) throws(IngestionError) {
        self.compressed = compressed
        self.path = path
        switch format {
        case .gzip: inflater = try GzipInflater(path: path)
        case .zstd: inflater = try ZstdInflater(path: path)
        }
    }

    var fileOffset: Int { compressed.fileOffset - (input.count - inputStart) }

    func read(upTo count: Int, into buffer: inout [UInt8]) throws(IngestionError) {
        let start = buffer.count
        while buffer.count == start, !isAtEnd {
            let drains = mayHoldOutput && !inflater.isBetweenMembers
            if inputStart == input.count, !drains {
                input.removeAll(keepingCapacity: true)
                inputStart = 0
                try compressed.read(upTo: Self.chunk, into: &input)
            }
            guard inputStart < input.count || drains else {
                guard inflater.isBetweenMembers else { throw corrupt("it ends early") }
                isAtEnd = true
                return
            }
            let step = inflater.step(input[inputStart...], upTo: count, into: &buffer)
            inputStart += step.consumed
            mayHoldOutput = buffer.count - start == count
            if let problem = step.problem { throw corrupt(problem) }
        }
    }

    private func corrupt(_ reason: String) -> IngestionError {
        .corrupt(path: path, offset: fileOffset, reason: reason)
    }
}

/// What one call of a decompressor did.
private struct InflationStep {
    let consumed: Int
    let problem: String?
}

/// A decompressor of a concatenation of members.
private protocol Inflater: AnyObject {
    /// Whether no member is half read.
    var isBetweenMembers: Bool { get }

    /// Reads some of `input` and appends up to `limit` bytes to `output`.
    func step(_ input: ArraySlice<UInt8>, upTo limit: Int, into output: inout [UInt8])
        -> InflationStep
}

private final class GzipInflater: Inflater {
    private var stream = z_stream()
    private(set) var isBetweenMembers = true

    init(path: String) throws(IngestionError) {
        // 15 bits of window, plus 16 for a gzip header.
        let size = Int32(MemoryLayout<z_stream>.size)
        guard inflateInit2_(&stream, 15 + 16, zlibVersion(), size) == Z_OK else {
            throw .unreadable(path: path, reason: "zlib has no memory", isPermission: false)
        }
    }

    deinit { inflateEnd(&stream) }

    func step(
        _ input: ArraySlice<UInt8>,
        upTo limit: Int,
        into output: inout [UInt8]
    ) -> InflationStep {
        if isBetweenMembers {
            // Padding of NULs behind the last member is allowed.
            let padding = input.prefix { $0 == 0 }.count
            if padding > 0 { return InflationStep(consumed: padding, problem: nil) }
            inflateReset(&stream)
            isBetweenMembers = false
        }
        let start = output.count
        output.append(contentsOf: repeatElement(0, count: limit))
        let code = input.withUnsafeBufferPointer { source in
            output.withUnsafeMutableBufferPointer { target in
                // zlib does not write to its input, though it declares no const.
                stream.next_in = UnsafeMutablePointer(mutating: source.baseAddress)
                stream.avail_in = UInt32(source.count)
                stream.next_out = target.baseAddress?.advanced(by: start)
                stream.avail_out = UInt32(limit)
                return inflate(&stream, Z_NO_FLUSH)
            }
        }
        output.removeLast(Int(stream.avail_out))
        isBetweenMembers = code == Z_STREAM_END
        let isGood = code == Z_OK || code == Z_STREAM_END || code == Z_BUF_ERROR
        return InflationStep(
            consumed: input.count - Int(stream.avail_in),
            problem: isGood ? nil : stream.msg.map { String(cString: $0) } ?? "code \(code)"
        )
    }
}

private final class ZstdInflater: Inflater {
    private let stream: OpaquePointer
    private(set) var isBetweenMembers = true

    init(path: String) throws(IngestionError) {
        guard let stream = ZSTD_createDStream() else {
            throw .unreadable(path: path, reason: "zstd has no memory", isPermission: false)
        }
        self.stream = stream
    }

    deinit { ZSTD_freeDStream(stream) }

    func step(
        _ input: ArraySlice<UInt8>,
        upTo limit: Int,
        into output: inout [UInt8]
    ) -> InflationStep {
        let start = output.count
        output.append(contentsOf: repeatElement(0, count: limit))
        return input.withUnsafeBufferPointer { source in
            var from = ZSTD_inBuffer(src: source.baseAddress, size: source.count, pos: 0)
            let (code, written) = output.withUnsafeMutableBytes { target in
                let place = target.baseAddress?.advanced(by: start)
                var to = ZSTD_outBuffer(dst: place, size: limit, pos: 0)
                return (ZSTD_decompressStream(stream, &to, &from), to.pos)
            }
            output.removeLast(limit - written)
            isBetweenMembers = code == 0
            let problem = ZSTD_isError(code) == 0 ? nil : String(cString: ZSTD_getErrorName(code))
            return InflationStep(consumed: from.pos, problem: problem)
        }
    }
}
