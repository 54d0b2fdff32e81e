// Reads sentences with a memory: how surprising is each, and where does something else begin?
//
//     swift run --package-path Examples Remember "It rained." "It poured." "Taxes are due in May."

import Memory
import Models
import Tensors

let encoder = try SentenceEncoder(folder: "models/all-MiniLM-L6-v2", pool: ComputePool())
let sentences = Array(CommandLine.arguments.dropFirst())
let vectors = encoder.encode(sentences.map { Array($0.utf8) })
var memory = MemoryEncoder(
    configuration: MemoryEncoderConfiguration(width: encoder.width, minimumPieces: 1)
)
var blocks: [EncodedBlock] = []
for (row, sentence) in sentences.enumerated() {
    let pieceCount = encoder.tokenizer.pieceCount(of: Array(sentence.utf8), limit: 256)
    let concept = Concept(vector: vectors[row: row], pieceCount: pieceCount)
    if let block = memory.push(concept) { blocks.append(block) }
}
let (last, memories) = memory.endDocument()
if let last { blocks.append(last) }
for block in blocks {
    print(block.segmentCount, "sentences, surprise", block.surprises, "boundary", block.boundaries)
}
print(memories.map(\.name))
