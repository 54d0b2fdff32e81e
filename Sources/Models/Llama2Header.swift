/// What stands before the weights of a file of llama2.c's.
///
/// | bytes | what |
/// | --- | --- |
/// | 4, 4 | `ak42` as a number, then the version, 1 or 2; the first version (0) has neither |
/// | 7 × 4 | hidden size, feed-forward size, layers, heads, key and value heads, vocabulary, context |
/// | 1 | 1 if the output is the embedding; version 0 says by a negative vocabulary that it is not |
/// | 4 | the length of groups, of version 2 |
/// | then | zeros up to byte 256, but in version 0 |
///
/// - Source: github.com/karpathy/llama2.c, `export.py` and `run.c`.
struct Llama2Header {
    let version: Int
    let hiddenSize: Int
    let feedForwardSize: Int
    let layerCount: Int
    let headCount: Int
    let keyValueHeadCount: Int
    let vocabularySize: Int
    let contextLength: Int
    /// Whether the output is the embedding.
    let isTied: Bool
    /// How many weights share a scale; only version 2 has groups.
    let groupLength: Int?
    /// Where the weights begin.
    let byteCount: Int

    private static let magic: UInt32 = 0x616B_3432

    /// Whether bytes begin as those of version 1 or a later one.
    static func isVersioned(_ bytes: UnsafeRawBufferPointer) -> Bool {
        bytes.count >= 4 && bytes.loadUnaligned(as: UInt32.self).littleEndian == magic
    }

    var headSize: Int { hiddenSize / headCount }

    var keyValueSize: Int { keyValueHeadCount * headSize }

    /// Reads the header and checks that its numbers fit each other.
    init(_ bytes: UnsafeRawBufferPointer, path: String) throws(ModelsError) {
        var cursor = GGUFCursor(bytes: bytes, path: path)
        let isVersioned = Self.isVersioned(bytes)
        if isVersioned {
            _ = try cursor.integer(UInt32.self)
            version = Int(try cursor.integer(Int32.self))
        } else {
            version = 0
        }
        guard (0...2).contains(version), !isVersioned || version > 0 else {
            throw .unsupported(
                file: path,
                setting: "the version of llama2.c's format",
                found: "\(version)",
                supported: "the first, 1 or 2"
            )
        }
        /// A count, which `isSigned` may be negative.
        func count(_ what: String, isSigned: Bool = false) throws(ModelsError) -> Int {
            let value = Int(try cursor.integer(Int32.self))
            guard value > 0 || (isSigned && value < 0) else {
                throw .malformed(file: path, reason: "its header says \(what) is \(value)")
            }
            return value
        }
        hiddenSize = try count("the hidden size")
        feedForwardSize = try count("the feed-forward size")
        layerCount = try count("the number of layers")
        headCount = try count("the number of heads")
        keyValueHeadCount = try count("the number of key and value heads")
        let vocabulary = try count("the size of the vocabulary", isSigned: !isVersioned)
        vocabularySize = abs(vocabulary)
        contextLength = try count("the length of the context")
        if isVersioned {
            let flag = try cursor.integer(UInt8.self)
            guard flag <= 1 else {
                throw .malformed(
                    file: path,
                    reason: "its header says whether the output is shared by \(flag), not 0 or 1"
                )
            }
            isTied = flag == 1
        } else {
            isTied = vocabulary > 0
        }
        groupLength = version == 2 ? try count("the length of a group") : nil
        byteCount = isVersioned ? 256 : cursor.offset
        guard hiddenSize.isMultiple(of: headCount), headCount.isMultiple(of: keyValueHeadCount),
            (hiddenSize / headCount).isMultiple(of: 2)
        else {
            throw .malformed(
                file: path,
                reason: "a hidden size of \(hiddenSize), \(headCount) heads and "
                    + "\(keyValueHeadCount) heads for keys and values do not fit each other"
            )
        }
        if let groupLength { try checkGroups(of: groupLength, path: path) }
    }

    /// Groups become blocks of 32, so they must be whole numbers of them, and rows of groups.
    private func checkGroups(of length: Int, path: String) throws(ModelsError) {
        let widths = [hiddenSize, feedForwardSize]
        guard length.isMultiple(of: 32), widths.allSatisfy({ $0.isMultiple(of: length) }) else {
            throw .unsupported(
                file: path,
                setting: "the length of a group",
                found: "\(length) in rows of \(hiddenSize) and \(feedForwardSize)",
                supported: "a multiple of 32 that divides both"
            )
        }
    }

    /// The dimensions, with what llama2.c's code has fixed.
    var configuration: LlamaConfiguration {
        LlamaConfiguration(
            architecture: "llama",
            vocabularySize: vocabularySize,
            hiddenSize: hiddenSize,
            layerCount: layerCount,
            headCount: headCount,
            keyValueHeadCount: keyValueHeadCount,
            headSize: headSize,
            feedForwardSize: feedForwardSize,
            contextLength: contextLength,
            normEpsilon: 1e-5,
            rotary: RotaryConfiguration(
                layout: .interleaved,
                dimensionCount: headSize,
                base: 10_000,
                scaling: .none,
                frequencyFactors: nil
            )
        )
    }
}
