import Foundation
import Testing

@Suite struct BeamOptionsTests {
    private static let model = Binary.root
        .appending(path: "Tests/ModelsTests/Fixtures/llama/llama3.gguf").path

    private func generate(_ arguments: [String]) throws -> Binary.Result {
        try Binary.run(["generate", "--model", Self.model, "--prompt", "that is"] + arguments)
    }

    @Test func theBestTextIsWrittenAloneOrSeveralUnderTheirScores() throws {
        let arguments = ["--tokens", "8", "--ignore-end", "--beams", "4"]
        let best = try generate(arguments)
        #expect(best.status == 0 && best.errors == "" && best.output.utf8.count > 4)
        let several = try generate(arguments + ["--count", "2"])
        let paragraphs = several.output.components(separatedBy: "\n\n")
        #expect(paragraphs.count == 2)
        #expect(paragraphs[0].hasPrefix("1  -") && paragraphs[1].hasPrefix("2  -"))
        #expect(paragraphs[0].hasSuffix("\n" + best.output.dropLast()))
        let groups = try generate(arguments + ["--beam-groups", "2", "--diversity", "9"])
        #expect(groups.status == 0 && groups.output != "")
        #expect(try generate(arguments + ["--threads", "2"]).output == best.output)
    }

    @Test(arguments: [
        (["--beams", "0"], "--beams is from 1 to 64"),
        (["--beams", "65"], "--beams is from 1 to 64"),
        (["--beams", "4", "--beam-groups", "3"], "--beam-groups divides --beams"),
        (["--beams", "4", "--diversity", "1"], "--diversity goes with --beam-groups"),
        (
            ["--beams", "2", "--beam-groups", "2", "--diversity", "nan"],
            "--diversity is at least 0"
        ),
        (["--beams", "4", "--length-penalty", "inf"], "--length-penalty is a number"),
        (["--beams", "4", "--count", "5"], "--count is from 1 to"),
        (["--beams", "4", "--attention", "window"], "--beams goes with --attention full"),
        (["--beams", "4", "--beam-stop", "late"], "'late'"),
        (["--length-penalty", "2"], "--count go with --beams"),
        (["--beam-stop", "early"], "--count go with --beams"),
        (["--count", "1"], "--count go with --beams"),
        (["--beams", "4", "--temperature", "0"], "--temperature goes without --beams"),
        (["--beams", "4", "--seed", "7"], "--seed goes without --beams"),
    ])
    func whatIsWrongIsToldOnce(arguments: [String], problem: String) throws {
        let result = try generate(arguments)
        #expect(result.status == 64)
        #expect(result.errors.contains(problem), "\(result.errors)")
        #expect(result.output == "")
    }
}
