import Diagnostics
import Foundation
import ModelFiles
import Models
import Testing

@Suite struct GGUFFileTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private var sound: GGUFWriter {
        var writer = GGUFWriter()
        writer.metadata = [
            ("general.architecture", .string("llama")), ("count", .unsigned(7)),
            ("small", .raw(1, [0xFE])), ("large", .raw(10, littleEndian(UInt64.max))),
            ("half", .float(0.5)), ("yes", .bool(true)),
            ("words", .strings([Array("a".utf8), [], [0xFF]])), ("scores", .floats([1, -2])),
            ("types", .integers([3, -1])),
        ]
        writer.tensors = [
            .init("vector", [3], floats: [1, 2, 3]),
            .init("matrix", [2, 3], floats: [1, 2, 3, 4, 5, 6]),
        ]
        return writer
    }

    private func open(_ writer: GGUFWriter) throws -> GGUFFile {
        try GGUFFile(path: folder.write(writer.data(), to: "model.gguf"))
    }

    @Test func metadataAndTensorsAreRead() throws {
        let file = try open(sound)
        #expect(file.metadata["general.architecture"] == .string(Array("llama".utf8)))
        #expect(file.metadata["count"] == .unsigned(7))
        #expect(file.metadata["small"] == .signed(-2))
        #expect(file.metadata["large"] == .unsigned(.max))
        #expect(file.metadata["half"] == .float(0.5))
        #expect(file.metadata["yes"] == .bool(true))
        guard case .array(let words)? = file.metadata["words"],
            case .array(let scores)? = file.metadata["scores"],
            case .array(let types)? = file.metadata["types"]
        else { return #expect(Bool(false), "three arrays are there") }
        #expect(try file.strings(of: words) == [Array("a".utf8), [], [0xFF]])
        #expect(try file.numbers(of: words) == nil)
        #expect(try file.strings(of: scores) == nil)
        #expect(try file.numbers(of: scores) == [1, -2])
        #expect(try file.numbers(of: types) == [3, -1])
        #expect(try file.floats("vector", shape: [3]) == [1, 2, 3])
        #expect(try file.floats("matrix", shape: [3, 2]) == [1, 2, 3, 4, 5, 6])
        #expect(throws: ModelsError.missingTensor(file: file.path, tensor: "none")) {
            try file.floats("none", shape: [1])
        }
        #expect(
            throws: ModelsError.wrongShape(
                file: file.path,
                tensor: "vector",
                expected: [4],
                found: [3]
            )
        ) { try file.floats("vector", shape: [4]) }
    }

    private struct Hostile: CustomTestStringConvertible, Sendable {
        var problem: String
        var change: @Sendable (inout GGUFWriter) -> Void
        var testDescription: String { problem }

        init(_ problem: String, _ change: @escaping @Sendable (inout GGUFWriter) -> Void) {
            self.problem = problem
            self.change = change
        }
    }

    private static let hostile: [Hostile] = [
        .init("does not begin with GGUF") { $0.magic = Array("GGML".utf8) },
        .init("the version of GGUF is 1, where 2 or 3") { $0.version = 1 },
        .init("is 3 in big-endian order") { $0.version = 3 << 24 },
        .init("claims 18446744073709551615 tensors") { $0.claimedTensorCount = .max },
        .init("claims 1000000 metadata entries") { $0.claimedEntryCount = 1_000_000 },
        .init("it has count twice") { $0.metadata.append(("count", .bool(true))) },
        .init("the type of odd is 99") { $0.metadata.append(("odd", .raw(99, []))) },
        .init("claims 9223372036854775807 bytes of text") {
            $0.metadata.append(("long", .raw(8, littleEndian(Int64.max))))
        },
        .init("claims 4611686018427387904 elements of many") {
            $0.metadata.append(("many", .raw(9, littleEndian(UInt32(6)) + littleEndian(1 << 62))))
        },
        .init("an array of arrays") {
            $0.metadata.append(("deep", .raw(9, littleEndian(UInt32(9)) + littleEndian(0))))
        },
        .init("general.alignment is not a multiple of 8") {
            $0.metadata.append(("general.alignment", .unsigned(0)))
        },
        .init("at tensor vector: it is there twice") {
            $0.tensors.append(.init("vector", [3], floats: [1, 2, 3]))
        },
        .init("the type of tensor t is Q2_K, where F32") {
            $0.tensors.append(.init("t", [256], type: 10, bytes: []))
        },
        .init("the type of tensor t is number 4096") {
            $0.tensors.append(.init("t", [256], type: 4096, bytes: []))
        },
        .init("at tensor t: it has 5 axes") {
            $0.tensors.append(.init("t", [1, 1, 1, 1, 1], bytes: []))
        },
        .init("its shape [33] of Q8_0 is impossible") {
            $0.tensors.append(.init("t", [33], type: 8, bytes: []))
        },
        .init("its shape [4294967296, 4294967296] of F32 is impossible") {
            $0.tensors.append(.init("t", [1 << 32, 1 << 32], bytes: []))
        },
        .init("its shape [4611686018427387904] of F32 is impossible") {
            $0.tensors.append(.init("t", [1 << 62], bytes: []))
        },
        .init("its offset 18446744073709551584 is impossible") {
            $0.tensors.append(.init("t", [1], bytes: [], claimedOffset: .max - 31))
        },
        .init("its offset 4 is not a multiple of 32") {
            $0.tensors.append(.init("t", [1], bytes: [], claimedOffset: 4))
        },
        .init("at tensor vector: it begins inside the tensor t") {
            $0.tensors.append(.init("t", [1], bytes: [], claimedOffset: 0))
        },
        .init("is truncated") {
            $0.tensors.append(.init("t", [1], bytes: [], claimedOffset: 1 << 40))
        },
        .init("is truncated") {
            $0.tensors.append(.init("t", [1], bytes: [], claimedOffset: UInt64(Int.max) - 31))
        },
    ]

    @Test(arguments: hostile.indices)
    func aHostileFileIsRefused(index: Int) throws {
        var writer = sound
        Self.hostile[index].change(&writer)
        let error = #expect(throws: ModelsError.self) { try open(writer) }
        let problem = error?.problem ?? ""
        #expect(problem.contains("model.gguf"), "\(problem)")
        #expect(problem.contains(Self.hostile[index].problem), "\(problem)")
    }

    @Test func everyTruncationIsNoticed() throws {
        let whole = sound.data()
        // What is behind the last tensor is padding.
        let end = whole.count - 8
        for count in 0..<end {
            let path = try folder.write(whole.prefix(count), to: "short.gguf")
            #expect(throws: ModelsError.self, "\(count) bytes") { try GGUFFile(path: path) }
        }
        #expect(throws: Never.self) { try open(sound) }
    }

    @Test func whatIsNoFileIsNamed() {
        for path in ["/nonexistent/model.gguf", "/tmp", "/dev/null"] {
            let error = #expect(throws: ModelsError.self) { try GGUFFile(path: path) }
            #expect(error?.problem.contains(path) == true)
        }
    }

    /// Reads everything that a file has.
    private func readAll(_ path: String) throws {
        let file = try GGUFFile(path: path)
        for case .array(let array) in file.metadata.values {
            if try file.strings(of: array) == nil { _ = try file.numbers(of: array) }
        }
        for (name, tensor) in file.tensors { _ = try file.floats(name, shape: tensor.shape) }
    }

    @Test(arguments: ["made"] + storiesFiles)
    func damagedFilesNeverTrap(name: String) throws {
        let whole = name == "made" ? sound.data() : try Data(contentsOf: URL(filePath: name))
        var generator = SplitMix64(UInt64(whole.count))
        for round in 0..<200 {
            var damaged = whole
            // The description of a file is a small part of it, in which most damage is done.
            let reach = round % 4 == 0 ? whole.count : min(whole.count, 600)
            for _ in 0...Int.random(in: 0..<4, using: &generator) {
                let offset = Int.random(in: 0..<reach, using: &generator)
                damaged[offset] = UInt8.random(in: 0...255, using: &generator)
            }
            if round % 3 == 0 {
                damaged = damaged.prefix(Int.random(in: 0..<whole.count, using: &generator))
            }
            let path = try folder.write(damaged, to: "damaged.gguf")
            _ = try? readAll(path)
        }
    }
}
