import Structure
import Testing

/// The examples of the documentation, with nothing but the public interface.
@Suite struct OutlinerExampleTests {
    @Test func segmentsGetTheirPathAndTheDocumentItsOutline() throws {
        let lines = ["# Rivers\n\n", "They run. ", "They bend.\n\n", "## Boats\n\n", "- Row it.\n"]
        var outliner = Outliner(title: "A Book")
        var outline = Outline()
        var offset = 0

        var segments: [OutlinedSegment] = []
        for line in lines {
            let range = offset..<(offset + line.utf8.count)
            Array(line.utf8).withUnsafeBytes { bytes in
                outliner.push(range: range, text: bytes) { segment, _ in segments.append(segment) }
            }
            offset = range.upperBound
        }
        outliner.finish { segment, _ in segments.append(segment) }

        for segment in segments { outline.append(segment) }
        try outline.validate(document: 0..<offset)
        #expect(segments[1].path == ["A Book", "Rivers"])
        #expect(segments.last?.kind == .listItem)
        #expect(
            outline.rendered()
                == "1 A Book [0..<52]\n  1.1 Rivers [0..<52]\n    1.1.1 Boats [32..<52]"
        )
    }
}
