import Diagnostics
import Foundation
import ModelFiles
import Models
import Tensors
import Testing
import Text

@Suite struct LlamaModelTests {
    private struct Case: Decodable {
        var name: String
        var tokens: [Int32]
        var positions: [Int]
        var logits: Data
    }

    private static let folder = fixtures.appending(path: "llama")

    private static func cases() throws -> [Case] {
        let url = folder.appending(path: "logits.json")
        return try JSONDecoder().decode([Case].self, from: Data(contentsOf: url))
    }

    private static func path(_ name: String) -> String {
        folder.appending(path: "\(name).gguf").path
    }

    private func session(
        _ name: String,
        threads: Int = 1,
        precision: DecoderPrecision = .standard,
        kernels: Kernels = .best
    ) throws -> LlamaSession {
        let model = try LlamaModel(
            file: Self.path(name),
            pool: ComputePool(threadCount: threads),
            precision: precision,
            kernels: kernels
        )
        return try LlamaSession(model, contextLength: 64)
    }

    /// Sums in f32 over two layers, and the reference's cosines are f32 too; keys and values as halves.
    @Test(
        arguments: ["llama3", "llama-yarn", "llama-linear", "mistral", "qwen2", "qwen3"],
        [DecoderPrecision.exact, .bytes]
    )
    func logitsEqualTheReferences(name: String, precision: DecoderPrecision) throws {
        let test = try #require(try Self.cases().first { $0.name == name })
        let logits = try session(name, precision: precision).readAll(test.tokens)
        let bound: Float = precision == .exact ? 2e-4 : 3e-2
        var largest: Float = 0
        let expected = test.logits.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
        let width = expected.count / test.positions.count
        #expect(logits.count == test.tokens.count && logits.allSatisfy { $0.count == width })
        for (row, position) in test.positions.enumerated() {
            for (ours, theirs) in zip(logits[position], expected[(row * width)...]) {
                #expect(abs(ours - theirs) < bound, "position \(position)")
                largest = max(largest, abs(ours - theirs))
            }
        }
        #expect(precision == .exact || largest > 2e-4, "\(largest)")
    }

    /// Cut anywhere, with any number of threads, on any processor.
    @Test(arguments: ["llama3", "qwen3"])
    func logitsDependOnTheTokensAlone(name: String) throws {
        let tokens = try #require(try Self.cases().first { $0.name == name }).tokens
        let whole = try session(name).read(tokens)
        for kernels in Kernels.all {
            for threads in [1, 3] {
                let session = try session(name, threads: threads, kernels: kernels)
                var generator = SplitMix64(UInt64(threads))
                var start = 0
                var logits: [Float] = []
                while start < tokens.count {
                    let end = min(start + Int.random(in: 1...20, using: &generator), tokens.count)
                    logits = try session.read(Array(tokens[start..<end]))
                    start = end
                }
                #expect(session.position == tokens.count)
                #expect(logits.map(\.bitPattern) == whole.map(\.bitPattern), "\(kernels.name)")
            }
        }
    }

    @Test(arguments: ["llama3", "qwen3"])
    func aSessionThatIsRewoundReadsAsIfAfresh(name: String) throws {
        let tokens = try #require(try Self.cases().first { $0.name == name }).tokens
        let session = try session(name)
        _ = try session.read(tokens)
        let other = Array(tokens.reversed().prefix(9))
        for position in [tokens.count, tokens.count - 1, 17, 1, 0] {
            try session.rewind(to: position)
            #expect(session.position == position)
            let afresh = try self.session(name)
            let expected = try afresh.read(Array(tokens[..<position]) + other)
            let logits = try session.read(other)
            #expect(logits.map(\.bitPattern) == expected.map(\.bitPattern), "at \(position)")
            try session.rewind(to: position)
        }
    }

    @Test(arguments: ["llama3", "qwen3"])
    func aForkGoesOnApart(name: String) throws {
        let tokens = try #require(try Self.cases().first { $0.name == name }).tokens
        let (stem, one) = (Array(tokens.prefix(19)), Array(tokens.suffix(9)))
        let other = Array(tokens.reversed().prefix(9))
        let session = try session(name)
        _ = try session.read(stem)
        let fork = session.fork()
        var logits: [[Float]] = []
        // In turns, so that what they shared would be seen.
        for (ours, theirs) in zip(one, other) {
            logits = [try session.read([ours]), try fork.read([theirs])]
        }
        #expect(session.position == 28 && fork.position == 28 && fork.contextLength == 64)
        let expected = [
            try self.session(name).read(stem + one), try self.session(name).read(stem + other),
        ]
        #expect(logits == expected)
    }

    @Test func aFullContextIsAnErrorAndReadsNothing() throws {
        let session = try session("qwen2")
        _ = try session.read([Int32](repeating: 5, count: 60))
        #expect(throws: ModelsError.context(tokenCount: 65, limit: 64)) {
            try session.read([5, 5, 5, 5, 5])
        }
        #expect(session.position == 60)
        _ = try session.read([5, 5, 5, 5])
        let model = try LlamaModel(file: Self.path("qwen2"), pool: ComputePool(threadCount: 1))
        #expect(throws: ModelsError.context(tokenCount: 65, limit: 64)) {
            try LlamaSession(model, contextLength: 65)
        }
    }

    /// 128 bytes a token, two thousand million times.
    @Test func aContextLargerThanMemoryIsRefused() throws {
        let folder = try TemporaryFolder()
        var bytes = try Data(contentsOf: URL(filePath: Self.path("llama3")))
        let key = Data("llama.context_length".utf8)
        let place = try #require(bytes.firstRange(of: key)).upperBound + 4
        bytes.replaceSubrange(place..<(place + 4), with: littleEndian(Int32.max))
        let path = try folder.write(bytes, to: "long.gguf")
        let model = try LlamaModel(file: path, pool: ComputePool(threadCount: 1))
        let error = #expect(throws: ModelsError.self) {
            try LlamaSession(model, contextLength: Int(Int32.max))
        }
        #expect(error?.problem.contains("takes 274877906816 bytes of memory") == true)
    }

    // MARK: - Bad files

    /// The error of a fixture with some of its bytes replaced, as often as they are there.
    private func error(_ name: String, _ from: String, _ to: [UInt8]) throws -> ModelsError? {
        let folder = try TemporaryFolder()
        var bytes = try Data(contentsOf: URL(filePath: Self.path(name)))
        while let range = bytes.firstRange(of: Data(from.utf8)) {
            bytes.replaceSubrange(range, with: to)
        }
        let path = try folder.write(bytes, to: "model.gguf")
        return #expect(throws: ModelsError.self) {
            try LlamaModel(file: path, pool: ComputePool(threadCount: 1))
        }
    }

    @Test(arguments: [
        ("llama3", "general.architecture", "general.architectury", "lacks general.architecture"),
        ("qwen2", "blk.1.attn_k.weight", "blk.1.attn_y.weight", "lacks the tensor blk.1.attn_k"),
        ("qwen2", "qwen2.block_count", "qwen2.block_dount", "lacks qwen2.block_count"),
        ("qwen2", "output_norm.weight", "output_morn.weight", "lacks the tensor output_norm"),
        ("mistral", "mistral", "mixtral", "general.architecture is mixtral, where llama"),
        ("llama3", "ggml.model", "ggml.nodel", "lacks tokenizer.ggml.model"),
        ("llama3", "ggml.scores", "ggml.scories", "is malformed"),
    ])
    func whatIsMissingOrUnknownIsNamed(
        name: String,
        from: String,
        to: String,
        problem: String
    ) throws {
        let error = try error(name, from, Array(to.utf8))
        #expect(error?.problem.contains(problem) == true, "\(error?.problem ?? "")")
        #expect(error?.mend?.contains("GGUF") == true || error?.exitCode == .dataError)
    }

    @Test func dimensionsThatDoNotFitAreRefused() throws {
        // Behind the key stand the type, 4, and the value.
        func count(_ key: String, _ from: UInt32, _ to: UInt32) throws -> ModelsError? {
            let head = Array(key.utf8) + littleEndian(UInt32(4))
            let old = String(decoding: head + littleEndian(from), as: UTF8.self)
            return try error("llama3", old, head + littleEndian(to))
        }
        let cases: [(String, UInt32, UInt32, String)] = [
            ("llama.embedding_length", 32, 64, "has tensor rope_freqs.weight of shape"),
            ("llama.block_count", 2, 3, "lacks the tensor blk.2."),
            ("llama.block_count", 2, 0, "is not a positive count"),
            ("llama.attention.head_count", 4, 0, "is not a positive count"),
            ("llama.attention.head_count", 4, 3, "do not fit each other"),
            ("llama.attention.head_count_kv", 2, 1, "has tensor blk.0.attn_k.weight of shape"),
            ("llama.context_length", 64, .max, "is not a count"),
            ("tokenizer.ggml.bos_token_id", 1, 300, "is 300, of 300 tokens"),
        ]
        for (key, from, to, problem) in cases {
            let error = try count(key, from, to)
            #expect(error?.problem.contains(problem) == true, "\(key): \(error?.problem ?? "")")
        }
    }

    @Test(arguments: ["llama3", "llama-yarn", "qwen3"])
    func damagedModelsNeverTrap(name: String) throws {
        let folder = try TemporaryFolder()
        let whole = try Data(contentsOf: URL(filePath: Self.path(name)))
        let pool = ComputePool(threadCount: 1)
        var generator = SplitMix64(71)
        for _ in 0..<150 {
            var damaged = whole
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                let offset = Int.random(in: 0..<min(12_000, whole.count), using: &generator)
                damaged[offset] = UInt8.random(in: 0...255, using: &generator)
            }
            let path = try folder.write(damaged, to: "damaged.gguf")
            guard let model = try? LlamaModel(file: path, pool: pool),
                let session = try? LlamaSession(model, contextLength: 8)
            else { continue }
            let text = Array("that is <s> \u{1F999}".utf8)
            let tokens = model.tokenizer.promptTokens(of: text, readsControlTokens: true)
            _ = model.tokenizer.tokenizer.bytes(of: tokens)
            _ = try? session.read(Array(tokens.prefix(8)))
        }
    }
}
