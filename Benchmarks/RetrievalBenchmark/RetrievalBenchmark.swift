import BlockStorage
import Foundation
import Models
import Retrieval
import Stages
import Tensors

/// Asks a store many questions under one or more settings of the retriever.
///
///     swift run -c release RetrievalBenchmark MODEL STORE QUESTIONS LIMIT [SETTING…]
///
/// MODEL is a folder, or the file of a static encoder. QUESTIONS is NDJSON with `id` and `text`. A
/// setting is `name=value`, several joined by commas, or empty for the defaults. Prints a line for each
/// setting and question, tab-separated: the setting, the question's id, the relevance, the first hit's
/// score, then the documents that were found, best first. The questions answered in a second, their
/// embedding left out, go to standard error.
@main
enum RetrievalBenchmark {
    static func main() throws {
        let arguments = Array(CommandLine.arguments.dropFirst())
        guard arguments.count >= 4, let limit = Int(arguments[3]) else {
            print("usage: RetrievalBenchmark MODEL STORE QUESTIONS LIMIT [SETTING…]")
            exit(64)
        }
        let store = try Store.open(at: arguments[1], mode: .readOnly)
        let (pool, width) = (ComputePool(), store.settings.vectorWidth)
        let encoder: any ConceptEncoder =
            arguments[0].hasSuffix(".safetensors")
            ? try StaticEncoder(file: arguments[0], width: width, pool: pool)
            : try SentenceEncoder(folder: arguments[0], pool: pool)
        let questions = try readQuestions(arguments[2])
        let vectors = encoder.encode(questions.map { Array($0.text.utf8) })
        let settings = arguments.count > 4 ? Array(arguments[4...]) : [""]
        for setting in settings {
            let retriever = try Retriever(
                store: store,
                configuration: try RetrieverSetting.configuration(setting),
                segmentEncoder: BlockEncoder(encoder)
            )
            var lines = ""
            let duration = try ContinuousClock().measure {
                for (row, question) in questions.enumerated() {
                    let query = RetrievalQuery(
                        text: question.text,
                        vector: Array(vectors[row: row]),
                        limit: limit
                    )
                    let result = try retriever.retrieve(query)
                    let fields =
                        [
                            setting, question.id, "\(result.relevance)",
                            "\(result.hits.first?.score ?? 0)",
                        ]
                        + result.hits.map(\.document)
                    lines += fields.joined(separator: "\t") + "\n"
                }
            }
            print(lines, terminator: "")
            let rate = Double(questions.count) / (duration / .seconds(1))
            FileHandle.standardError.write(Data("\(setting)\t\(Int(rate)) questions/s\n".utf8))
        }
    }

    private struct Question: Decodable {
        let id: String
        let text: String
    }

    private static func readQuestions(_ path: String) throws -> [Question] {
        let decoder = JSONDecoder()
        return try Data(contentsOf: URL(filePath: path)).split(separator: UInt8(ascii: "\n"))
            .map { try decoder.decode(Question.self, from: Data($0)) }
    }
}
