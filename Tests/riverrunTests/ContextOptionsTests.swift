import Foundation
import Testing

@Suite struct ContextOptionsTests {
    private static let model = Binary.root
        .appending(path: "Tests/ModelsTests/Fixtures/llama/llama3.gguf").path

    private func generate(_ arguments: [String]) throws -> Binary.Result {
        try Binary.run(
            ["generate", "--model", Self.model, "--prompt", "that is", "--temperature", "0"]
                + ["--tokens", "20", "--ignore-end"] + arguments
        )
    }

    @Test func eachOptionChangesTheTextButDraftsDoNot() throws {
        let plain = try generate([])
        #expect(plain.status == 0)
        let changed = [
            ["--prior", "2"], ["--prior", "2", "--prior-prompt", "is"], ["--ngram-share", "0.9"],
            ["--skip-layers", "1"], ["--loop-layers", "0-1"],
        ]
        for arguments in changed {
            let result = try generate(arguments)
            #expect(result.status == 0 && result.errors == "", "\(arguments)")
            #expect(result.output != plain.output, "\(arguments)")
        }
        #expect(try generate(["--draft", "8"]).output == plain.output)
        #expect(try generate(["--skip-layers", "1", "--beams", "2"]).status == 0)
    }

    @Test(arguments: [
        (["--prior=-1"], "--prior is at least 0"),
        (["--prior", "nan"], "--prior is at least 0"),
        (["--prior-prompt", "a"], "--prior-prompt goes with --prior"),
        (["--ngram-share", "1"], "--ngram-share is at least 0 and below 1"),
        (["--draft", "65"], "--draft is from 0 to 64"),
        (["--draft", "4", "--attention", "window"], "--draft goes with --attention full"),
        (["--draft", "4", "--beams", "2"], "go without --beams"),
        (["--skip-layers", "5-3"], "'5-3'"),
        (["--skip-layers", "1,,2"], "'1,,2'"),
        (["--skip-layers", "0-1"], "all layers of the model were left out"),
        (["--skip-layers", "7"], "layer 7 was named, and the model has layers 0 to 1"),
        (["--loop-layers", "1-4"], "layer 4 was named, and the model has layers 0 to 1"),
        (["--loop-layers", "0,1"], "--loop-layers is one stretch of layers"),
    ])
    func whatIsWrongIsToldOnce(arguments: [String], problem: String) throws {
        let result = try generate(arguments)
        #expect(result.status == 64)
        #expect(result.errors.contains(problem), "\(result.errors)")
        #expect(result.output == "")
    }
}
