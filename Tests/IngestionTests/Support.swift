import Foundation
import Ingestion
import Serialization
import Testing

/// A folder of one test, removed with it.
final class Scratch {
    let folder: String

    init() throws {
        folder = NSTemporaryDirectory() + "ingestion-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    /// Writes a file and gives its path.
    @discardableResult
    func file(_ name: String, _ bytes: [UInt8]) throws -> String {
        let path = "\(folder)/\(name)"
        let parent = (path as NSString).deletingLastPathComponent
        try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
        try Data(bytes).write(to: URL(filePath: path))
        return path
    }

    /// Writes a text file and gives its path.
    @discardableResult
    func file(_ name: String, _ text: String) throws -> String {
        try file(name, Array(text.utf8))
    }

    /// Makes a named pipe and gives its path.
    func pipe(_ name: String) throws -> String {
        let path = "\(folder)/\(name)"
        try #require(mkfifo(path, 0o600) == 0)
        return path
    }

    /// Makes a symbolic link and gives its path.
    @discardableResult
    func link(_ name: String, to target: String) throws -> String {
        let path = "\(folder)/\(name)"
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: target)
        return path
    }
}

/// Writes into a named pipe from another thread, in pieces that are cut at odd places.
func feed(_ content: [UInt8], into pipe: String) {
    let writer = Thread {
        guard let handle = FileHandle(forWritingAtPath: pipe) else { return }
        for start in stride(from: 0, to: content.count, by: 4_099) {
            handle.write(Data(content[start..<min(start + 4_099, content.count)]))
        }
        try? handle.close()
    }
    writer.start()
}

/// What a reader told of one document.
struct ReadDocument: Equatable {
    var description: DocumentDescription
    var bytes: [UInt8] = []
    var end: TextDigest?
    var notice: IngestionNotice?
    var error: IngestionError?

    var id: String { description.id }
    var text: String { String(decoding: bytes, as: UTF8.self) }
}

/// Reads everything, and checks on the way what holds of any stream of events: pieces lie one behind
/// another, each is UTF-8, and the end's length and digest are those of the pieces.
func documents(
    of inputs: [String],
    _ configuration: IngestionConfiguration = IngestionConfiguration(),
    sourceLocation: SourceLocation = #_sourceLocation
) -> [ReadDocument] {
    let reader = DocumentReader(inputs: inputs, configuration: configuration)
    var events: [IngestionEvent] = []
    while let event = reader.next() { events.append(event) }
    return documents(in: events, sourceLocation: sourceLocation)
}

/// Gathers a reader's events.
func documents(
    in events: [IngestionEvent],
    sourceLocation: SourceLocation = #_sourceLocation
) -> [ReadDocument] {
    var found: [ReadDocument] = []
    var open: ReadDocument?
    for event in events {
        switch event {
        case .began(let description):
            #expect(open == nil, sourceLocation: sourceLocation)
            open = ReadDocument(description: description)
        case .text(let bytes, let offset):
            let isValid = String(validating: bytes, as: UTF8.self) != nil
            #expect(isValid && !bytes.isEmpty, sourceLocation: sourceLocation)
            #expect(offset == open?.bytes.count, sourceLocation: sourceLocation)
            open?.bytes += bytes
        case .ended(let end, let notice):
            let text = open?.bytes ?? []
            #expect(end.lengthBytes == text.count, sourceLocation: sourceLocation)
            #expect(end.digest == ContentDigest(of: text), sourceLocation: sourceLocation)
            open?.end = end
            open?.notice = notice
            found += open.map { [$0] } ?? []
            open = nil
        case .failed(let description, let error):
            var failed = open ?? ReadDocument(description: description)
            #expect(failed.description == description, sourceLocation: sourceLocation)
            failed.error = error
            found.append(failed)
            open = nil
        }
    }
    #expect(open == nil, sourceLocation: sourceLocation)
    return found
}

/// The text of the only document in a file.
func text(of path: String, _ configuration: IngestionConfiguration = .init()) -> String? {
    let all = documents(of: [path], configuration)
    return all.count == 1 && all[0].error == nil ? all[0].text : nil
}

/// SplitMix64, so that random tests repeat.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }

    /// Characters of one to four bytes, words and line ends.
    mutating func text(_ atomCount: Int) -> String {
        let atoms = [
            "river", " ", "\n", "\r\n", "é", "日本", "𝄞", "\u{0}", ". ", "# ", "e\u{301}", "\u{FEFF}",
            "0123456789", "< ", "&amp;", "\t",
        ]
        return (0..<atomCount).map { _ in atoms.randomElement(using: &self) ?? "" }.joined()
    }

    /// Markup, well-formed or not.
    mutating func page(_ atomCount: Int) -> String {
        let atoms = [
            "<h1>", "</h1>", "<p>", "</p>", "<ul>", "<li>", "</ul>", "<ol>", "</ol>", "<pre>",
            "</pre>",
            "<table>", "<tr>", "<td>", "<th>", "</tr>", "</table>", "<blockquote>", "</blockquote>",
            "<br>", "<hr/>", "<title>", "</title>", "<script>", "</script>", "<!--", "-->",
            "&eacute;",
            "&#8364;", "&amp", "<", ">", "\"", "'", "=", "word", " ", "\n", "\r\n", "日本", "<b>",
            "<div>",
        ]
        return (0..<atomCount).map { _ in atoms.randomElement(using: &self) ?? "" }.joined()
    }
}

/// The cases that `scripts/make_ingestion_fixtures.py` made.
func fixture<Case: Decodable>(_ name: String, as type: Case.Type = Case.self) throws -> [Case] {
    let url = URL(filePath: #filePath).deletingLastPathComponent().appending(
        path: "Fixtures/\(name)"
    )
    return try JSONDecoder().decode([Case].self, from: Data(contentsOf: url))
}
