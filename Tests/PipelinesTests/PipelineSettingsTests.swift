import Dataflow
import Diagnostics
import Foundation
import Pipelines
import Testing

/// What is given outside a file, and the file itself.
@Suite struct PipelineSettingsTests {
    private let yaml = "name: test\nstages: [count, spell, embed: {weight: 0.25}]\n"

    private func pipeline() throws -> Pipeline {
        try Toy.reader.pipeline(from: yaml, file: "p.yaml")
    }

    @Test func settingsReplaceWhatTheFileSays() throws {
        let pipeline = try pipeline().applying([
            "embed.weight=0.75", "spell.prefix=a=b", "spell.buffer=1KiB", "spell.buffer=2KiB",
            "embed.exact=false",
        ])
        #expect(pipeline.items[2].settings.number("weight") == 0.75)
        #expect(pipeline.items[2].settings.boolean("exact") == false)
        #expect(pipeline.items[1].settings.string("prefix") == "a=b")
        #expect(pipeline.items[1].settings.integer("buffer") == 2048)
        #expect(pipeline.items[0].settings.integer("limit") == 3)
    }

    @Test(arguments: [
        ("embed", "--set embed: this is not a setting"),
        ("embed=1", "--set embed=1: this is not a setting"),
        ("", "--set : this is not a setting"),
        ("=", "--set =: this is not a setting"),
        ("embed.size=1", "--set embed.size=1: `embed` has no key `size`, it has weight, exact"),
        ("embed.weight=x", "--set embed.weight=x: it takes a number from 0.0 to 1.0"),
        (
            "embed.weight=7",
            "--set embed.weight=7: 7.0 is out of range, it takes a number from 0.0 to 1.0"
        ),
        (
            "count.unit=six",
            "--set count.unit=six: `six` is not a choice, it takes one of `one`, `two`"
        ),
        (
            "spell.buffer=0",
            "--set spell.buffer=0: 0 is not a size, it takes a count of bytes, such as 64KiB"
        ),
    ])
    func aSettingThatDoesNotFitIsTold(setting: String, problem: String) throws {
        let pipeline = try pipeline()
        let error = #expect(throws: PipelineError.self) { try pipeline.applying([setting]) }
        #expect(error?.problem == problem)
        #expect(error?.exitCode == .usage)
    }

    @Test func aStageThatIsNotThereIsTold() throws {
        let pipeline = try pipeline()
        let error = #expect(throws: PipelineError.self) { try pipeline.applying(["rank.by=x"]) }
        #expect(
            error?.description == """
                there is no stage `rank` in the pipeline, which has count, spell, embed; name one \
                of these
                """
        )
    }

    @Test(arguments: [
        ("65536", 65_536), ("64KiB", 65_536), ("64kib", 65_536), ("4 MB", 4_000_000),
        ("1GiB", 1 << 30), ("12b", 12), ("0", 0), ("2 GB", 2_000_000_000),
    ])
    func sizesAreReadAsPeopleWriteThem(text: String, count: Int) {
        #expect(ByteSize.count(of: text) == count)
    }

    @Test(arguments: ["", "KiB", "x", "1.5MB", "-1", "-1KiB", "9223372036854775807KiB", "1 K iB"])
    func whatIsNoSizeIsNil(text: String) {
        #expect(ByteSize.count(of: text) == nil)
    }

    // MARK: - Files

    private func check(_ content: Data?, _ expected: (String) -> String) throws {
        let path = NSTemporaryDirectory() + "pipeline-\(UUID().uuidString).yaml"
        defer { try? FileManager.default.removeItem(atPath: path) }
        if let content { try content.write(to: URL(filePath: path)) }
        let error = #expect(throws: PipelineError.self) {
            try Toy.reader.pipeline(atPath: path)
        }
        #expect(error?.description == expected(path))
    }

    @Test func aFileThatCannotBeReadIsTold() throws {
        try check(nil) {
            "\($0): cannot read the pipeline: no such file or directory; check the path"
        }
        try check(Data([0xFF, 0xFE, 0x00])) {
            "\($0): cannot read the pipeline: it is not UTF-8; check the path"
        }
        try check(Data(count: 2 << 20)) {
            "\($0): cannot read the pipeline: it has more than 1 MiB; check the path"
        }
        try check(Data()) {
            "\($0):1:1: error: the file is empty; begin it with `name:` and `stages:`"
        }
        let error = #expect(throws: PipelineError.self) {
            try Toy.reader.pipeline(atPath: NSTemporaryDirectory())
        }
        #expect(error?.problem.contains("is a directory") == true)
        #expect(throws: PipelineError.self) { try Toy.reader.pipeline(atPath: "/dev/zero") }
    }

    @Test func faultsAreLinesThatEditorsJumpTo() throws {
        let error = #expect(throws: PipelineError.self) {
            try Toy.reader.pipeline(from: "name: test\nstages: [cuont]\nx: 1\n", file: "a b.yaml")
        }
        #expect(
            error?.description == """
                a b.yaml:2:10: error: there is no stage `cuont`; did you mean `count`?
                a b.yaml:3:1: error: there is no key `x`; the keys are name, description, stages, \
                checkpoint, channels
                """
        )
        #expect(error?.exitCode == .configuration)
    }

    // MARK: - Renderings

    @Test func thePipelineIsDrawnWithTheColumnsOfEachEdge() throws {
        #expect(
            try pipeline().mermaid == """
                flowchart LR
                    s0["count"]
                    s1["spell"]
                    s2["embed"]
                    s0 -->|"value"| s1
                    s1 -->|"text"| s2

                """
        )
    }

    @Test func theReferenceIsMadeFromTheDeclarations() {
        #expect(
            [Toy.count, Toy.spell].reference == """
                ### `count`

                Counts up.

                | key | value | default | |
                | --- | --- | --- | --- |
                | `limit` | whole number, 1 to 10 | `3` | how far |
                | `unit` | `one`, `two` | `one` | the step |

                Adds:

                - `value` (int64): a number

                ```yaml
                - count: {limit: 5}
                ```

                ### `spell`

                Spells each number.

                | key | value | default | |
                | --- | --- | --- | --- |
                | `buffer` | bytes, such as 64KiB | `4096` | room for words, in bytes |
                | `prefix` | text | `""` | what stands before each |

                Needs `value` (int64).

                Rows that leave have:

                - `text` (text): the number in words

                ```yaml
                - spell: {buffer: 1KiB}
                ```

                """
        )
    }
}
