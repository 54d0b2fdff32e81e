import BlockStorage
import Foundation
import Retrieval
import Serialization
import Text

/// Finds the best blocks by their terms alone, for `lexical_peers.py`.
///
///     LexicalBenchmark terms TEXTS                          the terms of each line
///     LexicalBenchmark build STORE PASSAGES                 a store of a block a line, terms only
///     LexicalBenchmark ask STORE QUESTIONS LIMIT [MEASURED]  the best blocks for each line
///
/// An answer is the spread of the scores, then each block with its score.
/// MEASURED is how many groups of blocks are scored before any is passed over. What took how long goes to standard
/// error as JSON; times are of the thread's own processor time.
@main
enum LexicalBenchmark {
    static func main() throws {
        let arguments = Array(CommandLine.arguments.dropFirst())
        switch (arguments.first, arguments.count) {
        case ("terms", 2): try printTerms(of: arguments[1])
        case ("build", 3): try build(arguments[1], passages: arguments[2])
        case ("ask", 4...5):
            guard let limit = Int(arguments[3]) else { fallthrough }
            let measured = arguments.count > 4 ? Int(arguments[4]) : nil
            try ask(arguments[1], questions: arguments[2], limit: limit, measured: measured)
        default:
            print("usage: LexicalBenchmark terms TEXTS | build STORE PASSAGES | ask STORE …")
            exit(64)
        }
    }

    /// Processor time of this thread, in seconds.
    private static func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    private static func lines(_ path: String) throws -> [Substring] {
        try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
    }

    private static func report(_ values: [String: Double]) throws {
        FileHandle.standardError.write(try JSONSerialization.data(withJSONObject: values))
    }

    private static func printTerms(of path: String) throws {
        let analyzer = try LexicalAnalyzer()
        var output = [UInt8]()
        for var line in try lines(path) {
            line.withUTF8 { utf8 in
                analyzer.forEachTerm(in: UnsafeRawBufferPointer(utf8)) { term in
                    output.append(contentsOf: term)
                    output.append(UInt8(ascii: " "))
                }
            }
            output.append(UInt8(ascii: "\n"))
        }
        FileHandle.standardOutput.write(Data(output))
    }

    // MARK: - Building

    private static func build(_ path: String, passages: String) throws {
        let store = try Store.open(
            at: path,
            mode: .readWrite(create: true),
            settings: StoreSettings(encoder: "none", vectorWidth: 1)
        )
        let analyzer = try LexicalAnalyzer()
        let passages = try lines(passages)
        let begin = now()
        var changes = StoreChanges()
        for (number, var passage) in passages.enumerated() {
            let id = "\(number / 1000)"
            if number % 1000 == 0 { changes.beginDocument(NewDocument(id: id, uri: id)) }
            var terms = BlockTerms()
            passage.withUTF8 { utf8 in
                analyzer.forEachTerm(in: UnsafeRawBufferPointer(utf8)) { terms.add($0) }
            }
            changes.addBlock(
                NewBlock(
                    startByte: 0,
                    bytes: [],
                    paths: [],
                    segments: [],
                    tokenCount: 0,
                    terms: terms
                ),
                to: id
            )
            guard number % 1000 == 999 || number == passages.count - 1 else { continue }
            changes.endDocument(id, lengthBytes: 0, digest: ContentDigest(of: []))
            try store.commit(changes)
            changes.removeAll()
        }
        let seconds = now() - begin
        let sizes = try store.read { try $0.tableSizes() }
        let bytes = sizes.filter { ["postings", "lengths"].contains($0.name) }
        try report(["seconds": seconds, "bytes": bytes.reduce(0) { $0 + Double($1.sizeBytes) }])
    }

    // MARK: - Asking

    private static func ask(
        _ path: String,
        questions: String,
        limit: Int,
        measured: Int?
    ) throws {
        var configuration = RetrieverConfiguration()
        // Those of the peers.
        configuration.saturation = 1.2
        configuration.lengthShare = 0.75
        let store = try Store.open(at: path, mode: .readOnly)
        let queries = try lines(questions).map {
            RetrievalQuery(text: String($0), vector: nil, limit: limit)
        }
        let measured = measured ?? LexicalScan.measuredGroupCount
        // The first pass knows none of the questions' terms, the second knows all.
        let retriever = try Retriever(store: store, configuration: configuration)
        var rates: [String: Double] = [:]
        for pass in ["first", "second", "third"] {
            var times: [Double] = []
            var output = ""
            for query in queries {
                let begin = now()
                let scan = try retriever.lexicalScan(query, measuredGroupCount: measured)
                times.append(now() - begin)
                guard pass == "first" else { continue }
                let best = scan.best.map { "\($0.block):\($0.score)" }
                output +=
                    (["\(scan.moments.spread(expected: 0))"] + best)
                    .joined(separator: " ") + "\n"
            }
            FileHandle.standardOutput.write(Data(output.utf8))
            times.sort()
            rates["\(pass) mean"] = times.reduce(0, +) / Double(times.count)
            rates["\(pass) median"] = times[times.count / 2]
            rates["\(pass) 99 %"] = times[times.count * 99 / 100]
        }
        try report(rates)
    }
}
