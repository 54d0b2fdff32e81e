import BlockStorage
import Dataflow
import Diagnostics
import Generation
import Stages
import Tensors

extension SummarizeCommand {
    /// Lets a language model summarize.
    func write(
        _ writer: any TextWriter,
        _ store: Store,
        _ models: ModelShelf
    ) async throws -> ExitCode {
        let summary = try WrittenSummary(of: store, documents: document, models: models)
        var writer = writer
        if let only = summary.onlyDocument,
            let readings = try await StoredReadings(writing.choice, models, ofStoreAt: store.path),
            let reader = try readings.writer(
                behind: only,
                isNamed: !document.isEmpty,
                notice: Terminal.report
            )
        {
            writer = reader
        }
        let (words, query, tokens) = (words, query, writing.choice.tokens)
        let showsProgress = !options.quiet && Terminal.isInteractive
        let stop = StopFlag()
        let interrupts = Interrupts { stop.set() }
        defer { interrupts.stop() }
        let output = StandardOutput()
        let page = json ? nil : CitedPage(output)
        let text = try await models.pool.run { [writer] in
            do {
                let text = try summary.write(
                    writer,
                    words: words,
                    query: query,
                    tokenLimit: tokens,
                    isStopped: { stop.isSet },
                    progress: { level, count in
                        guard showsProgress else { return }
                        Terminal.draw("level \(level): \(count) parts summarized")
                    }
                ) { piece in
                    Terminal.erase()
                    try page?.take(.cited(piece))
                }
                try page?.take(.ended(text))
                return text
            } catch {
                page?.breakLine()
                throw error
            }
        }
        if json { try output.write(Self.line(of: text.claims)) }
        try output.flush()
        if case .stopped = text.end {
            Terminal.report("stopped")
            return .interrupted
        }
        return text.claims.isEmpty ? .nothingFound : .success
    }

    /// A written summary as programs read it.
    private static func line(of claims: [CheckedClaim]) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.key("text")
        json.string(claims.map(\.text).joined(separator: " "))
        json.key("sentences")
        json.array(claims) { json, claim in
            let best = claim.bestCitation
            json.beginObject()
            json.place(
                best?.passage.document ?? "",
                best?.byteRange ?? 0..<0,
                best?.passage.path ?? []
            )
            json.key("text")
            json.string(best?.bytes ?? [])
            json.key("claim")
            json.string(claim.text)
            json.key("supported")
            json.number(claim.isSupported ? 1 : 0)
            json.key("fault")
            json.string(claim.fault?.description ?? "")
            json.key("score")
            json.number(claim.score)
            json.key("citations")
            json.array(claim.places) { json, place in json.string(place) }
            json.endObject()
        }
        json.endObject()
        json.lineFeed()
        return json.bytes
    }
}
