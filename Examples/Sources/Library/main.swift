// Finds the best places for a question in a store that `riverrun ingest` made.
//
//     swift run --package-path Examples Library STORE "Who built the bridge?"

import BlockStorage
import Foundation
import Models
import Retrieval
import Tensors

let arguments = CommandLine.arguments
guard arguments.count == 3 else {
    print("usage: Library STORE QUESTION")
    exit(64)
}
let store = try Store.open(at: arguments[1], mode: .readOnly)
let encoder = try SentenceEncoder(folder: "models/all-MiniLM-L6-v2", pool: ComputePool())
let question = arguments[2]
let vector = Array(encoder.encode([Array(question.utf8)])[row: 0])
let result = try Retriever(store: store)
    .retrieve(RetrievalQuery(text: question, vector: vector, limit: 5))
if !result.isRelevant { print("nothing relevant is stored; the likeliest places are") }
for hit in result.hits { print(hit.score, hit.document, hit.byteRange, hit.text) }
