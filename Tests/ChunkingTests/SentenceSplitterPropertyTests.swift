import Chunking
import Foundation
import Testing
import Text

/// What holds for every text: segments tile it, keep the limits, and do not depend on the stream.
@Suite struct SentenceSplitterPropertyTests {
    private static let limits = SentenceSplitter.Configuration(
        maximumPieces: 24,
        maximumBytes: 300
    )

    @Test func emptyTextHasNoSegment() throws {
        #expect(try cut([]) == [])
        #expect(try cut([[], []]) == [])
    }

    @Test(arguments: 0..<40)
    func segmentsOfRandomTextTileItHoweverItIsCut(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let text = randomText(&random, pieceCount: 1200)
        for configuration in [Self.limits, .init()] {
            let whole = try cut(text, configuration: configuration)
            expectTiling(whole, of: text, "seed \(seed)")
            let pieces = randomPieces(text, &random)
            #expect(try cut(pieces, configuration: configuration) == whole)
            #expect(try cut(pieces, configuration: configuration, restoring: true) == whole)
        }
    }

    @Test(arguments: 0..<10)
    func randomBytesAreTiledToo(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let text = (0..<20_000).map { _ in UInt8.random(in: 0...255, using: &random) }
        let whole = try cut(text)
        expectTiling(whole, of: text, "seed \(seed)")
        #expect(try cut(randomPieces(text, &random), restoring: true) == whole)
    }

    @Test func everyCutOfAShortTextGivesTheSameSegments() throws {
        let text = Array(
            """
            ---
            title: A
            ---
            # One

            Mr. Byron said: "Go!" He went. -----
            - an item
              that goes on
            2000 A.D. 水は流れる。 1) one 2) two
            """.utf8
        )
        let whole = try cut(text)
        #expect(whole.count > 8)
        for index in 0...text.count {
            let pieces = [text[..<index], text[index...]]
            #expect(try cut(pieces, restoring: true) == whole, "cut at \(index)")
        }
    }

    @Test func memoryIsBoundedByTheLimits() throws {
        let limits = Self.limits
        var splitter = SentenceSplitter(
            configuration: limits,
            pieceCounter: BoundingPieceCounter()
        )
        let bound = limits.maximumBytes + SentenceSplitter.lookahead + 100
        for text in ["word ", "x", "水", "\n", " ", "```\n", "| a "] {
            let piece = Array(String(repeating: text, count: 700).utf8)
            for _ in 0..<20 {
                piece.withUnsafeBytes { splitter.push($0) { _, _ in } }
                #expect(splitter.snapshot().count <= bound, "\(text)")
            }
        }
    }

    @Test(arguments: [
        "unbroken", "a b ", "Grüße, ", "水は", "क्षत्रिय ", "👩‍🚀", "\u{1B06}", "힣", "𑄮", "1.2.3.", "((((",
    ])
    func theLimitHoldsOnTextThatNeverEndsASentence(unit: String) throws {
        let text = Array(String(repeating: unit, count: 2000).utf8)
        let segments = try cut(text)
        expectTiling(segments, of: text, unit)
        for segment in segments {
            let bound = segment.text.withUnsafeBytes { PieceBound.upperBound(of: $0) }
            #expect(bound <= 254 && segment.text.count <= 4096)
            #expect(String(validating: segment.text, as: UTF8.self) != nil, "cut inside a scalar")
        }
    }

    @Test func theCutFallsAtTheBestPlace() throws {
        let clause = String(repeating: "word ", count: 40) + "end, "
        let segments = try cut(Array(String(repeating: clause, count: 10).utf8))
        #expect(segments.dropLast().allSatisfy { $0.boundary == .limit })
        #expect(segments.allSatisfy { $0.trimmed.hasSuffix("end,") })
        let spaced = try cut(Array(String(repeating: "wordy ", count: 400).utf8))
        #expect(spaced.count > 1 && spaced.allSatisfy { $0.text.last == 0x20 })
    }

    @Test func aSnapshotOfOtherLimitsIsRefused() throws {
        let snapshot = SentenceSplitter(pieceCounter: BoundingPieceCounter()).snapshot()
        #expect(throws: ChunkingError.snapshotOfOtherConfiguration) {
            try SentenceSplitter(
                restoring: snapshot,
                configuration: Self.limits,
                pieceCounter: BoundingPieceCounter()
            )
        }
    }

    @Test func aDamagedSnapshotIsRefused() throws {
        var splitter = SentenceSplitter(pieceCounter: BoundingPieceCounter())
        Array("One. Two".utf8).withUnsafeBytes { splitter.push($0) { _, _ in } }
        let snapshot = splitter.snapshot()
        for length in 0..<snapshot.count {
            #expect(throws: ChunkingError.self) {
                try SentenceSplitter(
                    restoring: Array(snapshot[..<length]),
                    pieceCounter: BoundingPieceCounter()
                )
            }
        }
        #expect(throws: ChunkingError.self) {
            try SentenceSplitter(
                restoring: snapshot + [0],
                pieceCounter: BoundingPieceCounter()
            )
        }
    }
}

/// The same on what people wrote, in many scripts.
@Suite struct RealTextTests {
    private static let files = [
        "udhr/texts.jsonl.gz", "genesis/texts.jsonl.gz", "code/files.jsonl.gz",
    ].filter { exists(dataFolder.appending(path: $0).path) }

    @Test(arguments: files)
    func segmentsTileRealTexts(file: String) throws {
        var random = SeededGenerator(seed: 7)
        for (index, record) in try records(NamedText.self, file).enumerated() {
            let text = Array(record.text.utf8.prefix(30_000))
            let whole = try cut(text)
            expectTiling(whole, of: text, record.id)
            guard index.isMultiple(of: 4) else { continue }
            let pieces = randomPieces(text, &random)
            #expect(try cut(pieces, restoring: true) == whole, "\(record.id)")
        }
    }

    @Test(.enabled(if: exists(vocabulary) && !files.isEmpty))
    func noSegmentExceedsTheEncodersPieces() throws {
        let tokenizer = try WordPieceTokenizer(vocabularyFile: vocabulary)
        var texts = try records(NamedText.self, "udhr/texts.jsonl.gz").map {
            Array($0.text.utf8.prefix(6000).filter { $0 != 0x2E && $0 != 0x0A })
        }
        var random = SeededGenerator(seed: 3)
        let letters = Array("abcxyz-éß水流ไทय".unicodeScalars)
        texts += (0..<20).map { _ in
            let scalars = (0..<3000).map { _ in letters.randomElement(using: &random) ?? "a" }
            return Array(String(String.UnicodeScalarView(scalars)).utf8)
        }
        for text in texts {
            let segments = try cut(text, counter: tokenizer)
            expectTiling(segments, of: text, "text")
            for segment in segments {
                let count = tokenizer.tokenIDs(of: segment.text).count
                #expect(count <= 254, "\(segment.trimmed)")
            }
        }
    }
}
