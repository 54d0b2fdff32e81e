import ArgumentParser
import BlockStorage
import Dataflow
import Diagnostics
import Foundation
import Pipelines
import Stages
import Tensors

/// `riverrun ask`: answers questions from a store, or from files read for the purpose.
struct AskCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ask",
        abstract: "Answer questions with exact citations.",
        discussion: """
            riverrun ask --store S "QUESTION"            from a store
            riverrun ask --store S --questions FILE      many questions, one a line
            riverrun ask "QUESTION" FILE…                from files, read into a store that is \
            thrown away

            A questions file has a question a line: text, or NDJSON with `text` and `id`. With \
            --json each answer is one object on a line: question, rank, score, document, uri, \
            start, end (bytes of the decoded text), path, text, block, answer.

            EXIT STATUS
              0  at least one question was answered
              1  nothing relevant is stored
              others as in sysexits.h
            """
    )

    @Argument(help: "The question, then files to read where there is no store.")
    var arguments: [String] = []

    @Option(name: .shortAndLong, help: "The store's folder.")
    var store: String?

    @Option(help: "A file of questions, one a line, or - for standard input.")
    var questions: String?

    @Option(name: [.customShort("k"), .long], help: "How many answers at most.")
    var limit: Int = 10

    @Option(help: "Answer from this document only; may be repeated.")
    var document: [String] = []

    @Option(
        name: .customLong("where"),
        help: ArgumentHelp("Answer from documents with this metadata.", valueName: "key=value")
    )
    var filters: [String] = []

    @Flag(help: "Print one JSON object a line.")
    var json = false

    @OptionGroup var reading: ReadOptions
    @OptionGroup var options: RunOptions

    func validate() throws {
        if limit < 1 { throw ValidationError("-k is at least 1.") }
        if questions == nil, arguments.isEmpty { throw ValidationError("Ask a question.") }
        for filter in filters where !filter.contains("=") {
            throw ValidationError("--where takes KEY=VALUE, not `\(filter)`.")
        }
    }

    func run() async throws {
        try await Exit.run {
            let models = options.shelf()
            var files = arguments
            let question = questions == nil ? files.removeFirst() : nil
            if store != nil, let extra = files.first {
                throw CommandError.unexpectedArgument(extra)
            }
            if store == nil, files.isEmpty { throw StagesError.noStore(stage: "ask") }
            let temporary = store == nil ? try TemporaryStore() : nil
            let stores = StoreShelf(path: store ?? temporary?.path, models: models)
            if temporary != nil {
                let status = try await read(files, models, stores)
                guard status == .success || status == .partial else { return status }
            }
            return try await answer(question, models, stores)
        }
    }

    /// Reads files into the store that is thrown away.
    private func read(
        _ files: [String],
        _ models: ModelShelf,
        _ stores: StoreShelf
    ) async throws -> ExitCode {
        let environment = StageEnvironment(
            inputs: files,
            models: models,
            stores: stores,
            notice: { Terminal.report($0) }
        )
        let pipeline = try StandardPipeline.ingest.pipeline().applying(reading.settings)
        return try await PipelineRunner(
            pipeline: pipeline,
            environment: environment,
            options: options
        ).run().status
    }

    private func answer(
        _ question: String?,
        _ models: ModelShelf,
        _ stores: StoreShelf
    ) async throws -> ExitCode {
        let asked = try question.map { try QuestionFile($0) }
        let environment = StageEnvironment(
            inputs: [asked?.path ?? questions ?? "-"],
            models: models,
            stores: stores,
            documents: document,
            metadata: filters.map { filter in
                let halves = filter.split(separator: "=", maxSplits: 1)
                return MetadataField(
                    name: String(halves.first ?? ""),
                    value: String(halves.dropFirst().first ?? "")
                )
            },
            notice: { Terminal.report($0) }
        )
        let pipeline = try options.pipeline(.ask).applying(["retrieve.limit=\(limit)"])
        let output = StandardOutput()
        var runner = PipelineRunner(pipeline: pipeline, environment: environment, options: options)
        runner.showsProgress = false
        let printsJSON = json
        let printsQuestion = question == nil
        runner.taps["generate"] = { batch in
            guard batch.rowCount > 0 else { return }
            let lines =
                printsJSON
                ? BatchPrinter().lines(of: batch.without("question_text"))
                : Array(try AnswerText.lines(of: batch, withQuestion: printsQuestion).utf8)
            try output.write(lines)
        }
        let outcome = try await runner.run()
        try output.flush()
        guard outcome.status == .success else { return outcome.status }
        return environment.progress.figures.answered > 0 ? .success : .nothingFound
    }
}

/// A question on the command line as the file that the pipeline reads.
private final class QuestionFile {
    let path: String

    init(_ question: String) throws {
        let url = FileManager.default.temporaryDirectory
            .appending(path: "riverrun-question-\(UUID().uuidString)")
        let line = question.split(whereSeparator: \.isNewline).joined(separator: " ")
        try Data((line + "\n").utf8).write(to: url)
        path = url.path()
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// Answers as people read them.
private enum AnswerText {
    /// Each answer with its citation: document, bytes, outline path, score.
    static func lines(of batch: Batch, withQuestion: Bool) throws -> String {
        let texts = try batch.text("text")
        let answers = try batch.text("answer")
        let documents = try batch.text("document")
        let questions = try batch.text("question")
        let starts = try batch.int64("start").elements
        let ends = try batch.int64("end").elements
        let ranks = try batch.int64("rank").elements
        let scores = try batch.float32("score").elements
        let paths = try batch.labels("path")
        var lines = withQuestion ? "\(questions.string(atRow: 0))\n" : ""
        for row in 0..<batch.rowCount {
            let text = texts.string(atRow: row).split(whereSeparator: \.isWhitespace)
                .joined(separator: " ")
            let answer = answers.string(atRow: row)
            lines += "\(ranks[row]). \(text)\n"
            if !answer.isEmpty { lines += "   answer: \(answer)\n" }
            var citation = "\(documents.string(atRow: row)):\(starts[row])-\(ends[row])"
            if !paths[row].isEmpty { citation += "  \(paths[row].joined(separator: " > "))" }
            let score = Quantities.decimal(Double(scores[row]), places: 2)
            lines += "   [\(citation)  score \(score)]\n"
        }
        return lines + "\n"
    }
}

/// What is wrong with a command line beyond its syntax.
enum CommandError: DiagnosticError, Equatable {
    /// An argument that has no meaning here.
    case unexpectedArgument(String)

    var problem: String {
        switch self {
        case .unexpectedArgument(let argument): "`\(argument)` is one argument too many"
        }
    }

    var mend: String? { "put the question in quotes, and name either a store or files" }
    var exitCode: ExitCode { .usage }
}
