import Foundation
import ModelFiles
import Models
import Tensors
import Testing
import Text

/// A text that comes in pieces has the tokens that it has as a whole.
@Suite struct TextTokensTests {
    private static let lines = [
        "Once upon a time, there was a little girl named Lily.", "  She loved (1, 2, 3)!", "",
        "\tÄpfel\u{301} und 日本語 \u{1F600}\u{200D}", "x = y + 12;\r", "   ", "The end",
    ]

    private func text(bytes: Int, lineFeeds: Bool) -> [UInt8] {
        var (text, generator): ([UInt8], SplitMix64) = ([], SplitMix64(4))
        while text.count < bytes {
            text += (Self.lines.randomElement(using: &generator) ?? "").utf8
            text += lineFeeds ? [0x0A] : [0x20]
        }
        return text
    }

    private func check(_ model: LlamaModel, _ text: [UInt8], pieceBytes: Int) {
        var tokens = TextTokens(model.tokenizer)
        var (all, callsWithTokens): ([Int32], Int) = ([], 0)
        var start = 0
        while start < text.count {
            var end = min(start + pieceBytes, text.count)
            while end < text.count, text[end] & 0xC0 == 0x80 { end -= 1 }
            let some = tokens.append(Array(text[start..<end]))
            callsWithTokens += some.isEmpty ? 0 : 1
            all += some
            start = end
        }
        all += tokens.finish()
        #expect(all == model.tokenizer.promptTokens(of: text))
        #expect(callsWithTokens > 1 || text.count < 1 << 17)
    }

    @Test(arguments: ["llama3", "qwen2", "llama-yarn"], [5_000, 65_536])
    func piecesOfATinyModel(name: String, pieceBytes: Int) throws {
        let model = try tinyDecoder(name)
        for bytes in [0, 1, 300, 300_000] {
            check(model, text(bytes: bytes, lineFeeds: true), pieceBytes: pieceBytes)
        }
        // Two mebibytes without a line feed are cut at spaces.
        check(model, text(bytes: 2_200_000, lineFeeds: false), pieceBytes: 65_536)
    }

    @Test(.enabled(if: !storiesFiles.isEmpty))
    func piecesOfStories() throws {
        let model = try LlamaModel(file: storiesFiles[0], pool: ComputePool(threadCount: 1))
        check(model, text(bytes: 300_000, lineFeeds: true), pieceBytes: 4_000)
    }

    /// Text behind other text does not begin with a space that is not there.
    @Test(.enabled(if: !storiesFiles.isEmpty))
    func aContinuationHasNoSpaceOfItsOwn() throws {
        let model = try LlamaModel(file: storiesFiles[0], pool: ComputePool(threadCount: 1))
        let tokenizer = model.tokenizer.tokenizer
        #expect(tokenizer.addsSpacePrefix)
        let tokens = tokenizer.continuationIDs(of: Array("Once".utf8))
        #expect(tokens.flatMap { tokenizer.bytes(of: $0) } == Array("Once".utf8))
    }

    @Test func aFingerprintTellsFilesApart() throws {
        let (one, other) = ("llama3", "llama-yarn")
        func print(_ name: String) throws -> String {
            try LlamaModel.fingerprint(
                ofFile: fixtures.appending(path: "llama/\(name).gguf").path
            )
        }
        #expect(try print(one) == print(one))
        #expect(try print(one) != print(other))
        #expect(throws: ModelsError.self) { try LlamaModel.fingerprint(ofFile: "/nonexistent") }
    }
}
