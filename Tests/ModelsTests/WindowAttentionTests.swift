import Models
import Testing

@Suite struct WindowAttentionTests {
    /// Numbers up to 2 as halves are off by 2^-11 at most, and so is what is attended to, but for shares
    /// that keys of halves change.
    @Test(arguments: [(DecoderPrecision.exact, Float(0)...1e-5), (.bytes, 1e-4...8e-3)])
    func resultsAreThoseOfTheReference(
        precision: DecoderPrecision,
        differences: ClosedRange<Float>
    ) throws {
        let model = try tinyDecoder("qwen2", precision: precision)
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
            #expect(results.count == test.floats.count && differences ~= largest, "\(largest)")
        }
    }
}
