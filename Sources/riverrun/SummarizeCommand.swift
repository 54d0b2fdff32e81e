import ArgumentParser
import BlockStorage
import Dataflow
import Diagnostics
import Pipelines
import Stages

/// `riverrun summarize`: an extractive summary, every sentence cited.
struct SummarizeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "summarize",
        abstract: "Summarize documents by their own sentences, each with its place.",
        discussion: """
            riverrun summarize FILE…                     reads files into a store that is thrown \
            away
            riverrun summarize --store S                 everything that a store holds
            riverrun summarize --store S --document ID   one document

            With --json one object is printed: text and sentences, each with document, start, end \
            (bytes of the decoded text), path and text.

            riverrun summarize FILE… --model FILE.gguf
            riverrun summarize FILE… --server URL --server-model NAME

            A language model summarizes each part that fits its context, then the parts' summaries, \
            until one is left. Every claim cites passages, which is checked as `ask` does it; with \
            --json its sentence also has claim, supported, fault, score and citations. Of one document \
            that `riverrun read` has taken through this model into the store, the model begins behind \
            its text, and is shown the passages of the sentences that would be quoted without it.
            """
    )

    @Argument(help: "Files to read, or - for standard input.")
    var inputs: [String] = []

    @Option(name: .shortAndLong, help: "The store's folder.")
    var store: String?

    @Option(help: "Summarize this document only; may be repeated.")
    var document: [String] = []

    @Option(help: "About how many words the summary has.")
    var words: Int = 250

    @Option(help: "What the summary is to be about.")
    var query: String?

    @Flag(help: "Print one JSON object.")
    var json = false

    @OptionGroup var writing: WriterOptions
    @OptionGroup var reading: ReadOptions
    @OptionGroup var options: RunOptions

    mutating func validate() throws {
        options = try writing.takingModel(from: options)
        if words < 1 { throw ValidationError("--words is at least 1.") }
    }

    func run() async throws {
        try await Exit.run {
            if store != nil, let extra = inputs.first {
                throw CommandError.unexpectedArgument(extra)
            }
            let models = options.shelf()
            // What is wrong with it is told before anything is read.
            let writer = try await writing.choice.writer(models) { Terminal.report($0) }
            let temporary = store == nil ? try TemporaryStore() : nil
            let stores = StoreShelf(path: store ?? temporary?.path, models: models)
            if temporary != nil {
                let status = try await read(models, stores)
                guard status == .success || status == .partial else { return status }
            }
            if let writer { return try await write(writer, try stores.reader(), models) }
            let summary = try StoredSummary(
                of: try stores.reader(),
                documents: document,
                words: words,
                query: query,
                models: models
            )
            let output = StandardOutput()
            if json {
                try output.write(SummaryJSON.line(of: summary))
            } else {
                try output.write(SummaryText.page(of: summary))
            }
            try output.flush()
            return summary.sentences.isEmpty ? .nothingFound : .success
        }
    }

    private func read(_ models: ModelShelf, _ stores: StoreShelf) async throws -> ExitCode {
        let environment = StageEnvironment(
            inputs: inputs.isEmpty ? ["-"] : inputs,
            models: models,
            stores: stores,
            notice: { Terminal.report($0) }
        )
        let pipeline = try options.pipeline(.ingest).applying(reading.settings)
        return try await PipelineRunner(
            pipeline: pipeline,
            environment: environment,
            options: options
        ).run().status
    }
}

/// A summary as programs read it.
private enum SummaryJSON {
    static func line(of summary: StoredSummary) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.key("text")
        json.string(summary.text)
        json.key("sentences")
        json.array(summary.sentences) { json, sentence in
            json.beginObject()
            json.place(sentence.document, sentence.byteRange, sentence.path)
            json.key("text")
            json.string(sentence.text)
            json.endObject()
        }
        json.endObject()
        json.lineFeed()
        return json.bytes
    }
}

/// A summary as people read it: its text, then where each sentence stands.
private enum SummaryText {
    static func page(of summary: StoredSummary) -> String {
        var page = ""
        var path: [String]?
        for sentence in summary.sentences {
            if sentence.path != path, !sentence.path.isEmpty {
                page += "\(page.isEmpty ? "" : "\n")# \(sentence.path.joined(separator: " > "))\n\n"
            }
            path = sentence.path
            let range = sentence.byteRange
            let place = "\(sentence.document):\(range.lowerBound)-\(range.upperBound)"
            page += "\(sentence.line) [\(place)]\n"
        }
        return page
    }
}

extension JSONWriter {
    /// Writes where something stands.
    mutating func place(_ document: String, _ byteRange: Range<Int>, _ path: [String]) {
        key("document")
        string(document)
        key("start")
        number(byteRange.lowerBound)
        key("end")
        number(byteRange.upperBound)
        key("path")
        array(path) { json, heading in json.string(heading) }
    }
}
