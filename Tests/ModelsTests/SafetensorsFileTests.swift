import Diagnostics
import Foundation
import Models
import Serialization
import Tensors
import Testing

@Suite struct SafetensorsFileTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// A file with `header`, or a header that claims `length`, and `dataCount` bytes 0, 1, 2, ….
    private func file(_ header: String, dataCount: Int, length: UInt64? = nil) throws -> String {
        var content = Data()
        withUnsafeBytes(of: (length ?? UInt64(header.utf8.count)).littleEndian) {
            content.append(contentsOf: $0)
        }
        content.append(contentsOf: header.utf8)
        content.append(contentsOf: (0..<dataCount).map { UInt8(truncatingIfNeeded: $0) })
        return try folder.write(content)
    }

    @Test func tensorsAreReadByName() throws {
        let header = """
            {"__metadata__":{"format":"pt"},
            "b":{"dtype":"F32","shape":[1,2],"data_offsets":[4,12]},
            "a":{"dtype":"BF16","shape":[2],"data_offsets":[0,4]},
            "c":{"dtype":"F16","shape":[3],"data_offsets":[12,18]},
            "none":{"dtype":"I64","shape":[0,5],"data_offsets":[18,18]}}
            """
        let path = try file(header, dataCount: 0)
        var content = try Data(contentsOf: URL(filePath: path))
        let halves: [UInt16] = [0x3F80, 0xC000]  // 1 and -2 as BF16
        let floats: [Float] = [0.5, -3]
        let smalls: [UInt16] = [0x3E00, 0x8001, 0xFC00]  // 1.5, -2^-24 and -infinity as F16
        halves.withUnsafeBytes { content.append(contentsOf: $0) }
        floats.withUnsafeBytes { content.append(contentsOf: $0) }
        smalls.withUnsafeBytes { content.append(contentsOf: $0) }
        let tensors = try SafetensorsFile(path: folder.write(content))
        #expect(tensors.entries.keys.sorted() == ["a", "b", "c", "none"])
        #expect(try tensors.floats("a", shape: [2]) == [1, -2])
        #expect(try tensors.floats("b", shape: [1, 2]) == [0.5, -3])
        #expect(try tensors.floats("c", shape: [3]) == [1.5, -0x1p-24, -.infinity])
        for (name, shape) in [("a", [2]), ("b", [1, 2]), ("c", [3])] {
            let view = try tensors.view(name, shape: shape)
            let floats = view.withUnsafeBufferPointer { Array($0) }
            #expect(try floats == tensors.floats(name, shape: shape))
        }
        #expect(
            throws: ModelsError.wrongShape(
                file: tensors.path,
                tensor: "b",
                expected: [2, 1],
                found: [1, 2]
            )
        ) { try tensors.floats("b", shape: [2, 1]) }
        #expect(throws: ModelsError.missingTensor(file: tensors.path, tensor: "d")) {
            try tensors.floats("d", shape: [])
        }
        #expect(throws: ModelsError.self) { try tensors.floats("none", shape: [0, 5]) }
    }

    @Test(arguments: [
        // A header that no file of this size can have.
        ("", 0, UInt64.max, "its header claims 18446744073709551615 bytes"),
        ("{}", 0, 1_000, "is truncated: 1008 bytes expected, 10 there"),
        ("{}", 3, nil, "3 bytes follow the last tensor"),
        ("nonsense", 0, nil, "its header is not a JSON object"),
        ("[1]", 0, nil, "its header is not a JSON object"),
        ("{\"t\":5}", 0, nil, "at tensor t: its type, shape or byte range"),
        // Types, shapes and ranges.
        (tensor("F99", "[1]", "[0,4]"), 4, nil, "at tensor t: its type F99 is unknown"),
        (tensor("F32", "[-1]", "[0,4]"), 4, nil, "its shape [-1] is impossible"),
        (tensor("F32", "[4611686018427387904,4]", "[0,4]"), 4, nil, "is impossible"),
        (tensor("F32", "[1.5]", "[0,4]"), 4, nil, "is malformed"),
        (tensor("F32", "[1]", "[0]"), 4, nil, "its byte range [0] is impossible"),
        (tensor("F32", "[1]", "[-4,0]"), 4, nil, "its byte range [-4, 0] is impossible"),
        (tensor("F32", "[1]", "[4,0]"), 4, nil, "its byte range [4, 0] is impossible"),
        (
            tensor("F32", "[1]", "[9223372036854775803,9223372036854775807]"), 4, nil,
            "is impossible"
        ),
        (tensor("F32", "[2]", "[0,4]"), 4, nil, "holds 4 bytes, its shape [2] of F32 takes 8"),
        (tensor("F32", "[2]", "[0,8]"), 4, nil, "is truncated"),
        (tensor("F32", "[1]", "[4,8]"), 8, nil, "at tensor t: it starts at offset"),
        (
            "{\"t\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4]},"
                + "\"u\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[2,6]}}",
            6, nil, "at tensor u: it starts at offset"
        ),
    ])
    func aHostileHeaderIsRefused(
        header: String,
        dataCount: Int,
        length: UInt64?,
        problem: String
    ) throws {
        let path = try file(header, dataCount: dataCount, length: length)
        let error = #expect(throws: ModelsError.self) { try SafetensorsFile(path: path) }
        let description = error?.description ?? ""
        #expect(description.contains(path) && description.contains(problem), "\(description)")
        #expect(description.hasSuffix("; run `make setup` to fetch the model again"))
    }

    private static func tensor(_ type: String, _ shape: String, _ offsets: String) -> String {
        "{\"t\":{\"dtype\":\"\(type)\",\"shape\":\(shape),\"data_offsets\":\(offsets)}}"
    }

    @Test func everyTruncationIsNoticed() throws {
        let whole = try Data(contentsOf: URL(filePath: tinyFolder + "/model.safetensors"))
        for count in [0, 1, 7, 8, 9, 100, 2_000, whole.count - 1] {
            let path = try folder.write(whole.prefix(count))
            #expect(throws: ModelsError.self, "\(count) bytes") { try SafetensorsFile(path: path) }
        }
    }

    @Test func damagedHeadersNeverTrap() throws {
        let whole = try Data(contentsOf: URL(filePath: tinyFolder + "/model.safetensors"))
        let headerEnd = 8 + Int(whole[0]) + Int(whole[1]) << 8
        for offset in stride(from: 0, to: headerEnd, by: 7) {
            var damaged = whole
            damaged[offset] ^= UInt8(1 << (offset % 8))
            let file = try? SafetensorsFile(path: folder.write(damaged))
            for (name, entry) in file?.entries ?? [:] {
                _ = try? file?.floats(name, shape: entry.shape)
            }
        }
    }

    @Test func aDigestIsOfAllBytes() throws {
        let count = 700_001  // More than two parts.
        let header = #"{"a":{"dtype":"U8","shape":[\#(count)],"data_offsets":[0,\#(count)]}}"#
        var content = try Data(contentsOf: URL(filePath: try file(header, dataCount: 0)))
        content.append(contentsOf: (0..<count).map { UInt8(truncatingIfNeeded: $0 * $0 >> 9) })
        let path = try folder.write(content)
        let tensors = try SafetensorsFile(path: path)
        #expect(try tensors.digest() == ContentDigest(of: Array(content)))
        #expect(try tensors.tensorDigest() == ContentDigest(of: Array(content.suffix(count))))

        try FileHandle(forWritingTo: URL(filePath: path)).truncate(atOffset: 300_000)
        #expect(
            throws: ModelsError.unreadable(
                file: path,
                reason: "it was shortened while it was read"
            )
        ) { try tensors.digest() }
    }

    @Test func whatIsNoFileIsNamed() {
        for path in ["/nonexistent/model.safetensors", "/tmp", "/dev/null"] {
            let error = #expect(throws: ModelsError.self) { try SafetensorsFile(path: path) }
            #expect(error?.problem.contains(path) == true)
        }
    }
}
