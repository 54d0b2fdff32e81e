// Reads files and prints each sentence with its place, its kind and the headings above it.
//
//     swift run --package-path Examples Sentences README.md

import Chunking
import Ingestion
import Structure

let reader = DocumentReader(inputs: Array(CommandLine.arguments.dropFirst()))
var splitter = SentenceSplitter(pieceCounter: BoundingPieceCounter())
var outliner = Outliner()

func show(_ segment: OutlinedSegment, _ text: UnsafeRawBufferPointer) {
    let path = segment.path.joined(separator: " > ")
    let words = String(decoding: text, as: UTF8.self)
    print("\(segment.range) \(segment.kind.rawValue) [\(path)] \(words)")
}

while let event = reader.next() {
    switch event {
    case .began(let document):
        print("# \(document.id)")
        splitter = SentenceSplitter(pieceCounter: BoundingPieceCounter())
        outliner = Outliner(title: document.title)
    case .text(let piece, _):
        piece.withUnsafeBytes { bytes in
            splitter.push(bytes) { outliner.push(range: $0.range, text: $1, emit: show) }
        }
    case .ended:
        splitter.finish { outliner.push(range: $0.range, text: $1, emit: show) }
        outliner.finish(emit: show)
    case .failed(_, let error):
        print(error)
    }
}
