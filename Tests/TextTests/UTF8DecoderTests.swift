import Foundation
import Testing
import Text

private struct UTF8Case: Decodable {
    let bytes: String
    let text: String
    let first: Int?
    let count: Int

    var input: [UInt8] {
        stride(from: 0, to: bytes.count, by: 2).compactMap { index in
            UInt8(bytes.dropFirst(index).prefix(2), radix: 16)
        }
    }

    static func all() throws -> [UTF8Case] {
        let url = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "Fixtures/utf8.json")
        return try JSONDecoder().decode([UTF8Case].self, from: Data(contentsOf: url))
    }
}

/// What a decoder made of its input.
private struct Decoded: Equatable {
    var text: [UInt8] = []
    var first: Int?
    var count = 0
    var error: TextError?
}

private func decode(
    _ input: [UInt8],
    cutAt cuts: [Int] = [],
    _ invalidBytes: UTF8Decoder.InvalidBytes = .replaced,
    _ encoding: UTF8Decoder.Encoding = .marked
) -> Decoded {
    var decoder = UTF8Decoder(invalidBytes: invalidBytes, encoding: encoding)
    var decoded = Decoded()
    do throws(TextError) {
        var start = 0
        for end in cuts + [input.count] {
            try input[start..<end].withUnsafeBufferPointer { part throws(TextError) in
                try decoder.decode(UnsafeRawBufferPointer(part), into: &decoded.text)
            }
            start = end
        }
        try decoder.finish(into: &decoded.text)
    } catch {
        decoded.error = error
    }
    decoded.first = decoder.firstInvalidOffset
    decoded.count = decoder.replacementCount
    return decoded
}

@Suite struct UTF8DecoderTests {
    /// Against `bytes.decode(errors="replace")`, and where and how often that replaces.
    @Test func invalidBytesAreReplacedAsPythonReplacesThem() throws {
        let cases = try UTF8Case.all()
        #expect(cases.contains { $0.count > 3 } && cases.contains { $0.count == 0 })
        for expected in cases {
            let found = decode(expected.input, cutAt: [], .replaced, .utf8)
            #expect(found.text == Array(expected.text.utf8), "\(expected.bytes)")
            #expect(found.first == expected.first && found.count == expected.count)
        }
    }

    @Test func invalidBytesAreReplacedAsSwiftReplacesThem() {
        var generator = LinearGenerator(state: 3)
        for _ in 0..<3000 {
            let input = randomBytes(&generator)
            let expected = Array(String(decoding: input, as: UTF8.self).utf8)
            #expect(decode(input, cutAt: [], .replaced, .utf8).text == expected, "\(input)")
        }
    }

    @Test func cutsDoNotShow() {
        var generator = LinearGenerator(state: 4)
        let marks: [[UInt8]] = [
            [], [0xEF, 0xBB, 0xBF], [0xFE, 0xFF], [0xFF, 0xFE], [0xEF], [0xFF],
        ]
        for round in 0..<2000 {
            let input = marks[round % marks.count] + randomBytes(&generator)
            let expected = decode(input)
            for _ in 0..<3 {
                let cuts = (0..<Int.random(in: 1...6, using: &generator)).map { _ in
                    Int.random(in: 0...input.count, using: &generator)
                }
                #expect(decode(input, cutAt: cuts.sorted()) == expected, "\(input) \(cuts)")
            }
            #expect(decode(input, cutAt: Array(0..<input.count)) == expected, "\(input)")
        }
    }

    @Test func invalidBytesAreRefusedAtTheirOffset() throws {
        for expected in try UTF8Case.all() {
            let found = decode(expected.input, cutAt: [expected.input.count / 2], .refused, .utf8)
            #expect(found.error == expected.first.map { .invalidBytes(offset: $0) })
        }
    }

    @Test(arguments: [
        ([0xEF, 0xBB, 0xBF, 0x61], "a"),
        ([0x61, 0xEF, 0xBB, 0xBF], "a\u{FEFF}"),
        ([0xEF, 0xBB, 0xBF, 0xEF, 0xBB, 0xBF], "\u{FEFF}"),
        ([0xEF, 0xBB], "\u{FFFD}"),
        ([0xFE, 0xFF, 0x65, 0xE5, 0xD8, 0x34, 0xDD, 0x1E], "日𝄞"),
        ([0xFF, 0xFE, 0xE5, 0x65, 0x34, 0xD8, 0x1E, 0xDD, 0x0D, 0x00, 0x0A, 0x00], "日𝄞\r\n"),
        ([0xFF, 0xFE, 0x34, 0xD8, 0x61, 0x00, 0x1E, 0xDD], "\u{FFFD}a\u{FFFD}"),
        ([0xFF, 0xFE, 0x34, 0xD8], "\u{FFFD}"),
        ([0xFF, 0xFE, 0x61, 0x00, 0x62], "a\u{FFFD}"),
        ([0xFF, 0xFE], ""),
        ([0x00, 0x0D, 0x0A, 0x7F], "\0\r\n\u{7F}"),
        ([], ""),
    ])
    func byteOrderMarksDecide(input: [UInt8], expected: String) {
        #expect(decode(input).text == Array(expected.utf8))
    }

    @Test func halfCharactersOfUTF16AreToldAtTheirOffset() {
        let found = decode([0xFE, 0xFF, 0x00, 0x61, 0xD8, 0x34, 0x00, 0x62, 0xDD, 0x1E])
        #expect(found.first == 4 && found.count == 2)
    }

    /// Against Python's cp1252, whose gaps the web fills with controls.
    @Test func singleBytesAreCharacters() throws {
        let table = try #require(SingleByteEncoding(label: "Latin1"))
        let found = decode(Array(0x80...0x9F) + [0xE9], cutAt: [], .refused, .singleByte(table))
            .text
        let expected =
            "€\u{81}‚ƒ„…†‡ˆ‰Š‹Œ\u{8D}Ž\u{8F}\u{90}‘’“”•–—˜™š›œ\u{9D}žŸé"
        #expect(String(decoding: found, as: UTF8.self) == expected)
    }

    /// Bytes among which there are whole, broken and cut characters.
    private func randomBytes(_ generator: inout some RandomNumberGenerator) -> [UInt8] {
        let atoms: [[UInt8]] = [
            Array("abc".utf8), Array("é".utf8), Array("日本".utf8), Array("𝄞".utf8), [0xE2, 0x82],
            [0xF0, 0x9F],
            [0xF0, 0x9F, 0x98], [0xC3], [0x80], [0xFF], [0xED, 0xA0, 0x80], [0xC0, 0xAF],
            [0xF4, 0x90],
            Array(repeating: 0x78, count: 40),
        ]
        return (0..<Int.random(in: 0...12, using: &generator)).flatMap { _ in
            atoms.randomElement(using: &generator) ?? []
        }
    }
}

private struct LinearGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state ^ (state >> 33)
    }
}
