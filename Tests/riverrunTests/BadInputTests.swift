import Foundation
import Testing

/// Bad input gets one clear message and a status from sysexits; the rest of the run goes on.
@Suite struct BadInputTests {
    /// Runs in a scratch folder that holds a text, an empty file and a folder without text.
    private func run(_ arguments: [String], in scratch: Scratch) throws -> Binary.Result {
        scratch.file("good.txt", "The Shannon is the longest river of Ireland.\n")
        scratch.file("empty.txt", "")
        try FileManager.default.createDirectory(
            at: scratch.folder.appending(path: "nothing"),
            withIntermediateDirectories: true
        )
        return try Binary.run(arguments, directory: scratch.folder)
    }

    @Test(arguments: [
        ("ingest none.txt --store s", 66, "none.txt: no such file or folder; check the path"),
        ("ingest good.txt/x.txt --store s", 66, "good.txt/x.txt"),
        ("ingest empty.txt --store s", 65, "empty.txt: there is no text in it; leave it out"),
        ("ingest nothing --store s", 66, "nothing: the folder holds no text file"),
        ("ingest good.txt --store /proc/none/s", 73, "cannot create store /proc/none/s"),
        ("ingest good.txt --store good.txt", 65, "good.txt is not a store: it is not a folder"),
        ("ingest good.txt --store nothing/..", 65, "is not a store"),
        ("ask --store none Why?", 66, "no store at none; check the path"),
        ("ask Why?", 64, "`ask` needs a store; pass --store FOLDER"),
        ("ask --store none Why? good.txt", 64, "`good.txt` is one argument too many"),
        ("summarize none.txt", 66, "none.txt: no such file or folder"),
        ("inspect good.txt", 65, "good.txt is not a store"),
        ("run none.yaml", 66, "none.yaml: cannot read the pipeline"),
        ("check good.txt", 78, "good.txt:1:1: error: "),
        ("ingest good.txt --store s --models nothing", 69, "no sentence encoder"),
        ("ingest good.txt --store s --set embed.none=1", 64, "`embed` has no key `none`"),
        ("ingest good.txt --store s --threads 0", 64, "--threads is at least 1"),
    ])
    func oneMessageSaysWhatIsWrong(command: String, status: Int32, message: String) throws {
        let result = try run(command.split(separator: " ").map(String.init), in: Scratch())
        #expect(result.status == status, "\(result.errors)")
        #expect(result.errors.contains(message), "\(result.errors)")
        #expect(result.output == "")
    }

    @Test func oneBadDocumentDoesNotStopTheRest() throws {
        let scratch = try Scratch()
        let command = ["ingest", "none.txt", "empty.txt", "good.txt", "--store", "s"]
        let result = try run(command, in: scratch)
        #expect(result.status == 2)
        #expect(result.errors.contains("none.txt: no such file"))
        #expect(result.errors.contains("empty.txt: there is no text"))
        let asked = try run(["ask", "--store", "s", "--json", "Shannon?"], in: scratch)
        #expect(try asked.objects().first?["document"] as? String == "good.txt")
    }

    @Test func bytesThatAreNotUTF8AreToldWithTheirOffset() throws {
        let scratch = try Scratch()
        scratch.file("bad.txt", Data("A river.".utf8) + Data([0xFF]) + Data(" More.\n".utf8))
        let replaced = try run(["run", segments, "bad.txt"], in: scratch)
        #expect(replaced.status == 0)
        #expect(replaced.output.contains("A river.\u{FFFD} More."))
        #expect(replaced.errors.contains("bad.txt"))
        #expect(replaced.errors.contains("8"))
        let options = ["--store", "s", "--invalid-utf8", "refuse"]
        let refused = try run(["ingest", "bad.txt"] + options, in: scratch)
        #expect(refused.status == 65)
        #expect(refused.errors.contains("not valid UTF-8 at byte 8"), "\(refused.errors)")
    }

    @Test func aStoreOfAnotherEncoderIsRefused() throws {
        let scratch = try Scratch()
        #expect(try run(["ingest", "good.txt", "--store", "s"], in: scratch).status == 0)
        let other = try models(in: scratch) { weights in
            // The last byte of a weight somewhere in the middle.
            try weights.seek(toOffset: 40_000_003)
            let byte = try weights.read(upToCount: 1)?.first ?? 0
            try weights.seek(toOffset: 40_000_003)
            try weights.write(contentsOf: [byte ^ 1])
        }
        for command in [
            ["ask", "--store", "s", "Shannon?"], ["ingest", "good.txt", "--store", "s"],
        ] {
            let result = try run(command + ["--models", other], in: scratch)
            #expect(result.status == 78, "\(result.errors)")
            #expect(result.errors.contains("store s was made with the encoder"))
        }
    }

    @Test func truncatedWeightsAreNamed() throws {
        let scratch = try Scratch()
        let cut = try models(in: scratch) { try $0.truncate(atOffset: 1 << 20) }
        let command = ["ingest", "good.txt", "--store", "s", "--models", cut]
        let result = try run(command, in: scratch)
        #expect(result.status == 69, "\(result.errors)")
        #expect(result.errors.contains("model.safetensors is truncated"), "\(result.errors)")
        #expect(result.errors.contains("run `make setup`"))
    }

    private var segments: String {
        Binary.root.appending(path: "pipelines/segments.yaml").path()
    }

    /// A copy of the encoder's folder whose weights `change` has altered.
    private func models(
        in scratch: Scratch,
        change: (FileHandle) throws -> Void
    ) throws -> String {
        let models = scratch.folder.appending(path: "models")
        let source = Binary.root.appending(path: "models").resolvingSymlinksInPath()
        try FileManager.default.copyItem(at: source, to: models)
        let weights = models.appending(path: "all-MiniLM-L6-v2/model.safetensors")
        let file = try FileHandle(forUpdating: weights)
        try change(file)
        try file.close()
        return models.path()
    }
}
