import BlockStorage
import Testing

/// The dictionary that blocks of text are compressed with, in the frames of the records.
@Suite struct TextDictionaryTests {
    private static let prose = """
        It was the opinion of the people of that country that there would be nothing in the world which \
        could have been done for them by any other man, and the night after he had come to the house \
        they went with him to the door, and said that they were very glad to have seen him there.
        """
    private static let cyrillic = """
        Все счастливые семьи похожи друг на друга, каждая несчастливая семья несчастлива по-своему. \
        Все смешалось в доме Облонских. Жена узнала, что муж был в связи с бывшею в их доме \
        француженкою-гувернанткой, и объявила мужу, что не может жить с ним в одном доме.
        """

    private func write(_ text: [UInt8], to folder: borrowing TemporaryFolder, _ name: String) throws
    {
        let store = try folder.store(name)
        var changes = StoreChanges()
        changes.beginDocument(NewDocument(id: "a", uri: "a"))
        let segment = SegmentRecord(
            end: text.count,
            kind: "sentence",
            pathIndex: 0,
            boundary: 0,
            surprise: 0
        )
        changes.addBlock(
            NewBlock(
                startByte: 0,
                bytes: text,
                paths: [[]],
                segments: [segment],
                tokenCount: 0
            ),
            to: "a"
        )
        try store.commit(changes)
        #expect(try store.read { try $0.block(0)?.bytes } == text)
    }

    /// The frame at the end of the only block's record.
    private func frame(_ folder: borrowing TemporaryFolder, _ name: String, _ text: [UInt8]) throws
        -> [UInt8]
    {
        try write(text, to: folder, name)
        let record = try #require(try folder.records(of: "blocks", in: name).first)
        let magic: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD]
        let start = try #require(
            record.indices.dropLast(3).last { Array(record[$0..<($0 + 4)]) == magic }
        )
        return Array(record[start...])
    }

    /// The dictionary that a frame names (RFC 8878, 3.1.1.1), or nil.
    private func dictionary(of frame: [UInt8]) -> Int? {
        let sizes = [0, 1, 2, 4]
        let isSingleSegment = frame[4] & 0x20 != 0
        let start = isSingleSegment ? 5 : 6
        let bytes = frame[start..<(start + sizes[Int(frame[4] & 3)])]
        return bytes.isEmpty ? nil : bytes.reversed().reduce(0) { $0 << 8 | Int($1) }
    }

    @Test func proseNamesTheDictionaryAndTakesLessRoom() throws {
        let folder = try TemporaryFolder()
        let text = Array(Self.prose.utf8)
        let frame = try frame(folder, "prose", text)
        #expect(dictionary(of: frame) == 32_769)
        // zstd alone makes 190 of its 285 bytes.
        #expect(frame.count < text.count / 2)
    }

    @Test(arguments: ["", "Ж", cyrillic, "江河流向大海。" + prose.prefix(100)])
    func otherScriptsDoWithoutIt(text: String) throws {
        let folder = try TemporaryFolder()
        let frame = try frame(folder, "other", Array(text.utf8))
        #expect(dictionary(of: frame) == (text.isEmpty ? 32_769 : nil))
    }

    @Test func aFrameOfAnotherDictionaryIsDamaged() throws {
        let folder = try TemporaryFolder()
        let frame = try frame(folder, "store", Array(Self.prose.utf8))
        let record = try #require(try folder.records(of: "blocks", in: "store").first)
        var changed = Array(record.dropFirst(8))
        let place = changed.count - frame.count + 5
        changed[place] += 1
        try folder.replaceInData(record, with: SealedRecordBytes.seal(changed))
        let store = try Store.open(at: "\(folder.path)/store", mode: .readOnly)
        #expect(throws: StoreError.self) { try store.read { try $0.block(0) } }
    }
}
