import Diagnostics
import Foundation
import Models
import Tensors
import Text

/// Opens damaged model files, reads all that they have and computes with those that are accepted.
///
/// Whatever the bytes, an opener gives a model or one error of one line: it never traps, and takes
/// no more memory than the file calls for.
package final class ModelFuzzer {
    /// What came of some files.
    package struct Report {
        /// How many were accepted, by format, and refused, by format and kind of error.
        package var counts: [String: Int] = [:]
        /// Messages that are more than one line of a decent length.
        package var badMessages: [String] = []
        /// The longest that one file took.
        package var slowest = Duration.zero
    }

    private struct Seed {
        let format: String
        let bytes: [UInt8]
        let headLength: Int
        /// The name of the file, beside which others may lie.
        let name: String
    }

    private let seeds: [Seed]
    private let folder: URL
    private let pool = ComputePool(threadCount: 1)

    /// A fuzzer over small sound files of each format and others.
    package init(files: [String] = []) throws {
        // In memory where the system has a folder there: some disks take long over many small files.
        let inMemory = URL(filePath: "/dev/shm")
        let place =
            FileManager.default.isWritableFile(atPath: inMemory.path)
            ? inMemory : FileManager.default.temporaryDirectory
        folder = place.appending(path: "model-fuzzer-\(UUID())")
        let tied = SmallModel(isTied: true)
        var seeds: [Seed] = []
        func add(_ format: String, _ data: Data, _ headLength: Int? = nil, name: String) {
            let head = headLength ?? Self.headLength(ofGGUF: data)
            seeds.append(
                Seed(format: format, bytes: Array(data), headLength: head, name: name)
            )
        }
        add("gguf", tied.gguf().data(), name: "small.gguf")
        add("gguf", BlockModel(.q4_K).gguf().data(), name: "blocks.gguf")
        add("gguf", BytePairModel.gguf().data(), name: "pairs.gguf")
        for version in [0, 1, 2] {
            let data = SmallModel(isTied: version == 1).llama2(version: version)
            add(
                "llama2.c \(version)",
                data,
                version == 0 ? 28 : 48,
                name: "model\(version)/model.bin"
            )
        }
        let tokenizer = SmallModel.llama2Tokenizer()
        add("llama2.c tokenizer", tokenizer, tokenizer.count, name: "tokens/tokenizer.bin")
        for path in files {
            let url = URL(filePath: path)
            add("gguf", try Data(contentsOf: url), name: url.lastPathComponent)
        }
        self.seeds = seeds
        for name in ["model0", "model1", "model2", "tokens"] {
            let folder = folder.appending(path: name)
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try tokenizer.write(to: folder.appending(path: "tokenizer.bin"))
        }
        try tied.llama2(version: 0).write(to: folder.appending(path: "tokens/model.bin"))
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    /// Opens so many damaged files, the seeds' in turn.
    package func run(seed: UInt64, count: Int) throws -> Report {
        var mutator = FileMutator(seed: seed)
        var report = Report()
        let clock = ContinuousClock()
        for round in 0..<count {
            let chosen = seeds[round % seeds.count]
            let donor = seeds[(round / seeds.count) % seeds.count].bytes
            let bytes = mutator.mutated(
                chosen.bytes,
                headLength: chosen.headLength,
                donor: donor
            )
            let file = folder.appending(path: chosen.name)
            // A new file: one that is cut off and written again may be synchronized at once.
            try? FileManager.default.removeItem(at: file)
            try Data(bytes).write(to: file)
            let start = clock.now
            let outcome: String
            do throws(ModelsError) {
                try read(chosen, at: file.path, precision: round % 2 == 0 ? .bytes : .exact)
                outcome = "accepted"
            } catch {
                outcome = Self.kind(of: error)
                let text = error.description
                if text.utf8.count > 2000 || text.unicodeScalars.contains(where: { $0.value < 32 })
                {
                    report.badMessages.append(text)
                }
            }
            report.slowest = max(report.slowest, start.duration(to: clock.now))
            report.counts["\(chosen.format): \(outcome)", default: 0] += 1
        }
        return report
    }

    /// Reads everything that a file has, then some text with the model.
    private func read(
        _ seed: Seed,
        at path: String,
        precision: DecoderPrecision
    ) throws(ModelsError) {
        if seed.format == "gguf" {
            let file = try GGUFFile(path: path)
            for case .array(let array) in file.metadata.values {
                if try file.strings(of: array) == nil { _ = try file.numbers(of: array) }
            }
            for (name, tensor) in file.tensors {
                _ = try file.floats(name, shape: tensor.shape)
            }
        }
        let isTokenizer = path.hasSuffix("tokenizer.bin")
        let model = try LlamaModel(
            file: isTokenizer
                ? URL(filePath: path).deletingLastPathComponent().path + "/model.bin" : path,
            pool: pool,
            precision: precision
        )
        let text = Array("the tin <s> \u{1F999}\u{FFFD}".utf8) + [0xFF, 0]
        let tokens = model.tokenizer.promptTokens(of: text, readsControlTokens: true)
        _ = model.tokenizer.tokenizer.bytes(of: tokens)
        let length = min(4, model.configuration.contextLength)
        let session = try LlamaSession(model, contextLength: length)
        _ = try session.read(Array(tokens.prefix(length)))
    }

    /// The name of an error's case.
    private static func kind(of error: ModelsError) -> String {
        if case .decoder(let inner) = error { return kind(of: inner) }
        return Mirror(reflecting: error).children.first?.label ?? "\(error)"
    }

    /// Where a GGUF file's data begins, or a little of it if that cannot be said.
    private static func headLength(ofGGUF data: Data) -> Int {
        // The last name of a tensor is before its data, and none of the numbers there looks like it.
        data.lastRange(of: Data(".weight".utf8)).map { $0.upperBound + 40 } ?? 1024
    }
}

/// A model with a vocabulary of byte pairs.
enum BytePairModel {
    static func gguf() -> GGUFWriter {
        var writer = SmallModel(isTied: true).gguf()
        writer.metadata.removeAll { $0.key.hasPrefix("tokenizer.ggml") }
        // The visible bytes' own characters, the others' from U+0100 on, and what pairs become.
        let visible = Array(33...126) + Array(161...172) + Array(174...255)
        var scalars = visible
        scalars += (256..<(256 + 256 - visible.count))
        let bytes = scalars.compactMap { Unicode.Scalar($0).map { String(Character($0)) } }
        let pairs = ["t h", "h e", "th e", "Ġ t", "Ġ the", "i n", "Ġt he", "Ġ a"]
        var tokens = ["<s>", "</s>", "<pad>"] + bytes
        for pair in pairs { tokens.append(pair.replacing(" ", with: "")) }
        let size = SmallModel.tokens.count
        tokens = Array(Set(tokens).sorted().prefix(size))
        tokens += (0..<(size - tokens.count)).map { "<unused\($0)>" }
        writer.metadata += [
            ("tokenizer.ggml.model", .string("gpt2")), ("tokenizer.ggml.pre", .string("qwen2")),
            ("tokenizer.ggml.tokens", .strings(tokens.map { Array($0.utf8) })),
            (
                "tokenizer.ggml.token_type",
                .integers(tokens.map { $0.count > 2 && $0.hasPrefix("<") ? 3 : 1 })
            ),
            ("tokenizer.ggml.merges", .strings(pairs.map { Array($0.utf8) })),
            ("tokenizer.ggml.eos_token_id", .unsigned(0)),
        ]
        return writer
    }
}
