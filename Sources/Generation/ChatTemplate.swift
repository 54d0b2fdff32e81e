package import Servers
package import Text

/// How a family of models wants a conversation laid out.
///
/// A file says so in Jinja's language, which is not run: its marks tell the family. A text that is
/// begun but for the model's own beginning token, which its tokenizer adds.
package enum ChatTemplate: Equatable, Sendable {
    /// Qwen, Yi and many others; of those that may think before they answer, it is skipped.
    case chatML(skipsThinking: Bool)
    /// Llama 3.
    case llama3
    /// Llama 2.
    case llama2
    /// Mistral.
    case mistral(MistralTurns)

    /// Where a Mistral model's turns have a space, and where the system's words stand.
    package struct MistralTurns: Equatable, Sendable {
        package enum SystemPlace: Sendable {
            /// In the user's first turn.
            case firstTurn
            /// In the user's last turn.
            case lastTurn
            /// In a turn of its own before all others.
            case ownTurn
        }

        /// Before the turn's mark.
        var before = ""
        /// Behind an opening mark, and before what the model said.
        var inside = " "
        /// Before a closing mark.
        var behind = ""
        /// Whether what the model said loses the space around it.
        var trimsAnswers = false
        var systemPlace = SystemPlace.lastTurn
    }

    /// A piece of a laid out conversation.
    package enum Part: Equatable {
        /// A mark, which most models have a token for.
        case mark(String)
        /// Text, in which no mark is read.
        case text(String)
    }

    /// The family of a template, or nil if it is none of the known ones.
    package init?(jinja: String) {
        if jinja.contains("<|im_start|>"), !jinja.contains("<|im_sep|>") {
            self = .chatML(skipsThinking: jinja.contains("enable_thinking"))
        } else if jinja.contains("<|start_header_id|>") {
            self = .llama3
        } else if jinja.contains("<<SYS>>"), jinja.contains("[INST]") {
            self = .llama2
        } else if jinja.contains("[INST]") {
            self = .mistral(MistralTurns(jinja: jinja))
        } else {
            return nil
        }
    }

    /// The conversation up to where the model's turn begins.
    package func parts(of messages: [ChatMessage]) -> [Part] {
        switch self {
        case .chatML(let skipsThinking): Self.chatML(messages, skipsThinking)
        case .llama3: Self.llama3(messages)
        case .llama2: Self.llama2(messages)
        case .mistral(let turns): turns.parts(of: messages)
        }
    }

    /// The tokens of a conversation behind its beginning token.
    ///
    /// What is said is never read as a mark; a mark that is no token of the vocabulary is written out.
    package func tokens(of messages: [ChatMessage], _ tokenizer: any SubwordTokenizer) -> [Int32] {
        var tokens: [Int32] = []
        var text = ""
        func takeText() {
            guard !text.isEmpty else { return }
            tokens += tokenizer.tokenIDs(of: Array(text.utf8), readsControlTokens: false)
            text = ""
        }
        for part in parts(of: messages) {
            switch part {
            case .text(let part): text += part
            case .mark(let name):
                let found = tokenizer.tokenIDs(of: Array(name.utf8), readsControlTokens: true)
                if found.count == 1 {
                    takeText()
                    tokens += found
                } else {
                    text += name
                }
            }
        }
        takeText()
        return tokens
    }

    private static func chatML(_ messages: [ChatMessage], _ skipsThinking: Bool) -> [Part] {
        var parts: [Part] = []
        for message in messages {
            parts += [.mark("<|im_start|>"), .text("\(message.role.rawValue)\n\(message.content)")]
            parts += [.mark("<|im_end|>"), .text("\n")]
        }
        parts += [.mark("<|im_start|>"), .text("assistant\n")]
        guard skipsThinking else { return parts }
        return parts + [.mark("<think>"), .text("\n\n"), .mark("</think>"), .text("\n\n")]
    }

    private static func llama3(_ messages: [ChatMessage]) -> [Part] {
        func head(_ role: ChatMessage.Role) -> [Part] {
            [.mark("<|start_header_id|>"), .text(role.rawValue), .mark("<|end_header_id|>")]
        }
        return messages.flatMap { message in
            head(message.role) + [.text("\n\n" + message.content.trimmed), .mark("<|eot_id|>")]
        } + head(.assistant) + [.text("\n\n")]
    }

    private static func llama2(_ messages: [ChatMessage]) -> [Part] {
        var parts: [Part] = []
        var system = ""
        for message in messages {
            switch message.role {
            case .system: system = "<<SYS>>\n\(message.content)\n<</SYS>>\n\n"
            case .user:
                if !parts.isEmpty { parts.append(.mark("<s>")) }
                parts.append(.text("[INST] \((system + message.content).trimmed) [/INST]"))
                system = ""
            case .assistant: parts += [.text(" \(message.content.trimmed) "), .mark("</s>")]
            }
        }
        return parts
    }
}

extension ChatTemplate.MistralTurns {
    /// Which of the layouts that came one after another a template has.
    fileprivate init(jinja: String) {
        let hasSpaces = jinja.contains("[INST] ")
        if jinja.contains("[SYSTEM_PROMPT]") {
            self.init(inside: hasSpaces ? " " : "", systemPlace: .ownTurn)
        } else if jinja.contains("[AVAILABLE_TOOLS]") {
            self.init(
                inside: hasSpaces ? " " : "",
                trimsAnswers: hasSpaces,
                systemPlace: .lastTurn
            )
        } else {
            self.init(
                before: jinja.contains(" [INST] ") ? " " : "",
                inside: " ",
                behind: " ",
                systemPlace: .firstTurn
            )
        }
    }

    fileprivate func parts(of messages: [ChatMessage]) -> [ChatTemplate.Part] {
        var parts: [ChatTemplate.Part] = []
        let system = messages.first { $0.role == .system }?.content
        if let system, systemPlace == .ownTurn {
            parts += [.mark("[SYSTEM_PROMPT]"), .text(inside + system), .mark("[/SYSTEM_PROMPT]")]
        }
        let users = messages.indices.filter { messages[$0].role == .user }
        let place = systemPlace == .firstTurn ? users.first : users.last
        for (index, message) in messages.enumerated() where message.role != .system {
            guard message.role == .user else {
                // The first layout has no space here where it has none before its turns.
                let space = systemPlace == .firstTurn ? before : inside
                let said = trimsAnswers ? message.content.trimmed : message.content
                parts += [.text(space + said), .mark("</s>")]
                continue
            }
            var words = message.content
            if let system, systemPlace != .ownTurn, index == place {
                words = "\(system)\n\n\(words)"
            }
            if !before.isEmpty { parts.append(.text(before)) }
            parts += [.mark("[INST]"), .text(inside + words + behind), .mark("[/INST]")]
        }
        return parts
    }
}

extension String {
    /// Without whitespace at both ends.
    fileprivate var trimmed: String {
        let scalars = unicodeScalars
        let isSpace = { (scalar: Unicode.Scalar) in scalar.properties.isWhitespace }
        guard let start = scalars.firstIndex(where: { !isSpace($0) }),
            let end = scalars.lastIndex(where: { !isSpace($0) })
        else { return "" }
        return String(scalars[start...end])
    }
}
