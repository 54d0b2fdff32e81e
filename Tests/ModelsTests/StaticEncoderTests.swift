import Diagnostics
import Foundation
import Models
import Tensors
import Testing
import Text

private let staticFolder = fixtures.appending(path: "static-tiny")
private let staticFile = staticFolder.appending(path: "static.safetensors").path

/// A text with its vector in each of the nested widths.
private struct Case: Decodable {
    var text: String
    var pieceCount: Int64
    var vectors: [String: [Float]]
}

private func cases() throws -> [Case] {
    try JSONDecoder().decode(
        [Case].self,
        from: Data(contentsOf: staticFolder.appending(path: "texts.json"))
    )
}

private func encode(_ texts: [String], by encoder: StaticEncoder) -> EncodedTexts {
    var bytes: [UInt8] = []
    let ranges = texts.map { text in
        let start = bytes.count
        bytes += text.utf8
        return start..<bytes.count
    }
    return encoder.encode(bytes, ranges: ranges)
}

@Suite struct StaticEncoderTests {
    @Test(arguments: [16, 32])
    func vectorsEqualTheReference(width: Int) throws {
        let cases = try cases()
        let table = try StaticTable(file: staticFile)
        for kernels in Kernels.all {
            let encoder = try StaticEncoder(
                table: table,
                width: width,
                pool: ComputePool(threadCount: 2),
                kernels: kernels
            )
            let encoded = encode(cases.map(\.text), by: encoder)
            #expect(encoded.pieceCounts == cases.map(\.pieceCount))
            for (row, entry) in cases.enumerated() {
                let expected = try #require(entry.vectors["\(width)"])
                #expect(
                    zip(encoded.vectors[row: row], expected).allSatisfy { abs($0 - $1) < 1e-5 },
                    "\(entry.text), \(kernels.name)"
                )
            }
        }
    }

    @Test func distillingEqualsTheReference() throws {
        let expected = try JSONDecoder().decode(
            [[Double]].self,
            from: Data(contentsOf: staticFolder.appending(path: "rows.json"))
        )
        let pool = ComputePool(threadCount: 2)
        let teacher = try SentenceEncoder(folder: tinyFolder, pool: pool)
        let rows = StaticDistiller(teacher: teacher, pool: pool).rows().map(Double.init)
        #expect(rows.count == expected.count * 32)
        // The five special pieces reach into directions in which no other varies, and which are any.
        for first in 5..<expected.count {
            for second in 5..<expected.count {
                let product = (0..<32).reduce(0) {
                    $0 + rows[first * 32 + $1] * rows[second * 32 + $1]
                }
                let wanted = zip(expected[first], expected[second]).reduce(0) { $0 + $1.0 * $1.1 }
                #expect(abs(product - wanted) < 1e-5, "pieces \(first) and \(second)")
            }
            for element in 0..<16 {
                // Axes of nearly equal variance turn a little with the teacher's last bits.
                let difference = rows[first * 32 + element] - expected[first][element]
                #expect(abs(difference) < 1e-3, "piece \(first), element \(element)")
            }
        }
    }

    @Test func aDistilledFileIsReadBackAndEqualOnAnyThreads() throws {
        let folder = try TemporaryFolder()
        var files: [Data] = []
        for threadCount in [1, 3] {
            let pool = ComputePool(threadCount: threadCount)
            let teacher = try SentenceEncoder(folder: tinyFolder, pool: pool)
            let file = folder.url.appending(path: "new/\(threadCount).safetensors")
            var shares: [Double] = []
            try StaticDistiller(teacher: teacher, pool: pool)
                .distill(to: file.path) { shares.append($0) }
            #expect(shares.last == 1)
            files.append(try Data(contentsOf: file))
            let table = try StaticTable(file: file.path)
            #expect(table.teacher == teacher.fingerprint && table.width == 32)
            let encoder = try StaticEncoder(file: file.path, pool: pool)
            #expect(encoder.fingerprint == "static-32-\(table.digest)")
            let texts = try cases().map(\.text)
            let own = encode(texts, by: encoder).vectors
            let reference = encode(texts, by: try StaticEncoder(file: staticFile, pool: pool))
                .vectors
            for row in texts.indices where !texts[row].contains("zzz") {
                let cosine = zip(own[row: row], reference[row: row]).reduce(0) { $0 + $1.0 * $1.1 }
                // Two quantizations of the same rows.
                #expect(cosine > 0.9999, "\(texts[row])")
            }
        }
        #expect(files[0] == files[1])
        // Behind the length, the header and the scales the rows begin with a cache line.
        let headerSize = files[0].prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
        let header = try JSONSerialization.jsonObject(
            with: files[0].dropFirst(8).prefix(headerSize)
        )
        let vectors = try #require((header as? [String: Any])?["vectors"] as? [String: Any])
        let start = try #require((vectors["data_offsets"] as? [Int])?.first)
        #expect((8 + headerSize + start).isMultiple(of: 64))
    }

    @Test func aTokenizerServesWhereItsVocabularyIsTheFiles() throws {
        let pool = ComputePool(threadCount: 1)
        let own = try StaticEncoder(file: staticFile, pool: pool).tokenizer
        let again = try StaticEncoder(file: staticFile, pool: pool, tokenizer: own).tokenizer
        #expect(again === own)
        let shorter = own.vocabulary.dropLast().split(separator: 0x0A).dropLast()
        for vocabulary in [Array(shorter.joined(separator: [0x0A])), own.vocabulary + "zzz".utf8] {
            let other = try WordPieceTokenizer(vocabulary: vocabulary, file: "other.txt")
            let found = try StaticEncoder(file: staticFile, pool: pool, tokenizer: other).tokenizer
            #expect(found !== other && found.vocabulary == own.vocabulary)
        }
    }

    @Test func aVectorDependsOnNothingBesideItsText() throws {
        let words = [
            "river", "the", "runs!", "", "over water", "字", "zzz", "\u{300}", "sea running",
        ]
        let texts = (0..<500).map { seed in
            (0..<(seed % 23)).map { words[(seed * 7 + $0 * $0) % words.count] }
                .joined(separator: " ")
        }
        let table = try StaticTable(file: staticFile)
        var expected: Tensor<Float>?
        for kernels in Kernels.all {
            for threadCount in [1, 2, 5] {
                let encoder = try StaticEncoder(
                    table: table,
                    width: nil,
                    pool: ComputePool(threadCount: threadCount),
                    kernels: kernels
                )
                let together = encode(texts, by: encoder).vectors
                #expect(together == expected ?? together, "\(threadCount), \(kernels.name)")
                expected = together
                var alone = Tensor<Float>(width: encoder.width)
                for text in texts { alone.append(encode([text], by: encoder).vectors) }
                #expect(alone == together)
            }
        }
        #expect(
            encode([], by: try StaticEncoder(file: staticFile, pool: ComputePool())).vectors
                .rowCount == 0
        )
    }

    @Test func nestedWidthsAreUnitVectorsAndPrefixes() throws {
        let pool = ComputePool(threadCount: 1)
        let whole = try StaticEncoder(file: staticFile, pool: pool)
        let narrow = try StaticEncoder(file: staticFile, width: 16, pool: pool)
        let texts = ["river", "the sea", "", " \n", "zzz", "over water and it is a river!"]
        let (wide, short) = (encode(texts, by: whole).vectors, encode(texts, by: narrow).vectors)
        #expect(wide.width == 32 && short.width == 16)
        #expect(whole.fingerprint != narrow.fingerprint)
        for row in texts.indices {
            let length = wide[row: row].reduce(0) { $0 + $1 * $1 }
            let prefix = Array(wide[row: row].prefix(16))
            let scale = prefix.reduce(0) { $0 + $1 * $1 }.squareRoot()
            #expect(abs(length - 1) < 1e-5)
            #expect(abs(short[row: row].reduce(0) { $0 + $1 * $1 } - 1) < 1e-5)
            #expect(zip(short[row: row], prefix).allSatisfy { abs($0 - $1 / scale) < 1e-6 })
        }
    }

    @Test(arguments: [0, -16, 8, 33, 48])
    func aWidthThatIsNoneIsRefused(width: Int) {
        let error = #expect(throws: ModelsError.width(width, widest: 32)) {
            try StaticEncoder(file: staticFile, width: width, pool: ComputePool(threadCount: 1))
        }
        #expect(error?.exitCode == .usage)
    }
}

@Suite struct StaticEncoderDamageTests {
    private func problem(of content: Data) throws -> String {
        let folder = try TemporaryFolder()
        let file = try folder.write(content, to: "static.safetensors")
        let error = #expect(throws: ModelsError.self) { try StaticTable(file: file) }
        #expect(error?.mend == "run `riverrun models distill` to make it again")
        #expect(error?.problem.contains(file) == true)
        return error?.problem ?? ""
    }

    @Test func everyTruncationIsTold() throws {
        let content = try Data(contentsOf: URL(filePath: staticFile))
        for count in [0, 7, 8, 100, content.count / 2, content.count - 1] {
            #expect(try !problem(of: content.prefix(count)).isEmpty)
        }
    }

    @Test func aChangedByteIsTold() throws {
        let content = try Data(contentsOf: URL(filePath: staticFile))
        for distance in [1, 50, 500, 900] {
            var damaged = content
            damaged[damaged.count - distance] ^= 0x40
            #expect(try problem(of: damaged).contains("does not match its digest"))
        }
    }

    @Test func whatIsNoStaticEncoderIsTold() throws {
        let teacher = try Data(contentsOf: URL(filePath: tinyFolder + "/model.safetensors"))
        #expect(try problem(of: teacher).contains("says format is"))
        #expect(try problem(of: Data("text".utf8)).contains("truncated"))
        let error = #expect(throws: ModelsError.self) { try StaticTable(file: "/nonexistent") }
        #expect(error?.problem.hasPrefix("cannot read /nonexistent") == true)
    }

    @Test(arguments: [
        ("vectors", "lacks the tensor vectors"), ("scales", "lacks the tensor scales"),
        ("vocabulary", "lacks the tensor vocabulary"),
    ])
    func aMissingTensorIsNamed(name: String, expected: String) throws {
        let content = try Data(contentsOf: URL(filePath: staticFile))
        let header = Data("\"\(name)\"".utf8)
        let range = try #require(content.range(of: header))
        var renamed = content
        renamed.replaceSubrange(range, with: Data("\"\(name.uppercased())\"".utf8))
        #expect(try problem(of: renamed).contains(expected))
    }

    @Test func aFileThatCannotBeWrittenIsTold() throws {
        let pool = ComputePool(threadCount: 1)
        let teacher = try SentenceEncoder(folder: tinyFolder, pool: pool)
        let error = #expect(throws: ModelsError.self) {
            try StaticDistiller(teacher: teacher, pool: pool).distill(to: "/dev/null/x/static")
        }
        #expect(error?.exitCode == .cannotCreate)
        #expect(error?.problem.hasPrefix("cannot write /dev/null/x/static: ") == true)
    }
}

@Suite struct PrincipalAxesTests {
    @Test(arguments: [1, 2, 3, 10, 40])
    func eigenvectorsDiagonalizeTheMatrix(size: Int) {
        var state: UInt64 = 7
        func random() -> Double {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Double(state >> 40) / Double(1 << 24) - 0.5
        }
        var matrix = [Double](repeating: 0, count: size * size)
        for row in 0..<size {
            for column in 0...row {
                matrix[row * size + column] = random()
                matrix[column * size + row] = matrix[row * size + column]
            }
        }
        let (values, vectors) = PrincipalAxes.eigen(matrix, size: size)
        for index in 0..<size {
            let vector = Array(vectors[(index * size)..<((index + 1) * size)])
            for row in 0..<size {
                let image = (0..<size).reduce(0) { $0 + matrix[row * size + $1] * vector[$1] }
                #expect(abs(image - values[index] * vector[row]) < 1e-12)
            }
            for other in 0..<size {
                let product = (0..<size).reduce(0) { $0 + vector[$1] * vectors[other * size + $1] }
                #expect(abs(product - (other == index ? 1 : 0)) < 1e-12)
            }
        }
    }
}
