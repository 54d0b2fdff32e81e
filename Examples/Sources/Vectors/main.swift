// Says how alike two sentences are.
//
//     swift run --package-path Examples Vectors "A river." "A stream."

import Models
import Tensors

let encoder = try SentenceEncoder(folder: "models/all-MiniLM-L6-v2", pool: ComputePool())
let sentences = CommandLine.arguments.dropFirst().map { Array($0.utf8) }
let vectors = encoder.encode(sentences)
for row in 0..<vectors.rowCount {
    let cosines = (0..<vectors.rowCount).map { other in
        zip(vectors[row: row], vectors[row: other]).reduce(0) { $0 + $1.0 * $1.1 }
    }
    print(cosines)
}
