import Chunking
import Testing

/// The example of the documentation, with nothing but the public interface.
@Suite struct SentenceSplitterExampleTests {
    @Test func aStreamBecomesSentences() {
        let stream = [
            "Dr. Lovelace wrote it in 18", "43. It ran a century later.\n\nNobody ", "knew.",
        ]
        var sentences: [String] = []

        var splitter = SentenceSplitter(pieceCounter: BoundingPieceCounter())
        for piece in stream {
            Array(piece.utf8).withUnsafeBytes { bytes in
                splitter.push(bytes) { segment, text in
                    sentences.append(String(decoding: text, as: UTF8.self))
                }
            }
        }
        splitter.finish { segment, text in
            sentences.append(String(decoding: text, as: UTF8.self))
        }

        #expect(
            sentences == [
                "Dr. Lovelace wrote it in 1843. ", "It ran a century later.\n\n", "Nobody knew.",
            ]
        )
    }
}
