import Chunking
import Testing

/// The measures of a line against slower ones, one thing at a time.
@Suite struct LineShapeTests {
    @Test(arguments: 0..<8 as Range<UInt64>)
    func aLineIsMeasuredAsByteByByte(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let parts = [
            "a", "word", "{", "|", "}", "~", " ", " ", "  ", "   ", "\t", "é", "字", "\u{7F}",
            "\u{1}",
        ]
        let ends = ["", "\n", "\r\n", "\u{85}", "\u{2028}", "\u{C}"]
        for _ in 0..<2_000 {
            let text = (0..<Int.random(in: 0...40, using: &random)).map { _ in
                parts.randomElement(using: &random) ?? ""
            }.joined()
            let end = ends.randomElement(using: &random) ?? ""
            let before = Array("xy\n".utf8)
            let line = Array(text.utf8)
            let bytes = before + line + Array(end.utf8) + (end.isEmpty ? [] : Array("next".utf8))
            let shape = LineShape(bytes: bytes, start: before.count, end: bytes.count)
            #expect(
                shape.range == before.count..<(before.count + line.count),
                "\(text.debugDescription)"
            )
            #expect(shape.next == (end.isEmpty ? nil : before.count + line.count + end.utf8.count))
            let isSpace = { (byte: UInt8) in byte <= 0x20 || byte == 0x7F }
            let first = line.firstIndex { !isSpace($0) } ?? line.count
            let content = line[first...].reversed().drop(while: isSpace).reversed()
            guard !content.isEmpty else {
                #expect(shape.role == .blank)
                continue
            }
            let indentation = line[..<first].reduce(0) { $0 + ($1 == 0x09 ? 4 : 1) }
            #expect(shape.contentStart == before.count + first)
            #expect(shape.contentEnd == before.count + first + content.count)
            #expect(shape.indentation == indentation)
            let scalars = String(decoding: content, as: UTF8.self).unicodeScalars.count
            #expect(shape.columns == scalars + indentation, "\(text.debugDescription)")
            let hasTab = line.contains(0x09) && indentation < 4
            #expect(shape.hasGap == (hasTab || hasInnerGap(line)), "\(text.debugDescription)")
        }
    }

    /// Whether three spaces or more part what is before them from what is behind them.
    private func hasInnerGap(_ line: [UInt8]) -> Bool {
        var start = 0
        while start < line.count {
            let end = line[start...].firstIndex { $0 != 0x20 } ?? line.count
            if end - start >= 3, start > 0, end < line.count { return true }
            start = max(end, start + 1)
        }
        return false
    }
}
