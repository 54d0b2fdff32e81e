import Foundation
import Generation
import Models
import Servers
import Tensors
import Testing
import Text

@Suite struct ModelWriterTests {
    private static let plain = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "ModelsTests/Fixtures/llama/llama3.gguf")

    private let talk = [ChatMessage(.system, "be brief"), ChatMessage(.user, "that")]

    private func writer(_ file: URL, contextLength: Int? = nil) throws -> ModelWriter {
        let model = try LlamaModel(file: file.path(), pool: ComputePool(threadCount: 1))
        return try ModelWriter(model, contextLength: contextLength)
    }

    /// The model with one more entry in its metadata, at whose place everything behind it is shifted by
    /// a multiple of the tensors' alignment.
    private func withTemplate(_ template: String, _ body: (URL) throws -> Void) throws {
        func number(_ value: some FixedWidthInteger) -> Data {
            withUnsafeBytes(of: value.littleEndian) { Data($0) }
        }
        let key = Data("tokenizer.chat_template".utf8)
        let bare = 8 + key.count + 4 + 8 + template.utf8.count
        let padded = Data(template.utf8) + Data(repeating: 0x20, count: (32 - bare % 32) % 32)
        let entry =
            number(UInt64(key.count)) + key + number(UInt32(8)) + number(UInt64(padded.count))
            + padded
        var bytes = try Data(contentsOf: Self.plain)
        let count = bytes[16..<24].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        bytes.replaceSubrange(16..<24, with: number(count + 1))
        bytes.insert(contentsOf: entry, at: 24)
        let file = FileManager.default.temporaryDirectory
            .appending(path: "riverrun-\(UUID().uuidString).gguf")
        try bytes.write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        try body(file)
    }

    @Test func aConversationIsLaidOutAsTheFileSays() throws {
        let plain = try writer(Self.plain)
        func count(_ text: String) -> Int { plain.tokenCount(of: text) - 1 }
        let begin = 1
        #expect(plain.tokenCount(of: talk) == begin + count("be brief\n\nthat\n\n"))
        try withTemplate("{% [INST] <<SYS>> %}") { file in
            let laidOut = try writer(file)
            let text = "[INST] <<SYS>>\nbe brief\n<</SYS>>\n\nthat [/INST]"
            #expect(laidOut.tokenCount(of: talk) == begin + count(text))
        }
        try withTemplate("{{ messages }}") { file in
            let unknown = try writer(file)
            #expect(unknown.tokenCount(of: talk) == plain.tokenCount(of: talk))
        }
    }

    @Test func aPromptMayBeATurn() throws {
        func text(_ file: URL, _ prompt: String, isTurn: Bool) throws -> [UInt8] {
            let model = try LlamaModel(file: file.path(), pool: ComputePool(threadCount: 1))
            let continuation = TextContinuation(model, .greedy, contextLength: 64)
            var text: [UInt8] = []
            _ = try continuation.write(after: Array(prompt.utf8), isTurn: isTurn, tokenLimit: 9) {
                text += $0
            }
            return text
        }
        try withTemplate("{% [INST] <<SYS>> %}") { file in
            let laidOut = try text(Self.plain, "[INST] that is [/INST]", isTurn: false)
            #expect(try text(file, "that is", isTurn: true) == laidOut)
            #expect(try text(file, "that is", isTurn: false) != laidOut)
        }
        #expect(throws: GenerationError.unknownTemplate) {
            try text(Self.plain, "that is", isTurn: true)
        }
    }

    @Test func itWritesTheMostLikelyTextAndStops() throws {
        let writer = try writer(Self.plain)
        func write(_ limit: Int, isStopped: () -> Bool = { false }) throws -> (
            String, TextContinuation.End
        ) {
            var text = ""
            let end = try writer.write(
                after: [ChatMessage(.user, "that")],
                tokenLimit: limit,
                isStopped: isStopped
            ) { text += $0 }
            return (text, end)
        }
        let (text, end) = try write(6)
        #expect(end == .tokenLimit || end == .endOfText)
        #expect(try write(6).0 == text)
        #expect(try write(6, isStopped: { true }).1 == .stopped)
    }

    @Test func aContextIsAsLongAsTheModelCan() throws {
        #expect(try writer(Self.plain).contextLength == 64)
        #expect(try writer(Self.plain, contextLength: 9).contextLength == 9)
        #expect(throws: ModelsError.context(tokenCount: 65, limit: 64)) {
            try writer(Self.plain, contextLength: 65)
        }
        let long = [ChatMessage(.user, String(repeating: "ab ", count: 99))]
        #expect(throws: ModelsError.self) {
            try writer(Self.plain).write(after: long, tokenLimit: 1, isStopped: { false }) { _ in }
        }
    }

    @Test func aConversationStandsBehindADocument() throws {
        let text: [Int32] = [5, 9, 3, 7, 4, 8, 6, 5, 3, 9, 9, 4]
        @Sendable func session(_ file: URL) throws -> LlamaSession {
            let model = try LlamaModel(file: file.path(), pool: ComputePool(threadCount: 1))
            let session = try LlamaSession(model, contextLength: 64)
            try session.append(text)
            return session
        }
        func behind(_ file: URL) throws -> ModelWriter {
            let model = try LlamaModel(file: file.path(), pool: ComputePool(threadCount: 1))
            return try ModelWriter(model, behind: "A\n title", windowLength: 48) {
                TextBeginning(session: try session(file), past: [], unread: [5])
            }
        }
        func check(
            _ file: URL,
            _ tokens: (any SubwordTokenizer) -> [Int32]
        ) throws {
            let writer = try behind(file)
            #expect(writer.readTitle == "A title" && writer.contextLength == 48)
            var written = ""
            _ = try writer.write(after: talk, tokenLimit: 5, isStopped: { false }) { written += $0 }
            let model = try LlamaModel(file: file.path(), pool: ComputePool(threadCount: 1))
            let tokenizer = model.tokenizer.tokenizer
            let session = try session(file)
            // No token that begins a text stands between the document and the conversation.
            var token = try greatest(session.read([5] + tokens(tokenizer)))
            var expected: [UInt8] = []
            for _ in 0..<5 where !model.tokenizer.endTokens.contains(token) {
                expected += tokenizer.bytes(of: token)
                token = try greatest(session.read([token]))
            }
            #expect(written == String(decoding: expected, as: UTF8.self).withoutControls)
        }
        try check(Self.plain) {
            $0.continuationIDs(of: Array("\n\nbe brief\n\nthat\n\n".utf8))
        }
        try withTemplate("{% [INST] <<SYS>> %}") { file in
            let turn = "[INST] <<SYS>>\nbe brief\n<</SYS>>\n\nthat [/INST]"
            // A turn looks as it does where nothing stands before it.
            try check(file) { $0.tokenIDs(of: Array(turn.utf8), readsControlTokens: false) }
        }
    }

    private func greatest(_ logits: [Float]) -> Int32 {
        Int32(logits.indices.max { logits[$0] < logits[$1] } ?? 0)
    }
}
