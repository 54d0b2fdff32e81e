import Models
import Testing

@Suite struct WindowAttentionTests {
    @Test func resultsAreThoseOfTheReference() throws {
        let model = try tinyDecoder("qwen2")
        let tests = try AttentionFixture.all("window")
        #expect(tests.count == 3)
        for test in tests {
            let memory = WindowAttention(
                model,
                WindowConfiguration(
                    initialTokenCount: test.initial,
                    windowLength: test.window
                )
            )
            let layer = RandomLayer(model.configuration, length: test.length)
            var results: [Float] = []
            for start in stride(from: 0, to: test.length, by: 13) {
                results += try layer.attend(start..<min(start + 13, test.length), memory)
            }
            let largest = zip(results, test.floats).map { abs($0 - $1) }.max() ?? .infinity
            #expect(results.count == test.floats.count && largest < 1e-5, "\(largest)")
        }
    }
}
