import Foundation
import Models
import Tensors
import Testing

/// The small trained model beside the ids and logits that another implementation computed.
@Suite(.enabled(if: !storiesFiles.isEmpty)) struct StoriesTests {
    private struct Reference: Decodable {
        struct Case: Decodable {
            var prompt: String
            var prompt_ids: [Int32]
            var greedy_ids: [Int32]
            var gaps: [Double]
        }
        var cases: [Case]
    }

    /// The floats of a file of numpy's.
    private func floats(_ path: String) throws -> [Float] {
        let data = try Data(contentsOf: URL(filePath: path))
        let start = 10 + Int(data[8]) + Int(data[9]) << 8
        return data[start...].withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
    }

    @Test(arguments: storiesFiles + storiesBinFiles)
    func idsAndLogitsEqualTheReferences(path: String) throws {
        let name = URL(filePath: path).deletingPathExtension().lastPathComponent
        let stem =
            path.hasSuffix(".bin")
            ? "bin" : name == "official" ? "official_gguf" : name.split(separator: "-").last ?? ""
        let folder = URL(filePath: path).deletingLastPathComponent().path + "/ref/\(stem)"
        let reference = try JSONDecoder().decode(
            Reference.self,
            from: Data(contentsOf: URL(filePath: folder + ".json"))
        )
        let pool = ComputePool(threadCount: 2)
        let model = try LlamaModel(file: path, pool: pool, precision: .exact)
        #expect(reference.cases.count == 5)
        for (index, test) in reference.cases.enumerated() {
            let tokens = model.tokenizer.promptTokens(of: Array(test.prompt.utf8))
            #expect(tokens == test.prompt_ids)
            let length = min(model.configuration.contextLength, 512)
            let session = try LlamaSession(model, contextLength: length)
            let all = Array((tokens + test.greedy_ids).prefix(length))
            let logits = try session.readAll(all)
            let expected = try floats("\(folder)_p\(index)_logits.npy")
            var largest: Float = 0
            for (position, row) in logits.enumerated() where (position + 1) * 512 <= expected.count
            {
                for (ours, theirs) in zip(row, expected[(position * 512)...]) {
                    largest = max(largest, abs(ours - theirs))
                }
            }
            // The reference computes in double precision; logits are about 10 in size.
            #expect(largest < 2e-4, "\(largest)")
            for (step, expected) in test.greedy_ids.enumerated()
            where tokens.count + step < all.count && test.gaps[step] > 4e-4 {
                let row = logits[tokens.count + step - 1]
                #expect(row.indices.max { row[$0] < row[$1] } == Int(expected), "step \(step)")
            }
        }
    }

    /// Activations rounded to bytes cost a reader of a story little: the mean logarithm of what it gave
    /// the tokens that came.
    @Test(arguments: storiesFiles.filter { $0.contains("Q") })
    func roundedActivationsPredictAsWell(path: String) throws {
        let folder = URL(filePath: path).deletingLastPathComponent().path + "/ref/"
        let name = URL(filePath: path).deletingPathExtension().lastPathComponent
        let reference = try JSONDecoder().decode(
            Reference.self,
            from: Data(contentsOf: URL(filePath: folder + "\(name.suffix(4)).json"))
        )
        let pool = ComputePool(threadCount: 2)
        func surprise(_ precision: DecoderPrecision) throws -> Double {
            let model = try LlamaModel(file: path, pool: pool, precision: precision)
            var (sum, count) = (0.0, 0)
            for test in reference.cases {
                let tokens = test.prompt_ids + test.greedy_ids
                let length = min(tokens.count, model.configuration.contextLength)
                let session = try LlamaSession(model, contextLength: length)
                let logits = try session.readAll(Array(tokens.prefix(length)))
                for (row, next) in zip(logits, tokens.dropFirst()) {
                    let top = Double(row.max() ?? 0)
                    let total = row.reduce(0) { $0 + exp(Double($1) - top) }
                    sum -= Double(row[Int(next)]) - top - log(total)
                    count += 1
                }
            }
            return sum / Double(count)
        }
        let (exact, bytes) = (try surprise(.exact), try surprise(.bytes))
        #expect(abs(bytes - exact) < 0.01, "\(exact) and \(bytes)")
    }
}
