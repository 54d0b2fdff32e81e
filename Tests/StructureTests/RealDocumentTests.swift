import Foundation
import Ingestion
import Structure
import Testing

private let books = dataFolder.appending(path: "books").path

/// The outlines of documents that people wrote.
@Suite struct RealDocumentTests {
    private func headings(_ segments: [OutlinedText]) -> [String] {
        segments.filter { $0.kind == .heading }.map { $0.path.joined(separator: " > ") }
    }

    private func validate(_ segments: [OutlinedText], _ byteCount: Int) throws {
        var outline = Outline()
        for segment in segments { outline.append(segment.segment) }
        try outline.validate(document: 0..<byteCount)
    }

    private func licence(_ name: String) throws -> [OutlinedText] {
        let text = [UInt8](try Data(contentsOf: URL(filePath: "\(licences)/\(name)")))
        let segments = outlined(text)
        try validate(segments, text.count)
        return segments
    }

    @Test(.enabled(if: exists("\(licences)/GPL-3")))
    func theSectionsOfALicenceAreBelowItsTerms() throws {
        let segments = try licence("GPL-3")
        let headings = headings(segments)
        let title = "GNU GENERAL PUBLIC LICENSE"
        #expect(
            headings.prefix(3) == [title, "\(title) > Preamble", "\(title) > TERMS AND CONDITIONS"]
        )
        #expect(
            headings.contains("\(title) > TERMS AND CONDITIONS > 4. Conveying Verbatim Copies.")
        )
        #expect(headings.count == 23)
        let warranty = try #require(segments.first { $0.trimmed.hasPrefix("THERE IS NO WARRANTY") })
        #expect(warranty.path.last == "15. Disclaimer of Warranty." && warranty.kind == .sentence)
    }

    @Test(.enabled(if: exists("\(licences)/MPL-2.0")))
    func definitionsAreSentencesWithTheirTerms() throws {
        let segments = try licence("MPL-2.0")
        #expect(!segments.contains { $0.trimmed.hasPrefix("means ") })
        let version = try #require(
            segments.first { $0.trimmed.contains("\"Contributor Version\"") }
        )
        #expect(version.kind == .sentence && version.trimmed.contains("means the combination"))
        #expect(version.path == ["Mozilla Public License Version 2.0", "1. Definitions"])
        let sections = headings(segments).filter { $0.split(separator: ">").count == 2 }
        #expect(sections.count == 12)
        #expect(sections.contains("Mozilla Public License Version 2.0 > 6. Disclaimer of Warranty"))
    }

    @Test(.enabled(if: exists("\(licences)/Apache-2.0")))
    func runInHeadingsAreParted() throws {
        let headings = headings(try licence("Apache-2.0"))
        #expect(headings.first == "Apache License")
        #expect(headings.contains { $0.hasSuffix("DISTRIBUTION > 4. Redistribution.") })
        #expect(
            headings.last?.hasSuffix("APPENDIX: How to apply the Apache License to your work.")
                == true
        )
    }

    @Test(.enabled(if: exists("\(books)/war_and_peace.txt.gz")))
    func aNovelsPathsAreItsBooksAndChapters() throws {
        let text = gunzipped("\(books)/war_and_peace.txt.gz")
        let segments = outlined(text)
        try validate(segments, text.count)
        #expect(segments.flatMap(\.text) == text)
        let paths = segments.filter { $0.kind == .heading }.map(\.path)
        let chapters = paths.filter { $0.last?.hasPrefix("CHAPTER") == true }
        #expect(chapters.count == 365)
        #expect(chapters.allSatisfy { $0.count == 2 })
        let parts = Set(chapters.compactMap(\.first))
        #expect(parts.count == 17)
        #expect(
            parts.isSuperset(of: ["BOOK ONE: 1805", "BOOK FIFTEEN: 1812 - 13", "SECOND EPILOGUE"])
        )
        let opening = try #require(segments.first { $0.trimmed.contains("Genoa and Lucca") })
        #expect(opening.path == ["BOOK ONE: 1805", "CHAPTER I"])
    }

    @Test func htmlKeepsItsOutline() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "structure-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let page = """
            <html><head><title>River Guide</title></head><body><h1>Rivers</h1><p>They run. They bend.</p>
            <h2>Boats</h2><ul><li>Row it.<li>Sail it.</ul><blockquote>Go slow.</blockquote>
            <pre>let boat = 1</pre></body></html>
            """
        let file = folder.appending(path: "page.html")
        try page.write(to: file, atomically: true, encoding: .utf8)
        let reader = DocumentReader(inputs: [file.path])
        var text: [UInt8] = []
        while let event = reader.next() {
            if case .text(let bytes, _) = event { text += bytes }
        }
        let segments = outlined(text).filter { !$0.trimmed.isEmpty }
        #expect(headings(segments) == ["Rivers", "Rivers > Boats"])
        let kinds = segments.drop { $0.path.first != "Rivers" }.map(\.kind)
        #expect(
            kinds == [
                .heading, .sentence, .sentence, .heading, .listItem, .listItem, .quotation, .code,
            ]
        )
    }
}
