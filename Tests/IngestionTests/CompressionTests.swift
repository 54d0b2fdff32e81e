import Diagnostics
import Ingestion
import Testing

@Suite struct CompressionTests {
    private let scratch: Scratch
    /// Lines that do not compress to nothing.
    private let content: [UInt8]

    init() throws {
        scratch = try Scratch()
        var generator = SeededGenerator(state: 5)
        content = Array((0..<400).map { "\($0) \(generator.next())\n" }.joined().utf8)
    }

    @Test(arguments: Compression.allCases)
    func membersFollowEachOther(compression: Compression) throws {
        let parts = [Array(content[..<1000]), [], Array(content[1000...])]
        let path = try scratch.file("x" + compression.suffix, compression.members(parts))
        #expect(documents(of: [path]).map(\.bytes) == [content])
    }

    @Test func paddingAndEmptyFramesAreNoText() throws {
        let gzip = Compression.gzip.member(content) + [UInt8](repeating: 0, count: 512)
        #expect(documents(of: [try scratch.file("a.gz", gzip)]).map(\.bytes) == [content])
        let skippable: [UInt8] = [0x5A, 0x2A, 0x4D, 0x18, 3, 0, 0, 0, 1, 2, 3]
        let zstd = skippable + Compression.zstd.member(content) + skippable
        #expect(documents(of: [try scratch.file("a.zst", zstd)]).map(\.bytes) == [content])
    }

    /// What the command-line tools write.
    @Test(arguments: [
        ("1f8b0800000000000003cbcf4be502009fa817f804000000", "one\n"),
        ("28b52ffd045821000074776f0a0f2d04f9", "two\n"),
    ])
    func filesOfOtherToolsAreRead(hex: String, expected: String) throws {
        let bytes = stride(from: 0, to: hex.count, by: 2).compactMap { index in
            UInt8(hex.dropFirst(index).prefix(2), radix: 16)
        }
        #expect(text(of: try scratch.file("x", bytes)) == expected)
    }

    @Test(arguments: Compression.allCases)
    func everyTruncationIsTold(compression: Compression) throws {
        let packed = compression.member(Array(content.prefix(3000)))
        for length in 1..<packed.count {
            let path = try scratch.file("x", Array(packed[..<length]))
            let error = documents(of: [path]).last?.error
            // Less than a magic number is a strange text, or too little to be one.
            guard length >= 4 else { continue }
            #expect(error == .corrupt(path: path, offset: length, reason: "it ends early"))
        }
    }

    @Test(arguments: Compression.allCases)
    func damageIsToldAndNeverReadAsText(compression: Compression) throws {
        var generator = SeededGenerator(state: 11)
        let packed = compression.member(content)
        let good = try scratch.file("good", "good")
        for _ in 0..<150 {
            var damaged = packed
            let place = Int.random(in: 4..<packed.count, using: &generator)
            damaged[place] ^= UInt8.random(in: 1...255, using: &generator)
            let all = documents(of: [try scratch.file("x", damaged), good])
            #expect(all.last?.text == "good")
            guard let error = all.first?.error else {
                // Only the header's notes, such as the time, may change without harm.
                #expect(all.first?.bytes == content && place < 10, "\(place)")
                continue
            }
            guard case .corrupt(_, let offset, let reason) = error else {
                Issue.record("\(error)")
                continue
            }
            #expect(offset <= damaged.count && !reason.isEmpty)
        }
    }

    @Test(arguments: Compression.allCases)
    func theMessageNamesFileAndOffset(compression: Compression) throws {
        let whole = compression.member(content)
        let garbage = [UInt8](repeating: 0x67, count: 1000)
        let path = try scratch.file("x" + compression.suffix, whole + garbage)
        let message = documents(of: [path]).first?.error?.description ?? ""
        let expected = "\(path): the compressed data is damaged at byte "
        #expect(message.hasPrefix(expected))
        #expect(message.hasSuffix("; fetch or compress the file again"))
        let offset = Int(message.dropFirst(expected.count).prefix { $0.isNumber }) ?? 0
        // The decompressor has read a header of a few bytes when it sees what they are.
        #expect((whole.count...whole.count + 18).contains(offset))
    }

    @Test(arguments: Compression.allCases)
    func linesInADamagedFileAreReadUpToTheDamage(compression: Compression) throws {
        let lines = (0..<20_000).map { "{\"id\": \($0), \"text\": \"document \($0)\"}\n" }
        let packed = compression.member(Array(lines.joined().utf8))
        let path = try scratch.file("x.ndjson" + compression.suffix, Array(packed.dropLast(20)))
        let good = try scratch.file("good", "good")
        let all = documents(of: [path, good])
        #expect(all.filter { $0.error != nil }.count == 1)
        #expect(all.last?.text == "good")
        #expect(all.count > 2 && all.dropLast(2).enumerated().allSatisfy { "\($0)" == $1.id })
    }
}
