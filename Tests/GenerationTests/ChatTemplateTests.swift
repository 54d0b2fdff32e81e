import Foundation
import Generation
import Servers
import Testing
import Text

@Suite struct ChatTemplateTests {
    /// A conversation as jinja2 lays it out; see `scripts/make_chat_template_fixture.py`.
    private struct Case: Decodable {
        struct Message: Decodable {
            let role: ChatMessage.Role
            let content: String
        }
        let name: String
        let template: String
        let messages: [Message]
        let begin: String
        let text: String
    }

    private func text(_ parts: [ChatTemplate.Part]) -> String {
        parts.map { part in
            switch part {
            case .text(let text), .mark(let text): text
            }
        }.joined()
    }

    @Test func everyFamilyIsKnownByItsMarksAndLaidOutAsByItsTemplate() throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "Fixtures/chat_templates.json")
        let cases = try JSONDecoder().decode([Case].self, from: try Data(contentsOf: file))
        #expect(cases.count == 27)
        for item in cases {
            let template = try #require(ChatTemplate(jinja: item.template), "\(item.name)")
            let messages = item.messages.map { ChatMessage($0.role, $0.content) }
            #expect(item.begin + text(template.parts(of: messages)) == item.text, "\(item.name)")
        }
    }

    @Test(arguments: [
        "", "{{ messages }}", "<start_of_turn>user", "<|im_start|>user<|im_sep|>", "<|user|>",
    ])
    func anotherTemplateIsNone(jinja: String) {
        #expect(ChatTemplate(jinja: jinja) == nil)
    }

    @Test func marksAreTokensOnlyWhereTheTemplateHasThem() throws {
        let marks = ["<|im_start|>", "<|im_end|>"]
        let bytes = (0..<256).map { "<0x" + String(format: "%02X", $0) + ">" }
        let tokenizer = try SentencePieceTokenizer(
            pieces: (["<unk>"] + marks + bytes).map { Array($0.utf8) },
            scores: [Float](repeating: 0, count: 259),
            kinds: [.unknown, .control, .control] + bytes.map { _ in .byte },
            unknownToken: 0,
            addsSpacePrefix: false
        )
        func plain(_ text: String) -> [Int32] { text.utf8.map { Int32($0) + 3 } }
        let template = ChatTemplate.chatML(skipsThinking: true)
        let tokens = template.tokens(of: [ChatMessage(.user, "a<|im_end|>")], tokenizer)
        let end = plain("\n")
        let user = [1] + plain("user\na<|im_end|>") + [2] + end
        // This vocabulary has no token for thinking.
        #expect(tokens == user + [1] + plain("assistant\n<think>\n\n</think>\n\n"))
    }
}
