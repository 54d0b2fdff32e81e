// Summarizes sentences of one's own, without a store.
//
//     swift run --package-path Examples Digest 20 "The river rises." "It falls." "Boats wait."

import Generation
import Models
import Tensors

/// Sentences and their vectors in memory.
struct Sentences: SegmentProvider {
    let texts: [String]
    let vectors: Tensor<Float>

    func forEachSegment(_ body: (SourceSegment) throws -> Void) throws {
        var start = 0
        for (row, text) in texts.enumerated() {
            let bytes = Array(text.utf8)
            let segment = SourceSegment(
                document: "arguments",
                uri: "arguments",
                byteRange: start..<(start + bytes.count),
                path: [],
                kind: "sentence",
                bytes: bytes,
                vector: Array(vectors[row: row])
            )
            start += bytes.count
            try body(segment)
        }
    }
}

let texts = Array(CommandLine.arguments.dropFirst(2))
let encoder = try SentenceEncoder(folder: "models/all-MiniLM-L6-v2", pool: ComputePool())
let sentences = Sentences(texts: texts, vectors: encoder.encode(texts.map { Array($0.utf8) }))
let words = CommandLine.arguments.dropFirst().first.flatMap(Int.init) ?? 100
print(try Summarizer(configuration: SummaryConfiguration(words: words)).summarize(sentences).text)
