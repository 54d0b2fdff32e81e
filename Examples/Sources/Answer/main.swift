// Lets a model on an OpenAI-compatible server answer a question from texts, each given as an argument,
// and checks what it cites.
//
//     swift run --package-path Examples Answer http://127.0.0.1:8080/v1 \
//         "How long is the Liffey?" "The Liffey is 132 km long." "The Danube passes Vienna."

import Foundation
import Generation
import Servers

let arguments = Array(CommandLine.arguments.dropFirst())
guard arguments.count > 2 else {
    print("Answer URL QUESTION TEXT…")
    exit(64)
}
let passages = arguments[2...].enumerated().map { index, text in
    Passage(
        document: "text \(index + 1)",
        uri: "",
        scope: "text \(index + 1)",
        path: [],
        block: UInt64(index),
        segments: [.init(byteRange: 0..<text.utf8.count, bytes: Array(text.utf8))]
    )
}
let server = ChatServer(ServerConfiguration(url: arguments[0])) { print("# \($0)") }
let answerer = try AnswerWriter(ServerWriter(server))
let answer = try answerer.answer(arguments[1], from: passages) { piece in
    if case .text(let text) = piece { print(text, terminator: "") }
}
print()
for claim in answer.claims {
    let places = claim.citations.map { "\($0.passage.document):\($0.byteRange)" }
    print(claim.fault.map { "! \($0)" } ?? "supported by \(places)", claim.words, separator: ": ")
}
