import Models
import Tensors
import Testing

/// The example of `SentenceEncoder`'s documentation.
@Suite struct ModelsExampleTests {
    @Test func sentencesOfLikeMeaningHaveNearVectors() throws {
        let encoder = try SentenceEncoder(folder: modelFolder, pool: ComputePool())
        let texts = ["A river.", "A stream.", "A tax return."].map { Array($0.utf8) }
        let vectors = encoder.encode(texts)
        #expect(vectors.rowCount == 3)
        #expect(vectors.width == encoder.width)
        func cosine(_ left: Int, _ right: Int) -> Float {
            zip(vectors[row: left], vectors[row: right]).reduce(Float(0)) { $0 + $1.0 * $1.1 }
        }
        #expect(abs(cosine(0, 0) - 1) < 1e-5)
        #expect(cosine(0, 1) > cosine(0, 2) + 0.2)
    }
}
