import Foundation
import Testing

/// Encoders on the command line, with a tiny BERT of random weights in MiniLM's place.
@Suite struct ModelsCommandTests {
    /// Random weights find what they find, or say that nothing is relevant.
    private static let notRelevant: Int32 = 1

    /// A scratch folder with a text and a folder of models.
    private func scratch(distilled: Bool = true) throws -> Scratch {
        let scratch = try Scratch()
        let models = scratch.folder.appending(path: "models")
        try FileManager.default.createDirectory(at: models, withIntermediateDirectories: true)
        try FileManager.default.copyItem(
            at: Binary.root.appending(path: "Tests/ModelsTests/Fixtures/tiny-bert"),
            to: models.appending(path: "all-MiniLM-L6-v2")
        )
        scratch.file("rivers.txt", "The river runs to the sea. Running water flowed over it!\n")
        guard distilled else { return scratch }
        let result = try run("models distill", in: scratch)
        #expect(result.status == 0)
        #expect(result.errors.contains("made models/static.safetensors"), "\(result.errors)")
        return scratch
    }

    private func run(_ command: String, in scratch: Scratch) throws -> Binary.Result {
        try Binary.run(
            command.split(separator: " ").map(String.init),
            directory: scratch.folder,
            environment: ["RIVERRUN_MODELS": "models"]
        )
    }

    private func encoder(of store: String, in scratch: Scratch) throws -> String {
        try run("inspect \(store) --json", in: scratch).output
    }

    @Test func encodersAreListed() throws {
        let scratch = try scratch()
        let listed = try run("models --json", in: scratch)
        let entries = try listed.objects()
        #expect(listed.status == 0)
        #expect(entries.map { $0["name"] as? String } == ["minilm", "static"])
        #expect(entries.allSatisfy { $0["width"] as? Int == 32 })
        let fingerprint = entries.last?["fingerprint"] as? String
        #expect(fingerprint?.hasPrefix("static-32-") == true)
        #expect(try run("models --models rivers.txt", in: scratch).status == 1)
    }

    @Test func aStoreKnowsItsEncoder() throws {
        let scratch = try scratch()
        for (store, options, width) in [
            ("plain", "", 32), ("static", "--model static", 32),
            ("narrow", "--model static --set embed.width=16", 16),
        ] {
            let ingested = try run("ingest rivers.txt --store \(store) \(options)", in: scratch)
            #expect(ingested.status == 0, "\(ingested.errors)")
            let overview = try encoder(of: store, in: scratch)
            #expect(overview.contains("static-\(width)-") == (store != "plain"), "\(overview)")
            // Neither asking nor reading on takes an option.
            let asked = try run("ask --store \(store) --json river", in: scratch)
            #expect(asked.status <= Self.notRelevant, "\(store): \(asked.errors)")
            scratch.file("more.txt", "The sea is water and the river runs.\n")
            let more = try run("ingest more.txt --store \(store)", in: scratch)
            #expect(more.status == 0, "\(store): \(more.errors)")
            let summary = try run("summarize --store \(store) --query river", in: scratch)
            #expect(summary.status == 0, "\(store): \(summary.errors)")
        }
        let other = try run("ask --store plain --model static river", in: scratch)
        #expect(other.status == 78)
        #expect(other.errors.contains("store plain was made with the encoder"))
        let otherWidth = try run("ask --store narrow --model static river", in: scratch)
        #expect(otherWidth.status == 78, "\(otherWidth.errors)")
    }

    @Test func filesAreAskedWithTheStaticEncoder() throws {
        let asked = try run("ask river rivers.txt --model static --json", in: scratch())
        #expect(asked.status <= Self.notRelevant, "\(asked.errors)")
    }

    @Test func aMissingStaticEncoderSaysHowToMakeIt() throws {
        let scratch = try scratch()
        #expect(try run("ingest rivers.txt --store s --model static", in: scratch).status == 0)
        try FileManager.default.removeItem(
            at: scratch.folder.appending(path: "models/static.safetensors")
        )
        for command in ["ask --store s river", "ingest rivers.txt --store new --model static"] {
            let result = try run(command, in: scratch)
            #expect(result.status == 69)
            #expect(
                result.errors.contains(
                    "no static encoder: looked for models/static.safetensors; "
                        + "run `riverrun models distill`, or pass --models FOLDER"
                ),
                "\(result.errors)"
            )
        }
    }

    @Test(arguments: [
        ("ingest rivers.txt --store s --model other", "`other` is not a choice"),
        (
            "ingest rivers.txt --store s --set embed.width=16",
            "`embed` is to make vectors of 16 dimensions, the encoder makes 32"
        ),
        (
            "ingest rivers.txt --store s --model static --set embed.width=20",
            "vectors of 20 dimensions were asked for, the encoder has 32"
        ),
    ])
    func aChoiceThatIsNoneIsTold(command: String, message: String) throws {
        let result = try run(command, in: scratch())
        #expect(result.status == 64)
        #expect(result.errors.contains(message), "\(result.errors)")
    }

    @Test func aDamagedStaticEncoderIsTold() throws {
        let scratch = try scratch()
        let file = scratch.folder.appending(path: "models/static.safetensors")
        var content = try Data(contentsOf: file)
        content[content.count - 9] ^= 1
        try content.write(to: file)
        let result = try run("ingest rivers.txt --store s --model static", in: scratch)
        #expect(result.status == 69)
        #expect(
            result.errors.contains(
                "models/static.safetensors is malformed: its content does not match its digest; "
                    + "run `riverrun models distill` to make it again"
            ),
            "\(result.errors)"
        )
    }
}
