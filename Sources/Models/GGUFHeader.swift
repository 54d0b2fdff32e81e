/// Reads and checks what stands before the data of a GGUF file.
enum GGUFHeader {
    private static let magic: UInt32 = 0x4655_4747
    private static let mostAxes = 4

    /// Whether bytes begin as those of a GGUF file.
    static func isMagic(_ bytes: UnsafeRawBufferPointer) -> Bool {
        bytes.count >= 4 && bytes.loadUnaligned(as: UInt32.self).littleEndian == magic
    }

    /// How many tensors and metadata entries the file announces.
    static func counts(
        from cursor: inout GGUFCursor,
        path: String
    ) throws(ModelsError) -> (tensors: Int, entries: Int) {
        guard try cursor.integer(UInt32.self) == magic else {
            throw .malformed(file: path, reason: "it does not begin with GGUF")
        }
        let version = try cursor.integer(UInt32.self)
        guard (2...3).contains(version) else {
            let isSwapped = (1...3).contains(version.byteSwapped)
            throw .unsupported(
                file: path,
                setting: "the version of GGUF",
                found: isSwapped ? "\(version.byteSwapped) in big-endian order" : "\(version)",
                supported: "2 or 3 in little-endian order"
            )
        }
        // An entry has at least a key's length, a type and a byte; a tensor a name's length, a
        // count of axes, a type and an offset.
        let tensors = try cursor.count(ofThingsOf: 24, what: "tensors")
        return (tensors, try cursor.count(ofThingsOf: 13, what: "metadata entries"))
    }

    /// The metadata entries.
    static func metadata(
        from cursor: inout GGUFCursor,
        count: Int,
        path: String
    ) throws(ModelsError) -> [String: GGUFValue] {
        var metadata: [String: GGUFValue] = [:]
        for _ in 0..<count {
            let key = try cursor.name("the key")
            let type = try cursor.type(key: key)
            let value = try cursor.value(type, key: key)
            guard metadata.updateValue(value, forKey: key) == nil else {
                throw .malformed(file: path, reason: "it has \(key) twice")
            }
        }
        return metadata
    }

    /// What the data's offsets are multiples of.
    static func alignment(
        of metadata: [String: GGUFValue],
        path: String
    ) throws(ModelsError) -> Int {
        let key = "general.alignment"
        guard let value = metadata[key] else { return 32 }
        guard let alignment = value.count, alignment > 0, alignment.isMultiple(of: 8),
            alignment <= 1 << 20
        else {
            throw .malformed(file: path, reason: "\(key) is not a multiple of 8 up to 1048576")
        }
        return alignment
    }

    /// The tensors' descriptions.
    static func tensors(
        from cursor: inout GGUFCursor,
        count: Int,
        alignment: Int,
        fileByteCount: Int,
        path: String
    ) throws(ModelsError) -> [String: DecoderTensor] {
        var descriptions: [(name: String, tensor: DecoderTensor)] = []
        for _ in 0..<count {
            descriptions.append(try description(from: &cursor, alignment: alignment, path: path))
        }
        let dataStart = (cursor.offset + alignment - 1) / alignment * alignment
        var tensors: [String: DecoderTensor] = [:]
        for (name, tensor) in descriptions {
            var tensor = tensor
            let range = tensor.byteRange
            let (end, overflows) = range.upperBound.addingReportingOverflow(dataStart)
            guard !overflows, end <= fileByteCount else {
                throw .truncated(
                    file: path,
                    expectedByteCount: overflows ? .max : end,
                    byteCount: fileByteCount
                )
            }
            tensor.byteRange = (range.lowerBound + dataStart)..<end
            guard tensors.updateValue(tensor, forKey: name) == nil else {
                throw .malformedTensor(file: path, tensor: name, reason: "it is there twice")
            }
        }
        try checkOverlap(of: tensors, path: path)
        return tensors
    }

    /// A tensor whose bytes are counted from the data's beginning.
    private static func description(
        from cursor: inout GGUFCursor,
        alignment: Int,
        path: String
    ) throws(ModelsError) -> (name: String, tensor: DecoderTensor) {
        let name = try cursor.name("the name of a tensor")
        func malformed(_ reason: String) -> ModelsError {
            .malformedTensor(file: path, tensor: name, reason: reason)
        }
        let axisCount = try cursor.integer(UInt32.self)
        guard axisCount <= mostAxes else { throw malformed("it has \(axisCount) axes") }
        var lengths: [UInt64] = []
        for _ in 0..<axisCount { lengths.append(try cursor.integer()) }
        let typeNumber = try cursor.integer(UInt32.self)
        let offset = try cursor.integer(UInt64.self)
        guard let type = GGUFTensorType(rawValue: typeNumber) else {
            throw .unsupported(
                file: path,
                setting: "the type of tensor \(name)",
                found: GGUFTensorType.name(of: typeNumber),
                supported: GGUFTensorType.supportedNames
            )
        }
        guard let byteCount = byteCount(lengths: lengths, type: type) else {
            throw malformed("its shape \(lengths) of \(type.name) is impossible")
        }
        guard let start = Int(exactly: offset), start <= Int.max - byteCount else {
            throw malformed("its offset \(offset) is impossible")
        }
        guard start.isMultiple(of: alignment) else {
            throw malformed("its offset \(offset) is not a multiple of \(alignment)")
        }
        let tensor = DecoderTensor(
            type: type,
            shape: lengths.reversed().map { Int($0) },
            byteRange: start..<(start + byteCount)
        )
        return (name, tensor)
    }

    /// The bytes of a tensor, or nil if they overflow or its rows are no whole number of blocks.
    private static func byteCount(lengths: [UInt64], type: GGUFTensorType) -> Int? {
        var count = 1
        for length in lengths {
            guard let length = Int(exactly: length) else { return nil }
            let (product, overflows) = count.multipliedReportingOverflow(by: length)
            guard !overflows else { return nil }
            count = product
        }
        let rowLength = Int(lengths.first ?? 1)
        guard rowLength.isMultiple(of: type.blockLength) else { return nil }
        let (bytes, overflows) = (count / type.blockLength)
            .multipliedReportingOverflow(by: type.blockByteCount)
        return overflows ? nil : bytes
    }

    private static func checkOverlap(
        of tensors: [String: DecoderTensor],
        path: String
    ) throws(ModelsError) {
        let ordered = tensors.filter { !$0.value.byteRange.isEmpty }.sorted { one, other in
            let (a, b) = (one.value.byteRange, other.value.byteRange)
            return (a.lowerBound, one.key) < (b.lowerBound, other.key)
        }
        for ((name, tensor), (next, following)) in zip(ordered, ordered.dropFirst())
        where following.byteRange.lowerBound < tensor.byteRange.upperBound {
            throw .malformedTensor(
                file: path,
                tensor: next,
                reason: "it begins inside the tensor \(name)"
            )
        }
    }
}
