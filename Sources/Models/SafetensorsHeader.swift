internal import Foundation

/// Reads and checks the header of a safetensors file.
struct SafetensorsHeader {
    private(set) var entries: [String: SafetensorsFile.Entry] = [:]
    /// What the writer noted beside the tensors.
    private(set) var metadata: [String: String] = [:]
    /// Where the header ends in the file.
    let dataStart: Int

    /// The largest header that the reference implementation accepts.
    private static let largestLength: UInt64 = 100_000_000
    private static let elementSizes = [
        "BOOL": 1, "U8": 1, "I8": 1, "F8_E5M2": 1, "F8_E4M3": 1, "U16": 2, "I16": 2, "F16": 2,
        "BF16": 2, "U32": 4, "I32": 4, "F32": 4, "U64": 8, "I64": 8, "F64": 8,
    ]

    init(bytes: UnsafeRawBufferPointer, path: String) throws(ModelsError) {
        guard bytes.count >= 8 else {
            throw .truncated(file: path, expectedByteCount: 8, byteCount: bytes.count)
        }
        let length = UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
        guard length <= Self.largestLength else {
            throw .malformed(file: path, reason: "its header claims \(length) bytes")
        }
        dataStart = 8 + Int(length)
        guard dataStart <= bytes.count else {
            throw .truncated(file: path, expectedByteCount: dataStart, byteCount: bytes.count)
        }
        let header = try Self.decode(Data(bytes[8..<dataStart]), path: path)
        metadata = header.metadata
        for (name, description) in header.descriptions {
            entries[name] = try Self.entry(
                description,
                name: name,
                dataStart: dataStart,
                path: path
            )
        }
        try checkTiling(from: dataStart, byteCount: bytes.count, path: path)
    }

    // MARK: - JSON

    private struct Description: Decodable {
        var dtype: String
        var shape: [Int]
        var data_offsets: [Int]
    }

    private struct Header: Decodable {
        var descriptions: [String: Description] = [:]
        var metadata: [String: String] = [:]

        private struct Name: CodingKey {
            var stringValue: String
            var intValue: Int? { nil }
            init?(stringValue: String) { self.stringValue = stringValue }
            init?(intValue: Int) { nil }
        }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: Name.self)
            for name in container.allKeys {
                if name.stringValue == "__metadata__" {
                    metadata = try container.decode([String: String].self, forKey: name)
                    continue
                }
                descriptions[name.stringValue] = try container.decode(
                    Description.self,
                    forKey: name
                )
            }
        }
    }

    private static func decode(
        _ json: Data,
        path: String
    ) throws(ModelsError) -> Header {
        do {
            return try JSONDecoder().decode(Header.self, from: json)
        } catch let error as DecodingError {
            if let tensor = error.path.first {
                throw .malformedTensor(
                    file: path,
                    tensor: tensor,
                    reason: "its type, shape or byte range is missing or of the wrong kind"
                )
            }
            throw .malformed(file: path, reason: "its header is not a JSON object")
        } catch {
            throw .malformed(file: path, reason: "its header is not a JSON object")
        }
    }

    // MARK: - Checks

    private static func entry(
        _ description: Description,
        name: String,
        dataStart: Int,
        path: String
    ) throws(ModelsError) -> SafetensorsFile.Entry {
        func malformed(_ reason: String) -> ModelsError {
            .malformedTensor(file: path, tensor: name, reason: reason)
        }
        guard let elementSize = elementSizes[description.dtype] else {
            throw malformed("its type \(description.dtype) is unknown")
        }
        var size = elementSize
        for length in description.shape {
            let (product, overflows) = size.multipliedReportingOverflow(by: length)
            guard length >= 0, !overflows else {
                throw malformed("its shape \(description.shape) is impossible")
            }
            size = product
        }
        guard description.data_offsets.count == 2, description.data_offsets[0] >= 0,
            description.data_offsets[0] <= description.data_offsets[1],
            description.data_offsets[1] <= Int.max - dataStart
        else { throw malformed("its byte range \(description.data_offsets) is impossible") }
        let start = dataStart + description.data_offsets[0]
        let end = dataStart + description.data_offsets[1]
        guard end - start == size else {
            throw malformed(
                "its byte range holds \(end - start) bytes, its shape \(description.shape) "
                    + "of \(description.dtype) takes \(size)"
            )
        }
        return SafetensorsFile.Entry(
            type: description.dtype,
            shape: description.shape,
            byteRange: start..<end
        )
    }

    /// Tensors follow one another from the header's end to the file's.
    private func checkTiling(
        from dataStart: Int,
        byteCount: Int,
        path: String
    ) throws(ModelsError) {
        let ordered = entries.sorted { one, other in
            let (a, b) = (one.value.byteRange, other.value.byteRange)
            return (a.lowerBound, a.upperBound, one.key) < (b.lowerBound, b.upperBound, other.key)
        }
        var end = dataStart
        for (name, entry) in ordered {
            guard entry.byteRange.lowerBound == end else {
                throw .malformedTensor(
                    file: path,
                    tensor: name,
                    reason: "it starts at offset \(entry.byteRange.lowerBound), the tensors "
                        + "before it end at \(end)"
                )
            }
            end = entry.byteRange.upperBound
        }
        guard end <= byteCount else {
            throw .truncated(file: path, expectedByteCount: end, byteCount: byteCount)
        }
        guard end == byteCount else {
            throw .malformed(file: path, reason: "\(byteCount - end) bytes follow the last tensor")
        }
    }
}

extension DecodingError {
    /// The keys that lead to what could not be decoded.
    fileprivate var path: [String] {
        switch self {
        case .typeMismatch(_, let context), .valueNotFound(_, let context),
            .keyNotFound(_, let context), .dataCorrupted(let context):
            context.codingPath.map(\.stringValue)
        @unknown default: []
        }
    }
}
