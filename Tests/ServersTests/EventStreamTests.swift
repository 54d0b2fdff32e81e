import Servers
import Testing

@Suite struct EventStreamTests {
    private func events(_ pieces: [[UInt8]]) throws -> [String] {
        var stream = EventStream()
        var events: [String] = []
        for piece in pieces {
            let fits = try stream.take(piece) { data throws(ServerError) in
                events.append(String(decoding: data, as: UTF8.self))
            }
            #expect(fits)
        }
        return events
    }

    @Test(arguments: [
        ("data: a\n\ndata: b\n\n", ["a", "b"]),
        ("data: a\r\ndata: b\r\n\r\n", ["a\nb"]),
        ("data:a\r\n\r\ndata:  b\r\r", ["a", " b"]),
        ("\u{FEFF}data: a\ndata: b\ndata\n\n", ["a\nb\n"]),
        (": comment\nevent: x\ndata: é€😀\nretry: 1\n\n\n\n", ["é€😀"]),
        ("database: a\nDATA: b\n\ndata: whole\n\ndata: cut off", ["whole"]),
    ])
    func eventsAreTakenOutHoweverBytesAreCut(text: String, expected: [String]) throws {
        let bytes = Array(text.utf8)
        #expect(try events([bytes]) == expected)
        #expect(try events(bytes.map { [$0] }) == expected)
        for cut in bytes.indices {
            #expect(try events([Array(bytes[..<cut]), Array(bytes[cut...])]) == expected)
        }
    }

    @Test func whatIsLongerThanAnEventIsRefused() throws {
        var stream = EventStream()
        let bytes = [UInt8](repeating: 0x78, count: EventStream.longestEventBytes)
        #expect(try stream.take(bytes) { _ throws(ServerError) in })
        #expect(try !stream.take([0x78]) { _ throws(ServerError) in })
    }
}
