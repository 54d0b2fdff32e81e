import CZlib
import Chunking
import Foundation
import Testing
import Text

private let packageRoot = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()
let vocabulary = packageRoot.appending(path: "models/all-MiniLM-L6-v2/vocab.txt").path
let dataFolder = packageRoot.appending(path: "../shared/data")

func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

/// The lines of a gzipped NDJSON file, decoded.
func records<Record: Decodable>(_ type: Record.Type, _ path: String) throws -> [Record] {
    let lines = gunzipped(dataFolder.appending(path: path).path).split(separator: 0x0A)
    return try lines.map { try JSONDecoder().decode(type, from: $0) }
}

/// The content of a gzip file.
func gunzipped(_ path: String) -> Data {
    guard let file = gzopen(path, "rb") else { return Data() }
    defer { gzclose(file) }
    var content = Data()
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while case let count = gzread(file, &buffer, UInt32(buffer.count)), count > 0 {
        content.append(contentsOf: buffer[..<Int(count)])
    }
    return content
}

struct NamedText: Decodable {
    var id: String
    var text: String
}

/// A segment with its own copy of its text.
struct CutSegment: Equatable {
    var range: Range<Int>
    var boundary: Segment.Boundary
    var text: [UInt8]

    var trimmed: String {
        String(decoding: text, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }
}

/// Pushes pieces of text, with a snapshot and restore before each where asked, and finishes.
func cut(
    _ pieces: [ArraySlice<UInt8>],
    configuration: SentenceSplitter.Configuration = .init(),
    counter: any PieceCounter = BoundingPieceCounter(),
    restoring: Bool = false
) throws -> [CutSegment] {
    var segments: [CutSegment] = []
    let emit: SentenceSplitter.Emit = { segment, text in
        segments.append(
            CutSegment(range: segment.range, boundary: segment.boundary, text: Array(text))
        )
    }
    var splitter = SentenceSplitter(configuration: configuration, pieceCounter: counter)
    for piece in pieces {
        if restoring {
            splitter = try SentenceSplitter(
                restoring: splitter.snapshot(),
                configuration: configuration,
                pieceCounter: counter
            )
        }
        try piece.withUnsafeBytes { try splitter.push($0, emit: emit) }
    }
    try splitter.finish(emit: emit)
    return segments
}

/// Cuts a whole text at once.
func cut(
    _ text: [UInt8],
    configuration: SentenceSplitter.Configuration = .init(),
    counter: any PieceCounter = BoundingPieceCounter()
) throws -> [CutSegment] {
    try cut([text[...]], configuration: configuration, counter: counter)
}

/// Counts nothing, so that only sentences and bytes end segments.
struct NoPieceCounter: PieceCounter {
    func pieceCount(of utf8: UnsafeRawBufferPointer, limit: Int) -> Int { 0 }
}

/// Expects that segments are the whole text, byte for byte, in order.
func expectTiling(
    _ segments: [CutSegment],
    of text: [UInt8],
    _ name: String,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    var end = 0
    for segment in segments {
        guard segment.range.lowerBound == end, !segment.range.isEmpty,
            segment.text.elementsEqual(text[segment.range])
        else {
            Issue.record("\(name): \(segment.range) after \(end)", sourceLocation: sourceLocation)
            return
        }
        end = segment.range.upperBound
    }
    #expect(end == text.count, "\(name)", sourceLocation: sourceLocation)
}

/// A generator that gives the same numbers for the same seed.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// Text from a few pieces that matter to the rules, in random order.
func randomText(_ random: inout SeededGenerator, pieceCount: Int) -> [UInt8] {
    let pieces = [
        "The", "river", " ", " ", " ", "  ", "\n", "\n", "\n\n", "\r\n", ". ", ".", "? ", "!! ",
        "…",
        "\"", "“", "”", "(", ")", "Mr.", "U.S.", "e.g. ", "3.", "12", "a)", "- ", "* ", "• ", "# ",
        "```\n", "~~~\n", "> ", "| a | b |\n", "=====\n", "-----\n", "---\n", "title: A\n", "。",
        "水",
        "は", "ा", "।", "؟", "Ⅳ", "é", "e\u{301}", "👩‍🚀", "\u{2028}", "\u{85}", "\t", "    ",
        "a@b.org", "https://b.org/x", "08/17/2000 11:21 AM ", "Thanks,", "CHAPTER I", "\u{C}",
    ]
    return (0..<pieceCount).flatMap { _ in Array((pieces.randomElement(using: &random) ?? "").utf8)
    }
}

/// Pieces of a text, cut at random bytes.
func randomPieces(_ text: [UInt8], _ random: inout SeededGenerator) -> [ArraySlice<UInt8>] {
    var pieces: [ArraySlice<UInt8>] = []
    var start = 0
    while start < text.count {
        let longest = [1, 3, 40, 1500, 9000].randomElement(using: &random) ?? 1
        let end = min(text.count, start + Int.random(in: 1...longest, using: &random))
        pieces.append(text[start..<end])
        start = end
    }
    return pieces
}
