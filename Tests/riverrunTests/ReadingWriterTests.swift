import Foundation
import Testing

private let stories = Binary.root.appending(path: "../shared/models/stories260K").path

/// `ask` and `summarize` begin where a model stood at the end of what it has read into the store.
@Suite(.enabled(if: FileManager.default.fileExists(atPath: stories)))
struct ReadingWriterTests {
    private static let model = stories + "/stories260K-F16.gguf"
    private static let otherModel = stories + "/stories260K-Q8_0.gguf"
    private static let begins = "tokens of liffey.md that the model has read\n"

    private let scratch: Scratch
    private let store: String
    private let folder: URL

    /// A store of two documents.
    init() throws {
        scratch = try Scratch()
        folder = scratch.folder
        store = scratch.path("store")
        for name in ["liffey.md", "danube.txt"] {
            scratch.file(name, Rivers.documents[name] ?? "")
        }
        let result = try run(["ingest", "liffey.md", "danube.txt", "--store", store])
        try #require(result.status == 0, "\(result.errors)")
    }

    private func run(_ arguments: [String]) throws -> Binary.Result {
        try Binary.run(arguments, directory: folder)
    }

    private func read(_ model: String = Self.model) throws {
        let result = try run(
            ["read", "liffey.md", "--model", model, "-q", "-s", store, "--window", "512"]
        )
        try #require(result.status == 0, "\(result.errors)")
    }

    private func ask(
        _ question: String = "How long is the Liffey?",
        _ more: String...
    ) throws -> Binary.Result {
        try run(
            ["ask", "--store", store, question, "--model", Self.model, "--tokens", "24", "-k", "1"]
                + more
        )
    }

    private func summarize(_ more: String...) throws -> Binary.Result {
        try run(
            ["summarize", "--store", store, "--model", Self.model, "--tokens", "24"]
                + ["--words", "12", "-q"] + more
        )
    }

    @Test func anAnswerBeginsBehindTheDocumentOfTheBestPassage() throws {
        let plain = try ask()
        #expect(plain.status == 0 && !plain.errors.contains("begins behind"))
        try read()
        let behind = try ask()
        #expect(behind.status == 0 && behind.output != plain.output, "\(behind.errors)")
        #expect(behind.errors.contains("riverrun: begins behind the "))
        #expect(behind.errors.contains(Self.begins), "\(behind.errors)")
        #expect(try ask("How long is the Liffey?", "--threads", "1").output == behind.output)
        #expect(
            try ask("How long is the Liffey?", "--document", "liffey.md").output
                == behind.output
        )
        let other = try ask("Which cities does the Danube pass through?")
        #expect(other.status == 0 && !other.errors.contains("begins"), "\(other.errors)")
    }

    @Test func eachOfManyQuestionsBeginsAnewAndIsToldOnce() throws {
        try read()
        let questions = scratch.file(
            "questions.txt",
            "How long is the Liffey?\nHow long is the Liffey?\n"
        ).path
        let result = try run(
            ["ask", "--store", store, "--questions", questions, "--model", Self.model, "--json"]
                + ["--tokens", "24", "-k", "1"]
        )
        let answers = try result.objects().compactMap { $0["answer"] as? String }
        #expect(
            answers.count > 1
                && answers.prefix(answers.count / 2)
                    == answers.suffix(answers.count / 2)
        )
        #expect(result.errors.components(separatedBy: "begins behind").count == 2)
    }

    @Test func aSummaryOfOneDocumentBeginsBehindIt() throws {
        let plain = try summarize("--document", "liffey.md")
        #expect(plain.status == 0 && !plain.errors.contains("begins behind"), "\(plain.errors)")
        try read()
        let behind = try summarize("--document", "liffey.md")
        #expect(behind.status == 0 && behind.output != plain.output, "\(behind.errors)")
        #expect(behind.errors.contains(Self.begins))
        #expect(try !summarize().errors.contains("begins"))
    }

    @Test func aReadingOfAnotherModelIsAnErrorOnlyWhereItsDocumentIsNamed() throws {
        try read(Self.otherModel)
        let named = try ask("How long is the Liffey?", "--document", "liffey.md")
        #expect(named.status == 78 && named.output == "")
        #expect(named.errors.contains("was read with the model stories260K Q8_0 ("))
        #expect(try summarize("--document", "liffey.md").status == 78)
        let found = try ask()
        #expect(found.status == 0 && found.errors.contains("; begins without it\n"))
    }

    @Test func aChangedDocumentIsBegunWithout() throws {
        try read()
        scratch.file("liffey.md", "# The Liffey\n\nThe Liffey is 133 km long.\n")
        #expect(try run(["ingest", "liffey.md", "--store", store]).status == 0)
        let result = try ask()
        #expect(result.status == 0 && !result.errors.contains("begins behind"))
        #expect(result.errors.contains("has changed since the model read it; `riverrun read` it"))
        try read()
        #expect(try ask().errors.contains("begins behind"))
    }
}
