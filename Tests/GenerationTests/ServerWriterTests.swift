import Generation
import Loopback
import Servers
import Testing

@Suite struct ServerWriterTests {
    private func write(
        _ server: LoopbackServer,
        tokenLimit: Int = 9,
        isStopped: () -> Bool = { false }
    ) throws -> (text: String, end: TextContinuation.End) {
        try withExtendedLifetime(server) {
            var text = ""
            let writer = ServerWriter(ChatServer(ServerConfiguration(url: server.url)))
            let end = try writer.write(
                after: [ChatMessage(.user, "Where?")],
                tokenLimit: tokenLimit,
                isStopped: isStopped
            ) { text += $0 }
            return (text, end)
        }
    }

    @Test func itWritesWhatTheServerSays() throws {
        let server = try LoopbackServer([.head(), .word("In "), .word("Dublin."), .end()])
        let written = try write(server)
        #expect(written.text == "In Dublin." && written.end == .endOfText)
        #expect(server.requests.first?.contains(#""max_tokens":9"#) == true)
        #expect(server.requests.first?.contains(#""temperature":0,"#) == true)
        let cut = try LoopbackServer([.head(), .word("In "), .end("length")])
        #expect(try write(cut).end == .tokenLimit)
        let hung = try LoopbackServer([.hang])
        #expect(try write(hung, isStopped: { true }).end == .stopped)
    }

    @Test func aServerThatDoesNotEndIsLeft() throws {
        let event = "data: {\"choices\":[{\"delta\":{\"content\":\"more and more \"}}]}\n\n"
        let written = try write(try LoopbackServer([.head(), .sendForever(event)]), tokenLimit: 4)
        #expect(written.end == .tokenLimit)
        #expect(written.text.utf8.count > 256)
    }

    @Test func tokensAreEstimated() {
        let writer = ServerWriter(
            ChatServer(ServerConfiguration(url: "http://a")),
            contextLength: 7
        )
        #expect(writer.contextLength == 7)
        #expect(writer.tokenCount(of: "Where does the Liffey rise?") == 10)
        #expect(writer.tokenCount(of: "源头在山里") == 6)
        let talk = [ChatMessage(.system, ""), ChatMessage(.user, "abc")]
        #expect(writer.tokenCount(of: talk) == 8 + (8 + 1) + (8 + 2))
    }
}
