import Foundation
import Testing

/// `check`, `graph`, `run` and `--tap` over pipeline files.
@Suite struct PipelineCommandTests {
    private static let model = Binary.root.appending(path: "Tests/ModelsTests/Fixtures/tiny-bert")
        .path()

    @Test func checkTellsEveryFaultOfEveryFileAndRunsNothing() throws {
        let scratch = try Scratch()
        let first = scratch.file(
            "first.yaml",
            """
            name: first
            stages:
              - ingest: {fromat: text}
              - chunk: {maximum_pieces: many}
              - embedd
            """
        )
        let second = scratch.file("second.yaml", "name: second\nstages: [ingest, encode]\n")
        let third = scratch.file("third.yaml", "name: third\nstages: [ingest, chunk]\n")
        let result = try Binary.run(["check", first.path(), second.path(), third.path()])
        let needs = ["text", "start", "end", "kind", "path", "vector", "pieces"]
        let lines = result.errors.split(separator: "\n").map(String.init)
        #expect(
            lines.prefix(3) == [
                "\(first.path()):3:14: error: there is no key `fromat` of `ingest`; "
                    + "did you mean `format`?",
                "\(first.path()):4:29: error: `many` does not fit `maximum_pieces`; "
                    + "give it a whole number from 8 to 254",
                "\(first.path()):5:5: error: there is no stage `embedd`; did you mean `embed`?",
            ]
        )
        let missing = needs.filter { need in
            lines.contains { $0.contains("`encode` needs the column `\(need)`") }
        }
        #expect(missing == ["end", "kind", "path", "vector", "pieces"])
        #expect(result.output == "\(third.path()): no faults\n")
        #expect(result.status == 78)
    }

    @Test func theStandardPipelinesAreWithoutFaults() throws {
        let result = try Binary.shell("riverrun check pipelines/*.yaml")
        #expect(result.errors == "")
        #expect(result.output.split(separator: "\n").allSatisfy { $0.hasSuffix(": no faults") })
        #expect(result.status == 0)
    }

    @Test func aFileThatIsNotThereIsTold() throws {
        let result = try Binary.run(["check", "none.yaml"])
        #expect(
            result.errors
                == "riverrun: none.yaml: cannot read the pipeline: no such file or directory; "
                + "check the path\n"
        )
        #expect(result.status == 66)
    }

    @Test func aBrokenPipelineIsNotRun() throws {
        let scratch = try Scratch()
        let file = scratch.file("broken.yaml", "name: broken\nstages: [ingest, chnuk]\n")
        let result = try Binary.run(["run", file.path(), "-"], input: Data("The sea.".utf8))
        #expect(
            result.errors == """
                riverrun: \(file.path()):2:18: error: there is no stage `chnuk`; did you mean \
                `chunk`?

                """
        )
        #expect(result.output == "")
        #expect(result.status == 78)
    }

    @Test func graphDrawsTheChain() throws {
        let result = try Binary.run(["graph", "pipelines/segments.yaml"])
        #expect(
            result.output == """
                flowchart LR
                    s0["ingest"]
                    s1["chunk"]
                    s2["structurize"]
                    s0 -->|"text, start"| s1
                    s1 -->|"start, end, text"| s2

                """
        )
    }

    @Test func runPrintsTheRowsOfTheLastStageOrOfTheTap() throws {
        let text = Data("The river runs. It is water.\n".utf8)
        let last = try Binary.run(["run", "pipelines/segments.yaml", "-"], input: text)
        #expect(
            last.output == """
                {"document":"stdin","start":0,"end":16,"kind":"sentence","path":[],\
                "text":"The river runs. "}
                {"document":"stdin","start":16,"end":29,"kind":"sentence","path":[],\
                "text":"It is water.\\n"}

                """
        )
        let tapped = try Binary.run(
            ["run", "pipelines/segments.yaml", "--tap", "ingest", "-"],
            input: text
        )
        #expect(
            tapped.output == """
                {"document":"stdin","text":"The river runs. It is water.\\n","start":0}

                """
        )
        #expect(tapped.status == 0)
    }

    @Test func theChainIntoAStoreCanBeTapped() throws {
        let scratch = try Scratch()
        let result = try Binary.run(
            [
                "run", "pipelines/ingest.yaml", "--store", scratch.path("store"), "--models",
                Self.model, "--tap", "chunk", "-",
            ],
            input: Data("The river runs. It is water.\n".utf8)
        )
        #expect(try result.objects().map { $0["start"] as? Int } == [0, 16])
        #expect(result.status == 0)
    }

    @Test func aStageToTapThatIsNotThereIsTold() throws {
        let result = try Binary.run(["run", "pipelines/segments.yaml", "--tap", "embed", "-"])
        #expect(
            result.errors == """
                riverrun: there is no stage `embed` in the pipeline, which has ingest, chunk, \
                structurize; name one of these

                """
        )
        #expect(result.status == 64)
    }

    @Test func aSettingThatDoesNotFitIsTold() throws {
        let result = try Binary.run([
            "run", "pipelines/segments.yaml", "--set", "chunk.maximum_pieces=9999", "-",
        ])
        #expect(
            result.errors == """
                riverrun: --set chunk.maximum_pieces=9999: 9999 is out of range, it takes a whole \
                number from 8 to 254; write it as STAGE.KEY=VALUE; `riverrun check --reference` \
                lists the keys

                """
        )
        #expect(result.status == 64)
    }

    @Test func outputThatCannotBeWrittenIsTold() throws {
        let result = try Binary.shell(
            "echo 'The sea.' | riverrun run pipelines/segments.yaml - > /dev/full"
        )
        #expect(
            result.errors
                == "riverrun: cannot write the output: No space left on device; "
                + "check the disk that it goes to\n"
        )
        #expect(result.status == 74)
    }
}
