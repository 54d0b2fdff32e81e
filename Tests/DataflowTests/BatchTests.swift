import Dataflow
import Diagnostics
import Serialization
import Tensors
import Testing

@Suite struct BatchTests {
    static let words: [[String]] = [
        ["a", "b"], [], ["ü", "", "long enough for a heap buffer"], [],
    ]

    /// Four rows with a column of each type.
    static func full() throws -> Batch {
        var batch = Batch(document: document(3))
        try batch.set("text", .text(TextColumn(["One. ".utf8, "".utf8, "Zwei ☃".utf8, "4".utf8])))
        try batch.set("value", numbers([1, -2, .max, .min]))
        let floats: [Float] = [
            0, -0, .infinity, .nan, .leastNonzeroMagnitude, .greatestFiniteMagnitude, 0.1, -1,
        ]
        try batch.set("vector", .float32(Tensor(width: 2, elements: floats)))
        try batch.set("path", .labels(RunLengthArray(words)))
        let landmarks: [[Float]] = [[1, 0], [1, 0], [0, 1], [0, 1]]
        try batch.set("landmark", .runs(RunLengthArray(landmarks), width: 2))
        return batch
    }

    @Test func columnsComeBackAsTheyWereSet() throws {
        let batch = try Self.full()
        #expect(batch.rowCount == 4)
        #expect(try batch.text("text").string(atRow: 2) == "Zwei ☃")
        #expect(try batch.int64("value").elements == [1, -2, .max, .min])
        #expect(try batch.float32("vector").width == 2)
        #expect(try batch.labels("path").values == Self.words)
        #expect(batch.columns.map(\.name) == ["text", "value", "vector", "path", "landmark"])
    }

    @Test func aMissingOrMistypedColumnIsNamed() throws {
        let batch = try Self.full()
        let present = ["text", "value", "vector", "path", "landmark"]
        #expect(throws: DataflowError.missingColumn(name: "kind", present: present)) {
            try batch.column("kind")
        }
        #expect(
            throws: DataflowError.mistypedColumn(
                name: "text",
                expected: .int64(width: 0),
                got: .text
            )
        ) { try batch.int64("text") }
        let error = DataflowError.missingColumn(name: "kind", present: present)
        #expect(
            error.description == """
                column `kind` is missing; the batch has text, value, vector, path, landmark; check the \
                pipeline with `riverrun check`
                """
        )
    }

    @Test func aColumnOfAnotherLengthIsRefused() throws {
        var batch = try Self.full()
        #expect(
            throws: DataflowError.rowCountMismatch(column: "more", expected: 4, got: 1)
        ) { try batch.set("more", numbers([1])) }
    }

    @Test func aColumnOfTheSameNameIsReplaced() throws {
        var batch = try Self.full()
        try batch.set("value", numbers([5, 6, 7, 8]))
        #expect(try batch.int64("value").elements == [5, 6, 7, 8])
        #expect(batch.columns.count == 5)
        #expect(
            batch.without("value").columns.map(\.name) == ["text", "vector", "path", "landmark"]
        )
    }

    @Test(arguments: 0...4)
    func rowsCutAnywhereAndAppendedAreTheSame(cut: Int) throws {
        let whole = try Self.full().without("vector")
        var rest = whole
        var joined = rest.removeFirst(cut)
        #expect(joined.rowCount == cut)
        #expect(rest.rowCount == 4 - cut)
        try joined.append(rest)
        #expect(joined == whole)
    }

    @Test func rowsOfOtherColumnsAreNotAppended() throws {
        var batch = try batch([1], of: nil)
        var other = Batch(document: nil)
        try other.set("value", .text(TextColumn(["x".utf8])))
        #expect(throws: DataflowError.self) { try batch.append(other) }
    }

    /// What flows is bounded by bytes, so whatever a row owns must be counted.
    @Test func everythingThatRowsOwnIsCounted() throws {
        let long = String(repeating: "x", count: 10_000)
        var labels = Batch(document: nil)
        try labels.set("path", .labels(RunLengthArray([[long], [long + "!"]])))
        #expect(labels.byteCount >= 20_000)
        var text = Batch(document: nil)
        try text.set("text", .text(TextColumn([long.utf8])))
        #expect(text.byteCount >= 10_000)
        #expect(try batch([1, 2, 3], of: nil).byteCount >= 24)
        #expect(Batch(markers: [.documentBegan(document(0))]).byteCount > 0)
    }

    @Test(arguments: 0...4)
    func rowsAreWrittenAndReadBack(rows: Int) throws {
        let batch = try Self.full()[rows: 0..<rows]
        var writer = ByteWriter()
        batch.write(to: &writer)
        var reader = ByteReader(writer.bytes)
        let again = try Batch(document: document(3), from: &reader)
        try reader.expectEnd()
        #expect(again.rowCount == rows)
        #expect(again.without("vector") == batch.without("vector"))
        let bits = try batch.float32("vector").elements.map(\.bitPattern)
        #expect(try again.float32("vector").elements.map(\.bitPattern) == bits)
    }

    @Test func everyTruncationIsAnError() throws {
        var writer = ByteWriter()
        try Self.full().write(to: &writer)
        for count in writer.bytes.indices {
            var reader = ByteReader(Array(writer.bytes.prefix(count)))
            #expect(throws: SerializationError.self) {
                try Batch(document: nil, from: &reader)
            }
        }
    }

    @Test func damagedBytesNeverTrap() throws {
        var writer = ByteWriter()
        try Self.full().write(to: &writer)
        var random = SeededGenerator(state: 11)
        for _ in 0..<2000 {
            var bytes = writer.bytes
            for _ in 0..<3 {
                bytes[Int.random(in: bytes.indices, using: &random)] = .random(in: 0...255)
            }
            var reader = ByteReader(bytes)
            _ = try? Batch(document: nil, from: &reader)
        }
    }

    @Test func aDocumentIsWrittenAndReadBack() throws {
        for title in [nil, "", "Title"] {
            let document = Document(
                ordinal: 7,
                id: "ü",
                uri: "file:x",
                title: title,
                metadata: [.init(key: "year", value: "1922"), .init(key: "", value: "")]
            )
            var writer = ByteWriter()
            document.write(to: &writer)
            var reader = ByteReader(writer.bytes)
            #expect(try Document(from: &reader) == document)
            try reader.expectEnd()
        }
    }

    @Test(arguments: [
        (ColumnType.float32(width: 384), "float32[384]"), (.float32(width: 0), "float32[n]"),
        (.float32(width: 1), "float32"), (.int64(width: 1), "int64"), (.text, "text"),
        (.labels, "labels"),
    ])
    func typesArePrintedAsDeclared(type: ColumnType, expected: String) {
        #expect(type.description == expected)
    }

    @Test func anyWidthSatisfiesAnOpenOne() {
        #expect(ColumnType.float32(width: 3).satisfies(.float32(width: 0)))
        #expect(!ColumnType.float32(width: 3).satisfies(.float32(width: 4)))
        #expect(!ColumnType.int64(width: 3).satisfies(.float32(width: 0)))
        #expect(ColumnType.text.satisfies(.text))
    }
}

@Suite struct RunLengthArrayTests {
    @Test func rowsAreThoseThatWereAppended() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<200 {
            let values = (0..<Int.random(in: 1...40, using: &generator)).map { _ in
                Int.random(in: 0...2, using: &generator)
            }
            let array = RunLengthArray(values)
            #expect(array.values == values)
            #expect((0..<values.count).map { array[$0] } == values)
            let changes = zip(values, values.dropFirst()).count { $0 != $1 }
            #expect(array.runs.count == changes + 1)
            let cut = Int.random(in: 0...values.count, using: &generator)
            var joined = array[0..<cut]
            #expect(joined.values == Array(values[..<cut]))
            joined.append(array[cut..<values.count])
            #expect(joined == array)
        }
    }

    @Test func aColumnOfRunsIsAColumnOfFloats() throws {
        var vectors = RunLengthArray<[Float]>()
        vectors.append([1, 0], count: 2)
        vectors.append([0, 1])
        var batch = Batch(document: nil)
        try batch.set("landmark", .runs(vectors, width: 2))
        #expect(try batch.float32("landmark").elements == [1, 0, 1, 0, 0, 1])
        #expect(try batch.runs("landmark") == vectors)
        #expect(try batch.column("landmark").type == .float32(width: 2))
        var other = Batch(document: nil)
        try other.set("landmark", .float32(Tensor(width: 2, elements: [1, 0, 1, 0, 0, 1])))
        #expect(try other.runs("landmark") == vectors)
        #expect(BatchPrinter().lines(of: batch) == BatchPrinter().lines(of: other))
        #expect(throws: DataflowError.self) { try batch.append(other) }
    }
}
