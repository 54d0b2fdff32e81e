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

            A score tells how far a sentence and its passage stand out from the store's average \
            passage, in standard deviations of its terms, its landmark and its meaning added up; it \
            orders the answers to one question and means nothing beside another question's. The \
            same sentence in several places is printed once with all of them, but has a line for \
            each with --json.

            A questions file has a question a line: text, or NDJSON with `text` and `id`. With \
            --json each answer is one object on a line: question, rank, score, document, uri, \
            start, end (bytes of the decoded text), path, text, block, relevant, answer. On a \
            question to which nothing relevant is stored, --questions with --json prints the \
            likeliest sentences with `relevant` 0; otherwise nothing is printed but a notice.

            riverrun ask --store S "QUESTION" --model FILE.gguf
            riverrun ask --store S "QUESTION" --server URL --server-model NAME

            A language model reads the blocks of the -k likeliest sentences, numbered, and writes an \
            answer that cites them. Each claim's citation is checked: the passage must exist and have \
            the claim's numbers, and enough of its words and meaning, or the claim is marked as \
            unsupported. Such a check finds what was made up, not what was misunderstood. With --json \
            each claim is one object: rank, score (how much of it is found, from 0 to 1), supported, fault, citations, and the \
            place that it cites as above; `answer` is the claim. Where nothing relevant is stored, no \
            model is asked. If `riverrun read` has taken the document of the likeliest sentence through \
            this model into the store, the model begins behind that document, and finds parts of it \
            again that no passage shows.

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

    @OptionGroup var writing: WriterOptions
    @OptionGroup var reading: ReadOptions
    @OptionGroup var options: RunOptions

    mutating func validate() throws {
        options = try writing.takingModel(from: options)
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
            // What is wrong with a language model is told before anything is read.
            _ = try await writing.choice.writer(models) { Terminal.report($0) }
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
        let pipeline = try StandardPipeline.ingest.pipeline()
            .applying(options.modelSettings + reading.settings)
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
        if !writing.choice.isNone {
            return try await write(environment, printsQuestion: question == nil)
        }
        // Where the same text stands in several places, people read it once.
        let found = json ? limit : min(AnswerText.foundForEach * limit, 10_000)
        // A program that asks many judges itself; what the user sets comes last.
        let givesAll = json && questions != nil
        let pipeline = try options.applied(
            to: try StandardPipeline.ask.pipeline()
                .applying(["retrieve.limit=\(found)", "retrieve.irrelevant=\(givesAll)"])
        )
        let output = StandardOutput()
        var runner = PipelineRunner(pipeline: pipeline, environment: environment, options: options)
        runner.showsProgress = false
        let printsJSON = json
        let printsQuestion = question == nil
        let limit = limit
        runner.taps["generate"] = { batch in
            guard batch.rowCount > 0 else { return }
            let lines =
                printsJSON
                ? BatchPrinter().lines(of: batch.without("question_text"))
                : Array(
                    try AnswerText.lines(of: batch, withQuestion: printsQuestion, limit: limit).utf8
                )
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
    /// How many answers are looked up for one that is printed, since some say the same.
    static let foundForEach = 3

    /// Each text with its citations, best first: document, bytes, outline path, score.
    static func lines(of batch: Batch, withQuestion: Bool, limit: Int) throws -> String {
        let texts = try batch.text("text")
        let answers = try batch.text("answer")
        let questions = try batch.text("question")
        var places: [String: Int] = [:]
        var printed: [(text: String, answer: String, citations: [String])] = []
        for row in 0..<batch.rowCount {
            let text = texts.string(atRow: row).split(whereSeparator: \.isWhitespace)
                .joined(separator: " ")
            let citation = try citation(of: batch, row: row)
            if let place = places[text] {
                printed[place].citations.append(citation)
            } else if printed.count < limit {
                places[text] = printed.count
                printed.append((text, answers.string(atRow: row), [citation]))
            }
        }
        var lines = withQuestion ? "\(questions.string(atRow: 0))\n" : ""
        for (index, item) in printed.enumerated() {
            lines += "\(index + 1). \(item.text)\n"
            if !item.answer.isEmpty { lines += "   answer: \(item.answer)\n" }
            for citation in item.citations { lines += "   [\(citation)]\n" }
        }
        return lines + "\n"
    }

    private static func citation(of batch: Batch, row: Int) throws -> String {
        let document = try batch.text("document").string(atRow: row)
        let start = try batch.int64("start").elements[row]
        let end = try batch.int64("end").elements[row]
        let path = try batch.labels("path")[row]
        let score = Double(try batch.float32("score").elements[row])
        let outline = path.isEmpty ? "" : "  \(path.joined(separator: " > "))"
        let places = Quantities.decimal(score, places: 2)
        return "\(document):\(start)-\(end)\(outline)  score \(places)"
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
