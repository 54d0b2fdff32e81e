package import Serialization
package import Tensors

/// Tensors in a safetensors file, mapped; every offset is checked before it is used.
///
/// | bytes | what |
/// | --- | --- |
/// | 0 ..< 8 | length of the header, little-endian |
/// | 8 ..< 8 + length | JSON: for each tensor its type, shape and byte range from the header's end |
/// | then | the tensors, row-major, without a gap |
///
/// - Source: github.com/huggingface/safetensors, README, "Format".
package final class SafetensorsFile: Sendable {
    /// One tensor as the header describes it.
    package struct Entry: Sendable, Equatable {
        /// The type of the elements, such as `F32`.
        package var type: String
        /// The lengths of the axes; none for a single number.
        package var shape: [Int]
        /// Where the elements lie in the file.
        package var byteRange: Range<Int>
    }

    /// The file's path, for messages.
    package let path: String
    /// Every tensor by name.
    package let entries: [String: Entry]
    /// What the writer noted beside the tensors.
    package let metadata: [String: String]
    private let dataStart: Int
    private let file: MappedFile

    /// Maps the file at `path` and checks its header.
    ///
    /// - Throws: If the file cannot be read, is truncated, or its header is not sound.
    package init(path: String) throws(ModelsError) {
        file = try MappedFile(model: path)
        self.path = path
        let header = try SafetensorsHeader(bytes: file.bytes, path: path)
        entries = header.entries
        metadata = header.metadata
        dataStart = header.dataStart
    }

    /// A digest of all bytes of the file.
    ///
    /// - Throws: If it cannot be read to its end.
    package func digest() throws(ModelsError) -> ContentDigest { try digest(from: 0) }

    /// A digest of the tensors' bytes alone.
    ///
    /// - Throws: If they cannot be read to their end.
    package func tensorDigest() throws(ModelsError) -> ContentDigest {
        try digest(from: dataStart)
    }

    private func digest(from start: Int) throws(ModelsError) -> ContentDigest {
        var digester = ContentDigester()
        try file.digest(from: start, into: &digester, path: path)
        return digester.digest()
    }

    /// The bytes of a tensor, at no particular alignment, valid as long as this object.
    package func bytes(of entry: Entry) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: file.bytes[entry.byteRange])
    }

    /// The tensor `name`, if it has `shape`.
    package func entry(_ name: String, shape: [Int]) throws(ModelsError) -> Entry {
        guard let entry = entries[name] else { throw .missingTensor(file: path, tensor: name) }
        guard entry.shape == shape else {
            throw .wrongShape(file: path, tensor: name, expected: shape, found: entry.shape)
        }
        return entry
    }

    /// A copy of the tensor `name` as floats.
    ///
    /// - Throws: If the tensor is missing, has another shape or is not `F32`, `F16` or `BF16`.
    package func floats(_ name: String, shape: [Int]) throws(ModelsError) -> [Float] {
        let entry = try entry(name, shape: shape)
        let bytes = bytes(of: entry)
        switch entry.type {
        case "F32":
            return [Float](unsafeUninitializedCapacity: bytes.count / 4) { floats, count in
                UnsafeMutableRawBufferPointer(floats).copyMemory(from: bytes)
                count = bytes.count / 4
                for index in 0..<count {
                    let bits = UInt32(littleEndian: floats[index].bitPattern)
                    floats[index] = Float(bitPattern: bits)
                }
            }
        case "BF16":
            return Self.elements(bytes, UInt16.self).map { Float(bitPattern: UInt32($0) << 16) }
        case "F16":
            return Self.elements(bytes, UInt16.self).map { Self.float(half: $0) }
        default:
            throw .unsupported(
                file: path,
                setting: "the type of tensor \(name)",
                found: entry.type,
                supported: "F32, F16 or BF16"
            )
        }
    }

    /// The tensor `name` as floats: the file's own where they can be read as they lie, else a copy.
    ///
    /// - Throws: As `floats`.
    package func view(_ name: String, shape: [Int]) throws(ModelsError) -> FloatView {
        let entry = try entry(name, shape: shape)
        let bytes = bytes(of: entry)
        guard
            entry.type == "F32", Int(littleEndian: 1) == 1, let start = bytes.baseAddress,
            Int(bitPattern: start).isMultiple(of: MemoryLayout<Float>.alignment)
        else { return FloatView(try floats(name, shape: shape)) }
        let count = bytes.count / MemoryLayout<Float>.size
        return FloatView(start.assumingMemoryBound(to: Float.self), count: count, keptBy: self)
    }

    private static func elements<Element: FixedWidthInteger>(
        _ bytes: UnsafeRawBufferPointer,
        _ type: Element.Type
    ) -> [Element] {
        let size = MemoryLayout<Element>.size
        return [Element](unsafeUninitializedCapacity: bytes.count / size) { elements, count in
            UnsafeMutableRawBufferPointer(elements).copyMemory(from: bytes)
            count = bytes.count / size
            for index in 0..<count { elements[index] = Element(littleEndian: elements[index]) }
        }
    }

    /// The value of an IEEE half, by rescaling the exponent of its bits as a float.
    private static func float(half: UInt16) -> Float {
        let sign = UInt32(half & 0x8000) << 16
        let magnitude = UInt32(half & 0x7FFF) << 13
        if half & 0x7C00 == 0x7C00 { return Float(bitPattern: sign | 0x7F80_0000 | magnitude) }
        let scaled =
            Float(bitPattern: magnitude) * Float(sign: .plus, exponent: 112, significand: 1)
        return Float(bitPattern: sign | scaled.bitPattern)
    }
}
