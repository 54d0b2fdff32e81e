import Foundation
import Testing

/// Holds the README to what the program does.
@Suite struct ReadmeTests {
    private static let readme = Binary.root.appending(path: "README.md")

    @Test func everyCommandPrintsWhatTheReadmeSays() throws {
        let script = Binary.root.appending(path: "scripts/readme.py").path()
        let result = try Binary.shell("python3 '\(script)' --check")
        #expect(result.status == 0, "run scripts/readme.py: \(result.output)\(result.errors)")
    }

    @Test func theTwoCommandsAreThoseOfTheMakefile() throws {
        let text = try String(contentsOf: Self.readme, encoding: .utf8)
        var commands: [Substring] = []
        for block in text.matches(of: /```sh\n((?s).*?)```/) {
            commands += block.1.split(separator: "\n")
        }
        #expect(commands == ["make demo", "make test"])
        let dryRun = try Binary.shell("make --dry-run demo test")
        #expect(dryRun.status == 0)
        #expect(dryRun.output.contains("scripts/demo.sh"))
        #expect(dryRun.output.contains("swift test"))
        let ci = try String(contentsOf: Binary.root.appending(path: ".ci/run"), encoding: .utf8)
        #expect(ci.contains("make test"))
    }

    @Test func theDemoRuns() throws {
        let scratch = try Scratch()
        let demo = "scripts/demo.sh '\(Binary.executable.path())' '\(scratch.path("store"))'"
        let result = try Binary.shell(demo)
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.errors.contains("read 14 documents"))
        #expect(result.output.contains("score"))
        #expect(result.output.contains("/MPL-2.0:"))
    }
}
