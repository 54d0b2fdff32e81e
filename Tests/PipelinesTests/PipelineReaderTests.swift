import Dataflow
import Pipelines
import Testing

@Suite struct PipelineReaderTests {
    /// Checks that a file has exactly these faults, each `line:column: problem; mend`.
    private func check(_ yaml: String, _ expected: String...) {
        do {
            _ = try Toy.reader.pipeline(from: yaml, file: "p.yaml")
            #expect(expected.isEmpty)
        } catch .invalid(let issues) {
            #expect(
                issues.map { "\($0.line):\($0.column): \($0.problem); \($0.mend)" } == expected
            )
        } catch {
            Issue.record(error)
        }
    }

    private func stages(_ items: String...) -> String {
        "name: test\nstages:\n" + items.map { "  - \($0)\n" }.joined()
    }

    // MARK: - What is right

    @Test func aWholeFileIsReadWithTheDefaultsOfWhatItLeavesOut() throws {
        let yaml = """
            # All of it.
            name: test
            description: "Counts: really"
            checkpoint: {bytes: 64KiB}
            channels: {bytes: 1 MB, rows: 7}
            stages:
              - count: {limit: 5}
              - spell:
                  buffer: 2KiB
                  prefix: "n: "
              - embed
            """
        let pipeline = try Toy.reader.pipeline(from: yaml, file: "p.yaml")
        #expect(pipeline.name == "test")
        #expect(pipeline.description == "Counts: really")
        #expect(pipeline.checkpointBytes == 65_536)
        #expect(pipeline.channelCapacity == ChannelCapacity(bytes: 1_000_000, rows: 7))
        #expect(
            pipeline.effectiveSettings == """
                count.limit=5
                count.unit=one
                spell.buffer=2048
                spell.prefix=n: 
                embed.weight=0.5
                embed.exact=true

                """
        )
        #expect(
            pipeline.columns.map { $0.map(\.name) } == [["value"], ["text"], ["text", "vector"]]
        )
        #expect(pipeline.contains("embed"))
        #expect(!pipeline.contains("rank"))
    }

    @Test func aStageWithoutKeysCanBeWrittenInThreeWays() {
        check(stages("count", "spell:", "embed: {}"))
        check(stages("count: ~", "spell: null"))
    }

    @Test func anchorsAndAliasesStandForWhatTheyName() throws {
        let yaml = """
            name: test
            checkpoint: &sizes {bytes: 1KiB}
            channels: *sizes
            stages: [count, spell]
            """
        let pipeline = try Toy.reader.pipeline(from: yaml, file: "p.yaml")
        #expect(pipeline.checkpointBytes == 1024)
        #expect(pipeline.channelCapacity.bytes == 1024)
    }

    // MARK: - Stages

    @Test func anUnknownStageIsToldWithTheNearest() {
        check(
            stages("count", "spel"),
            "4:5: there is no stage `spel`; did you mean `spell`?"
        )
        check(
            stages("count", "translate: {to: german}"),
            "4:5: there is no stage `translate`; the stages are count, spell, embed, rank"
        )
    }

    @Test func whatIsNoStageIsTold() {
        let mend = "write `- NAME` or `- NAME: {KEY: VALUE}`"
        check(stages("count", "[spell]"), "4:5: this is not a stage; \(mend)")
        check(stages("{count: {}, spell: {}}"), "3:5: this is not a stage; \(mend)")
        check(
            stages("count", ""),
            "4:4: there is no stage ``; the stages are count, spell, embed, rank"
        )
    }

    @Test func theSourceStandsFirstAndOnlyThere() {
        check(
            stages("spell"),
            "3:5: `spell` cannot stand first; begin with `count`",
            "3:5: `spell` needs the column `value`, which no stage before it adds; "
                + "put `count` before it"
        )
        check(
            stages("count", "spell", "count"),
            "5:5: `count` must stand first; move it to the front",
            "5:5: `count` stands here twice; remove one of them"
        )
    }

    @Test func aStageStandsOnce() {
        check(
            stages("count", "spell", "embed", "embed"),
            "6:5: `embed` stands here twice; remove one of them"
        )
    }

    // MARK: - Columns

    @Test func aMissingColumnIsToldWithTheStageThatAddsIt() {
        check(
            stages("count", "embed"),
            "4:5: `embed` needs the column `text`, which no stage before it adds; "
                + "put `spell` before it"
        )
    }

    @Test func aColumnIsGoneBehindAStageThatReplacesRows() {
        check(
            stages("count", "spell", "embed", "spell"),
            "6:5: `spell` stands here twice; remove one of them",
            "6:5: `spell` needs the column `value`, which no stage before it adds; "
                + "put `count` before it"
        )
    }

    @Test func aColumnOfAnotherTypeIsTold() {
        check(
            stages("count", "spell", "embed", "rank"),
            "6:5: `rank` needs `vector` as float32[8], not float32[4]; "
                + "change the stage that adds it"
        )
    }

    // MARK: - Keys

    @Test func anUnknownKeyIsToldWithTheNearestOrAll() {
        check(
            stages("count: {limits: 5}"),
            "3:13: there is no key `limits` of `count`; did you mean `limit`?"
        )
        check(
            stages("count: {colour: red}"),
            "3:13: there is no key `colour` of `count`; the keys are limit, unit"
        )
        check(
            stages("count", "spell", "embed", "rank: {by: size}"),
            "6:5: `rank` needs `vector` as float32[8], not float32[4]; "
                + "change the stage that adds it",
            "6:12: there is no key `by` of `rank`; it has none"
        )
        check(
            "nmae: x\nname: test\nstages: [count]\n",
            "1:1: there is no key `nmae`; did you mean `name`?"
        )
        check(
            "name: test\nstages: [count]\ncheckpoint: {byte: 5}\n",
            "3:14: there is no key `byte` of `checkpoint`; did you mean `bytes`?"
        )
    }

    @Test(arguments: [
        (
            "count: {limit: many}",
            "3:20: `many` does not fit `limit`; give it a whole number from 1 to 10"
        ),
        (
            "count: {limit: 1.5}",
            "3:20: `1.5` does not fit `limit`; give it a whole number from 1 to 10"
        ),
        (
            "count: {limit: 11}",
            "3:20: `limit`: 11 is out of range; give it a whole number from 1 to 10"
        ),
        (
            "count: {limit: [1]}",
            "3:20: a list or mapping does not fit `limit`; give it a whole number from 1 to 10"
        ),
        ("count: {unit: ten}", "3:19: `unit`: `ten` is not a choice; give it one of `one`, `two`"),
        ("count: 5", "3:12: the keys of `count` are not a mapping; write `{KEY: VALUE}`"),
        ("count: [limit]", "3:12: the keys of `count` are not a mapping; write `{KEY: VALUE}`"),
    ])
    func aValueOfTheSourceThatDoesNotFitIsTold(item: String, expected: String) {
        check(stages(item), expected)
    }

    @Test(arguments: [
        ("{weight: heavy}", "`heavy` does not fit `weight`; give it a number from 0.0 to 1.0"),
        ("{weight: nan}", "`nan` does not fit `weight`; give it a number from 0.0 to 1.0"),
        ("{weight: 1.01}", "`weight`: 1.01 is out of range; give it a number from 0.0 to 1.0"),
        ("{exact: maybe}", "`maybe` does not fit `exact`; give it true or false"),
    ])
    func aValueOfAStageThatDoesNotFitIsTold(keys: String, expected: String) {
        let column = 12 + keys.prefix { $0 != " " }.count + 1
        check(stages("count", "spell", "embed: \(keys)"), "5:\(column): \(expected)")
    }

    @Test(arguments: ["", "5XB", "-1", "0", "99999999999999999999", "1e3"])
    func whatIsNoSizeIsTold(size: String) {
        do {
            _ = try Toy.reader.pipeline(
                from: stages("count", "spell: {buffer: \"\(size)\"}"),
                file: "p.yaml"
            )
            Issue.record("\(size) is no size")
        } catch {
            #expect(error.problem.hasPrefix("p.yaml:4:21: error: "))
            #expect(error.problem.hasSuffix("; give it a count of bytes, such as 64KiB"))
        }
    }

    // MARK: - The file as a whole

    @Test func allFaultsAreToldAtOnceInTheirOrder() {
        check(
            """
            title: x
            stages:
              - count: {limit: 0, unti: one}
              - embed: {weight: 2}
              - translate
            channels: {rows: none}
            """,
            "1:1: there is no key `title`; "
                + "the keys are name, description, stages, checkpoint, channels",
            "1:1: the pipeline has no name; add `name: WORD`",
            "3:20: `limit`: 0 is out of range; give it a whole number from 1 to 10",
            "3:23: there is no key `unti` of `count`; did you mean `unit`?",
            "4:21: `weight`: 2.0 is out of range; give it a number from 0.0 to 1.0",
            "5:5: there is no stage `translate`; the stages are count, spell, embed, rank",
            "6:18: `rows` is not a size; give it a number above 0, such as 64KiB"
        )
    }

    @Test(arguments: ["name: test", "name: test\nstages: []", "name: test\nstages: count"])
    func aPipelineWithoutStagesIsTold(yaml: String) {
        do {
            _ = try Toy.reader.pipeline(from: yaml, file: "p.yaml")
            Issue.record("there are no stages")
        } catch {
            #expect(
                error.problem.hasSuffix(
                    "the pipeline has no stages; add `stages:` and a list that begins with `- ingest`"
                )
            )
        }
    }

    @Test func whatIsNoMappingIsTold() {
        check("", "1:1: the file is empty; begin it with `name:` and `stages:`")
        check("# nothing\n", "1:1: the file is empty; begin it with `name:` and `stages:`")
        let message = "the file is not a mapping; begin it with `name:` and `stages:`"
        check("- count\n- spell\n", "1:1: \(message)")
        check("just words", "1:1: \(message)")
        check(
            "name: test\nstages: [count]\ncheckpoint: 5\n",
            "3:13: `checkpoint` is not a mapping; write `{bytes: SIZE}`"
        )
    }

    @Test func brokenSyntaxIsToldWithItsPlace() {
        check(
            "name: test\nstages:\n\t- count\n",
            "3:1: this is not YAML: found character that cannot start any token; "
                + "mend the syntax here"
        )
        check(
            "name: test\nstages: [count\n",
            "3:1: this is not YAML: did not find expected ',' or ']'; mend the syntax here"
        )
        check(
            "name: test\nstages: *none\n",
            "2:9: this is not YAML: found undefined alias; mend the syntax here"
        )
        check(
            "name: test\nstages: [count]\n---\nname: more\n",
            "3:1: this is not YAML: but found another document; mend the syntax here"
        )
        check(
            "name: test\nstages: [count\u{1}]\n",
            "2:15: this is not YAML: control characters are not allowed; remove it"
        )
    }

    @Test func aKeyThatStandsTwiceIsTold() {
        check(
            "name: test\nstages: [count]\nname: again\n",
            "1:1: `name` stands twice in this mapping; remove one"
        )
        check(
            stages("count: {limit: 1, limit: 2}"),
            "3:13: `limit` stands twice in this mapping; remove one"
        )
    }

    @Test func aFileThatIsTooLargeIsNotParsed() {
        check(
            "name: test\n" + String(repeating: "# comment\n", count: 110_000),
            "1:1: the file has more than 1 MiB; pass a pipeline file, not data"
        )
    }

    @Test(arguments: ["[", "{a: ", "- ", "? "])
    func nestingIsBounded(opening: String) async {
        await #expect(processExitsWith: .success) { [opening = opening as String] in
            let yaml = String(repeating: opening, count: 100_000)
            #expect(throws: PipelineError.self) {
                try Toy.reader.pipeline(from: yaml, file: "p.yaml")
            }
        }
    }
}
