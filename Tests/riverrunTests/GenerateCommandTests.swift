import Foundation
import Testing

@Suite struct GenerateCommandTests {
    static let model = Binary.root
        .appending(path: "Tests/ModelsTests/Fixtures/llama/llama3.gguf").path

    private func generate(_ arguments: [String], input: Data? = nil) throws -> Binary.Result {
        try Binary.run(["generate", "--model", Self.model] + arguments, input: input)
    }

    @Test func aTextIsGoneOnWithTheSameOnAnyThreads() throws {
        let arguments = ["--tokens", "20", "--ignore-end", "--seed", "3"]
        let one = try generate(arguments + ["--prompt", "that is", "--threads", "1"])
        #expect(one.status == 0 && one.errors == "")
        #expect(one.output.hasSuffix("\n") && one.output.utf8.count > 10)
        #expect(try generate(arguments + ["--prompt", "that is"]).output == one.output)
        #expect(try generate(arguments, input: Data("that is".utf8)).output == one.output)
        let other = try generate(
            ["--tokens", "20", "--ignore-end", "--seed", "4", "--prompt", "that is"]
        )
        #expect(other.output != one.output)
    }

    @Test func aFullContextIsTold() throws {
        let result = try generate(["--prompt", "that", "--ignore-end", "--context", "16"])
        #expect(result.status == 0)
        #expect(result.errors == "riverrun: the context of 16 tokens is full; stopped\n")
    }

    @Test(arguments: [
        (
            ["--prompt", "a", "--context", "65"], 64,
            "the context holds 64 tokens, and 65 are needed"
        ),
        (["--prompt", "ababababab", "--context", "3"], 64, "the context holds 3 tokens"),
        (["--prompt", "a", "--temperature=-1"], 64, "--temperature is at least 0"),
        (["--prompt", "a", "--temperature", "nan"], 64, "--temperature is at least 0"),
        (["--prompt", "a", "--top-p", "2"], 64, "--top-p is from 0 to 1"),
        (["--prompt", "a", "--tokens", "0"], 64, "--tokens is at least 1"),
        (["--prompt", "a", "--chat"], 69, "the model's file has no chat template of ChatML"),
        (["--prompt", "a", "--chat", "--beams", "2"], 64, "--chat goes without --beams"),
        (["--prompt", "a", "--window", "256"], 64, "--window goes with --attention"),
        (["--prompt", "a", "--attention", "window", "--window", "9"], 64, "--window is at least"),
        (["--prompt", "a", "--attention", "infllm", "--context", "9"], 64, "others have no limit"),
        (
            ["--prompt", "a", "--attention", "infllm", "--window", "256"], 64,
            "a window of 256 tokens is longer than the 64 that the model was made for"
        ),
        (
            ["--prompt", "a", "--attention", "landmark"], 64,
            "the model has no token <landmark>, so it was not trained for landmark attention"
        ),
        (
            ["--prompt", "a", "--attention", "hip", "--window", "256"], 64,
            "a window of 512 tokens is longer than the 64"
        ),
        (["--prompt", "a", "--model", "/nonexistent.gguf"], 66, "cannot read /nonexistent.gguf"),
        (["--prompt", "a", "--model", "/etc/passwd"], 65, "does not begin with GGUF"),
    ])
    func whatIsWrongIsToldOnce(arguments: [String], status: Int32, problem: String) throws {
        let result = try generate(arguments)
        #expect(result.status == status)
        #expect(result.errors.contains(problem), "\(result.errors)")
        #expect(result.output == "")
    }

    private static let llama2 = Binary.root
        .appending(path: "../shared/models/stories260K/stories260K.bin").path

    @Test(.enabled(if: FileManager.default.fileExists(atPath: llama2)))
    func aModelOfLlama2cGoesOnAsItsGGUFFileDoes() throws {
        let arguments = ["--prompt", "Once upon a time", "--temperature", "0", "--tokens", "16"]
        let ours = try Binary.run(["generate", "--model", Self.llama2] + arguments)
        #expect(ours.output.hasPrefix(", there was a little girl named Lily."))
        let gguf = try Binary.run(["generate", "--model", Self.stories] + arguments)
        #expect(ours.status == 0 && ours.output == gguf.output && ours.errors == "")
    }

    @Test func aModelOfLlama2cWithoutTokenizerIsRefused() throws {
        let scratch = try Scratch()
        let path = scratch.folder.appending(path: "model.bin").path
        // One layer of two numbers, two tokens, one position: 7 counts, 32 weights, 2 turns.
        let counts: [Int32] = [2, 2, 1, 1, 1, 2, 1]
        var data = Data(counts.flatMap { withUnsafeBytes(of: $0.littleEndian, Array.init) })
        data.append(Data(count: 4 * (4 + 2 + 16 + 2 + 12 + 2 + 2)))
        try data.write(to: URL(filePath: path))
        let result = try Binary.run(["generate", "--model", path, "--prompt", "a"])
        #expect(result.status == 66 && result.output == "")
        #expect(result.errors.contains("no tokenizer of 2 tokens is beside \(path); put"))
    }

    /// Made for 512 tokens.
    private static let stories = Binary.root
        .appending(path: "../shared/models/stories260K/stories260K-F32.gguf").path

    @Test(
        .enabled(if: FileManager.default.fileExists(atPath: stories)),
        arguments: ["window", "infllm", "hip"]
    )
    func aPromptLongerThanTheContextIsReadByBlocks(attention: String) throws {
        let prompt = String(repeating: "Lily had a red ball and a big dog. ", count: 100)
        let arguments = ["generate", "--model", Self.stories, "--prompt", prompt, "--tokens", "12"]
        let whole = try Binary.run(arguments)
        #expect(whole.status == 64 && whole.output == "")
        let more = ["--attention", attention, "--temperature", "0"]
        let (one, two) = (
            try Binary.run(arguments + more + ["--threads", "1"]),
            try Binary.run(arguments + more + ["--threads", "2"])
        )
        #expect(one.status == 0 && one.output.utf8.count > 10)
        #expect(one.output == two.output)
    }

    /// A model whose context is so long that it goes on until it is stopped.
    @Test func interruptionStopsBetweenTokens() throws {
        let scratch = try Scratch()
        var bytes = try Data(contentsOf: URL(filePath: Self.model))
        let key = Data("llama.context_length".utf8)
        let place = try #require(bytes.firstRange(of: key)).upperBound + 4
        bytes.replaceSubrange(place..<(place + 4), with: [0, 0, 16, 0])
        let model = scratch.file("long.gguf", bytes).path
        let running = try Running(
            [
                "generate", "--model", model, "--prompt", "that", "--tokens", "1000000",
                "--context", "1000000", "--ignore-end",
            ],
            in: scratch
        )
        try running.waitForOutput()
        running.send(SIGINT)
        #expect(running.wait() == 130)
        #expect(running.errors == "riverrun: stopped\n")
    }

    /// Gone readers end it too.
    @Test func aClosedPipeIsAnError() throws {
        let command = """
            riverrun generate --model \(Self.model) --prompt that --ignore-end --context 60 \
            | head -c 1 > /dev/null; exit ${PIPESTATUS[0]}
            """
        #expect([0, 74].contains(try Binary.shell(command).status))
    }
}
