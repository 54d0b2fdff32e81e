import Diagnostics
import Foundation
import Ingestion
import Testing
import Text

/// Bad input gives one clear message and an exit status, and the other documents are read.
@Suite struct BadInputTests {
    private let scratch: Scratch
    private let good: String

    init() throws {
        scratch = try Scratch()
        good = try scratch.file("good.txt", "good")
    }

    /// Reads an input between two good ones; what it says has the scratch folder's name cut out.
    private func check(
        _ input: String,
        _ configuration: IngestionConfiguration = IngestionConfiguration(),
        says expected: String,
        _ status: ExitCode,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let all = documents(of: [good, input, good], configuration, sourceLocation: sourceLocation)
        #expect(all.first?.text == "good", sourceLocation: sourceLocation)
        #expect(all.last?.text == "good", sourceLocation: sourceLocation)
        let errors = all.compactMap(\.error)
        #expect(all.count == 3 && errors.count == 1, sourceLocation: sourceLocation)
        let message = errors.first?.description.replacing(scratch.folder + "/", with: "")
        #expect(message == expected, sourceLocation: sourceLocation)
        #expect(errors.first?.exitCode == status, sourceLocation: sourceLocation)
    }

    @Test func pathsThatLeadNowhere() throws {
        let folder = scratch.folder
        check(folder + "/no", says: "no: no such file or folder; check the path", .noInput)
        check(
            good + "/below",
            says: "good.txt/below: no such file or folder; check the path",
            .noInput
        )
        check("", says: "``: no such file or folder; check the path", .noInput)
        check(folder + "/*.x", says: "*.x: the pattern matches no file; check the path", .noInput)
        check(
            try scratch.link("loop", to: "loop"),
            says: "loop: cannot be read: Too many levels of symbolic links; "
                + "check the file and the disk",
            .noInput
        )
        let long = String(repeating: "x", count: 300)
        check(
            folder + "/" + long,
            says: "\(long): cannot be read: File name too long; check the file and the disk",
            .noInput
        )
    }

    @Test func foldersWithoutText() throws {
        try scratch.file("programs/a", [0x7F, 0x45, 0x4C, 0x46, 0, 0])
        check(
            scratch.folder + "/programs",
            says: "programs: the folder holds no text file; name the files, or another folder",
            .noInput
        )
    }

    @Test func namesThatAreNotUTF8() throws {
        let folder = scratch.folder + "/names"
        mkdir(folder, 0o700)
        var name = Array((folder + "/").utf8).map { CChar(bitPattern: $0) }
        name += [CChar(bitPattern: 0xE9), 0]
        let descriptor = open(name, O_CREAT | O_WRONLY, 0o600)
        #expect(descriptor >= 0)
        close(descriptor)
        check(
            folder,
            says: "names/\u{FFFD}: the file's name is not valid UTF-8; rename it",
            .noInput
        )
    }

    @Test func filesThatFailWhileTheyAreRead() throws {
        // Reading a process's memory at address 0 fails for everyone.
        check(
            "/proc/self/mem",
            says: "/proc/self/mem: cannot be read: Input/output error; check the file and the disk",
            .noInput
        )
    }

    @Test func filesWithoutText() throws {
        check(
            try scratch.file("empty", ""),
            says: "empty: there is no text in it; leave it out",
            .dataError
        )
        check(
            try scratch.file("mark", [0xEF, 0xBB, 0xBF]),
            says: "mark: there is no text in it; leave it out",
            .dataError
        )
        check(
            try scratch.file("a.html", "<script>x</script>"),
            says: "a.html: there is no text in it; leave it out",
            .dataError
        )
        check(
            try scratch.file("empty.gz", Compression.gzip.member([])),
            says: "empty.gz: there is no text in it; leave it out",
            .dataError
        )
    }

    @Test(
        arguments: [
            (Array("%PDF-1.7\n".utf8), "this is a PDF file, not text; convert it to text first"),
            (
                Array("PK\u{3}\u{4}\0\0".utf8),
                "this is a zip archive or an office document, not text; convert it to text first"
            ),
            (
                [0x42, 0x5A, 0x68, 0x39, 0x31, 0x41, 0x59, 0x26, 0x53, 0x59],
                "this is compressed with bzip2, not text; convert it to text first"
            ),
            ([0x80, 0x00, 0xFF], "this is a binary file, not text; convert it to text first"),
            (
                Array("t\0e\0x\0t\0 \0i\0n\0 \0U\0T\0F\0".utf8),
                "the text is in UTF-16 without a byte-order mark; convert it to UTF-8 first, as with iconv"
            ),
            (
                [0xFF, 0xFE, 0, 0, 0x61, 0, 0, 0],
                "the text is in UTF-32; convert it to UTF-8 first, as with iconv"
            ),
        ] as [([UInt8], String)]
    )
    func whatIsNotTextIsToldByName(bytes: [UInt8], expected: String) throws {
        check(try scratch.file("x", bytes), says: "x: \(expected)", .dataError)
    }

    @Test func encodingsThatAreNotKnown() throws {
        let page = Array("<meta charset=Shift_JIS><p>".utf8)
        let path = try scratch.file("a.html", page + [0x93, 0xFA, 0x96, 0x7B])
        check(
            path,
            says: "a.html: the text is in shift_jis; convert it to UTF-8 first, as with iconv",
            .dataError
        )
        // Many pages declare one thing and are another.
        #expect(text(of: try scratch.file("b.html", page + Array("日本".utf8))) == "日本\n")
        check(
            try scratch.file("a.ndjson", [0xFF, 0xFE, 0x7B, 0x00]),
            says: "a.ndjson: the text is in UTF-16; convert it to UTF-8 first, as with iconv",
            .dataError
        )
    }

    @Test func invalidBytesAreRefusedWhereThatIsAsked() throws {
        let refusing = IngestionConfiguration(invalidUTF8: .refused, pieceBytes: 64)
        let text = Array(String(repeating: "x", count: 100_000).utf8)
        check(
            try scratch.file("a", text + [0xC3] + text),
            refusing,
            says: "a: not valid UTF-8 at byte 100000; "
                + "convert it to UTF-8, or pass --invalid-utf8 replace",
            .dataError
        )
        check(
            try scratch.file(
                "b.ndjson",
                Array(#"{"text": "ab"#.utf8) + [0xC3] + Array(#""}"#.utf8)
            ),
            refusing,
            says: "b.ndjson:1: not valid UTF-8 at byte 12; "
                + "convert it to UTF-8, or pass --invalid-utf8 replace",
            .dataError
        )
    }

    @Test func replacedBytesAreNoticed() throws {
        let path = try scratch.file("a", [0x61, 0xFF, 0x62, 0xE2, 0x82])
        let all = documents(of: [path])
        #expect(all.map(\.text) == ["a\u{FFFD}b\u{FFFD}"])
        #expect(all[0].notice == .replacedBytes(count: 2, firstOffset: 1))
        #expect(
            all[0].notice?.description
                == "replaced 2 invalid byte sequences, the first at byte 1"
        )
        let once = IngestionNotice.replacedBytes(count: 1, firstOffset: 9)
        #expect(once.description == "replaced 1 invalid byte sequence, at byte 9")
    }

    @Test(arguments: [
        ("plain", 1, "expected an object"),
        (#"{"text": "a", }"#, 15, "expected a key in quotes"),
        (#"{"text": "a"} x"#, 15, "expected the end of the line"),
        (#"{"id": "a"}"#, 1, "the object has no text in `text`"),
        (#"{"text": 12}"#, 1, "the object has no text in `text`"),
        (#"{"id": [1], "text": "a"}"#, 8, "the `id` is neither a string nor a number"),
        (#"{"id": "", "text": "a"}"#, 8, "the `id` is empty"),
        (#"{"text": "a"#, 12, "the string does not end"),
        ("{\"text\": \"a\tb\"}", 12, "a control character in a string"),
        (#"{"text": "\x"}"#, 12, "unknown escape"),
        (#"{"text": "\u12"}"#, 15, "expected four hexadecimal digits"),
        (
            #"{"a": "# + String(repeating: "[", count: 1_000_000) + "}",
            135, "nested too deeply"
        ),
    ])
    func aLineIsToldAndTheNextOneIsRead(line: String, column: Int, reason: String) throws {
        let next = #"{"id": "next", "text": "b"}"#
        let path = try scratch.file("a.ndjson", "\n\(line)\n\(next)\n")
        let all = documents(of: [path])
        #expect(all.count == 2 && all.last?.id == "next" && all.last?.text == "b")
        #expect(
            all.first?.error
                == .badLine(path: path, line: 2, column: column, reason: reason)
        )
        #expect(
            all.first?.error?.description
                == "\(path):2:\(column): \(reason); "
                + "each line must be an object with `text`, and `id` if it has one"
        )
    }

    @Test(arguments: [99, 100, 101, 65_536, 200_000])
    func aLineLongerThanIsReadIsPassedOver(length: Int) throws {
        let line = #"{"text": ""# + String(repeating: "x", count: length - 12) + #""}"#
        let next = #"{"id": "next", "text": "b"}"#
        let configuration = IngestionConfiguration(format: .ndjson, maximumLineBytes: 100)
        for ending in ["\n\(next)", ""] {
            let path = try scratch.file("a", line + ending)
            let all = documents(of: [path], configuration)
            let error = IngestionError.lineTooLong(path: path, line: 1, limitBytes: 100)
            #expect(all.first?.error == (length > 100 ? error : nil))
            #expect(all.dropFirst().map(\.id) == (ending.isEmpty ? [] : ["next"]))
        }
    }
}
