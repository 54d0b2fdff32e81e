import ModelFiles
import Testing

/// A little of what `FormatFuzzer` does for as long as it is let.
@Suite struct ModelFuzzerTests {
    @Test func damagedFilesGiveAModelOrOneErrorOfOneLine() throws {
        let report = try ModelFuzzer().run(seed: 1, count: 2100)
        #expect(report.badMessages == [])
        #expect(report.counts.values.reduce(0, +) == 2100)
        // Of each format some are accepted, and some refused.
        let formats = ["gguf"] + [0, 1, 2].map { "llama2.c \($0)" } + ["llama2.c tokenizer"]
        for format in formats {
            #expect(report.counts["\(format): accepted", default: 0] > 5, "\(format)")
        }
        #expect(report.counts.count > 15, "\(report.counts)")
    }
}
