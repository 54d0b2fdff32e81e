import Foundation
import Structure
import Testing

/// What holds for every text: nothing is lost, and a restored outliner goes on as if it had not stopped.
@Suite struct OutlinerPropertyTests {
    private static let texts: [String] = [
        "# A\n\nText. More.\n\n## B\n\n- x\n- y\n\n```\n# c\n```\n\n> q\n\nEnd.",
        "CONTENTS\n\nCHAPTER I. One\nCHAPTER II. Two\n\nCHAPTER I. One\n\nText.\n\nCHAPTER II. Two\n\nEnd.",
        "Chapter 1\n\nThe Mill\n\nText.\n\nI.\n\nText.\n\nII.\n\nText.",
        "---\na: b\n---\n\nOne\n===\n\nText.\n\nTwo\n---\n\n| a | b |\n| c | d |\n",
        "   TITLE OF THIS\n\n 1. One.\n\nText.\n\n  1.1 Sub\n\n   2. Two.\n\nText.", "\n\n\n", "",
    ]

    @Test(arguments: texts)
    func segmentsComeOutAsTheyWentIn(text: String) {
        let parts = outlined(text)
        #expect(parts.flatMap(\.text) == Array(text.utf8))
        var end = 0
        for part in parts {
            #expect(part.range.lowerBound == end && part.range.count == part.text.count)
            end = part.range.upperBound
        }
    }

    @Test(arguments: texts)
    func aSnapshotAtAnySegmentChangesNothing(text: String) throws {
        let expected = outlined(text, title: "Title")
        let cuts = segments(of: Array(text.utf8))
        var everywhere = Outliner(title: "Title")
        var resumed: [OutlinedText] = []
        for cut in cuts {
            everywhere = try Outliner(restoring: everywhere.snapshot())
            resumed += everywhere.push(range: cut.range, text: cut.text)
        }
        #expect(resumed + everywhere.finish() == expected)
        for stop in 0...cuts.count {
            var outliner = Outliner(title: "Title")
            var parts = cuts[..<stop].flatMap { outliner.push(range: $0.range, text: $0.text) }
            outliner = try Outliner(restoring: outliner.snapshot())
            parts += cuts[stop...].flatMap { outliner.push(range: $0.range, text: $0.text) }
            #expect(parts + outliner.finish() == expected, "stopped at \(stop)")
        }
    }

    @Test func aDamagedSnapshotIsRefused() {
        var outliner = Outliner(title: "Title")
        _ = outliner.push(range: 0..<11, text: Array("CHAPTER I\n\n".utf8))
        let snapshot = outliner.snapshot()
        for length in 0..<snapshot.count {
            #expect(throws: StructureError.self) {
                try Outliner(restoring: Array(snapshot[..<length]))
            }
        }
        #expect(throws: StructureError.self) { try Outliner(restoring: snapshot + [0]) }
        #expect(throws: StructureError.self) {
            try Outliner(restoring: [99] + snapshot.dropFirst())
        }
    }

    @Test func stateIsBoundedByHeadingsOfAnyDepth() {
        var outliner = Outliner()
        var offset = 0
        let title = String(repeating: "long ", count: 200)
        for level in 0..<400 {
            let marks = String(repeating: "#", count: level % 6 + 1)
            let line = Array("\(marks) \(level) \(title)\n\n".utf8)
            _ = outliner.push(range: offset..<(offset + line.count), text: line)
            offset += line.count
            #expect(outliner.snapshot().count < 4096)
        }
    }

    @Test func theRestOfALineClosesNoFence() {
        // A line that was cut where it grew too long, and went on with what looks like a fence.
        for (line, kind) in [(["let x = 1 ", "```\n"], SegmentKind.code), (["```\n"], .sentence)] {
            var outliner = Outliner()
            var kinds: [SegmentKind] = []
            var offset = 0
            for part in ["```\n"] + line + ["Words of text.\n"] {
                let text = Array(part.utf8)
                kinds += outliner.push(range: offset..<(offset + text.count), text: text).map(
                    \.kind
                )
                offset += text.count
            }
            #expect(kinds.last == kind)
        }
    }

    @Test func aFenceThatNeverClosesStaysCode() {
        let parts = outlined("```\n" + String(repeating: "# x. Y\n", count: 2000))
        #expect(parts.count > 3 && parts.allSatisfy { $0.kind == .code })
    }
}

@Suite struct OutlineTests {
    @Test func partsAreTheHullOfTheirChildren() throws {
        let text = "Lead.\n\n# One\n\nText.\n\n## Sub\n\nText.\n\n# Two\n\nEnd."
        var outline = Outline()
        for segment in outlined(text) { outline.append(segment.segment) }
        try outline.validate(document: 0..<text.utf8.count)
        #expect(outline.parts.map(\.title) == [nil, "One", nil, "Sub", "Two"])
        #expect(outline.parts.map(\.depth) == [0, 0, 1, 1, 0])
        #expect(
            outline.rendered() == "1 One [7..<36]\n  1.1 Sub [21..<36]\n2 Two [36..<47]"
        )
    }

    @Test func aDocumentThatGoesOnIsNotCovered() throws {
        var outline = Outline()
        for segment in outlined("# One\n\nText.") { outline.append(segment.segment) }
        #expect(throws: StructureError.endsEarly(offset: 12, expected: 13)) {
            try outline.validate(document: 0..<13)
        }
    }

    @Test func partsAreBounded() throws {
        let text = (0..<100).map { "# Title \($0)\n\nText.\n\n" }.joined()
        var outline = Outline(maximumParts: 20)
        for segment in outlined(text) { outline.append(segment.segment) }
        #expect(outline.parts.count <= 20)
        try outline.validate(document: 0..<text.utf8.count)
    }
}
