import Foundation
import Testing

@Suite struct AskCommandTests {
    private let rivers: Rivers

    init() throws {
        rivers = try Rivers.library.get()
    }

    private func ask(_ arguments: String..., input: Data? = nil) throws -> Binary.Result {
        try Binary.run(["ask", "--store", rivers.store] + arguments, input: input)
    }

    @Test(arguments: [
        ("How long is the Liffey?", "liffey.md", "132 km"),
        ("Who built the O'Connell Bridge?", "liffey.md", "James Gandon"),
        ("Which cities does the Danube pass through?", "danube.txt", "Budapest"),
        ("Into which sea does the Nile flow?", "nile.html", "Mediterranean"),
        ("Which river carries the most water?", "amazon", "Amazon"),
        ("Wo entspringt die Donau?", "danube.txt", "Schwarzwald"),
    ])
    func theAnswerComesFirst(question: String, document: String, words: String) throws {
        let answers = try ask(question, "--json").objects()
        let first = try #require(answers.first)
        #expect((first["document"] as? String)?.hasSuffix(document) == true)
        #expect((first["text"] as? String)?.contains(words) == true)
    }

    @Test func anAnswerHasItsFieldsAndCutsOutOfItsDocument() throws {
        let answers = try ask("How long is the river?", "--json", "-k", "20").objects()
        #expect(answers.count > 3)
        let fields: Set<String> = [
            "question", "rank", "score", "document", "uri", "start", "end", "path", "text",
            "block", "relevant", "answer",
        ]
        for (index, answer) in answers.enumerated() {
            #expect(Set(answer.keys).isSuperset(of: fields))
            #expect(answer["question"] as? String == "How long is the river?")
            #expect(answer["rank"] as? Int == index + 1)
            #expect(try rivers.cuts(answer), "\(answer)")
        }
    }

    @Test func noMoreAnswersAreGivenThanAsked() throws {
        #expect(try ask("Which river?", "-k", "2", "--json").objects().count == 2)
        #expect(try ask("Which river?", "-k", "0").status == 64)
    }

    @Test func answersAreConfinedToDocumentsAndMetadata() throws {
        let amazon = try ask("Which river carries water?", "--document", "amazon", "--json")
            .objects()
        #expect(!amazon.isEmpty)
        #expect(amazon.allSatisfy { $0["document"] as? String == "amazon" })
        let dated = try ask("How high are the falls?", "--where", "year=1800", "--json").objects()
        #expect(!dated.isEmpty)
        #expect(dated.allSatisfy { $0["document"] as? String == "rhine" })
        #expect(try ask("Which river?", "--where", "year").status == 64)
        let unknown = try ask("Which river?", "--document", "styx")
        #expect(unknown.status == 66)
        #expect(unknown.errors.contains("styx"))
    }

    @Test func manyQuestionsKeepTheirIdsAndOrder() throws {
        let scratch = try Scratch()
        let lines = """
            {"id": "q1", "text": "How high are the Rhine falls?"}
            {"id": "q2", "text": "How do penguins keep their eggs warm?"}
            {"id": "q3", "text": "When was the Ha'penny Bridge built?"}

            """
        let file = scratch.file("questions.ndjson", lines).path()
        let result = try ask("--questions", file, "-k", "1", "--json")
        #expect(result.status == 0)
        let answers = try result.objects()
        #expect(answers.compactMap { $0["question"] as? String } == ["q1", "q2", "q3"])
        #expect(answers.compactMap { $0["relevant"] as? Int } == [1, 0, 1])
        #expect(result.errors.contains("nothing relevant is stored on: How do penguins"))
        let read = try ask("--questions", file, "-k", "1")
        #expect(!read.output.contains("q2"))
        let sure = try ask("--questions", file, "--json", "--set", "retrieve.irrelevant=false")
        #expect(!sure.output.contains("q2"))
        let plain = try ask("--questions", "-", "-k", "1", "--json", input: Data("Donau?\n".utf8))
        #expect(try plain.objects().first?["question"] as? String == "Donau?")
    }

    @Test func whatIsNotStoredIsSaidSo() throws {
        let result = try ask("How do I configure a Kubernetes ingress controller?")
        #expect(result.status == 1)
        #expect(result.output == "")
        #expect(result.errors.contains("nothing relevant is stored"))
    }

    @Test func aSentenceInSeveralPlacesIsPrintedOnceWithAllOfThem() throws {
        let scratch = try Scratch()
        let text = "The ferry leaves at noon. It carries forty people.\n"
        let (one, two) = (scratch.file("one.txt", text), scratch.file("two.txt", text))
        let files = [one.path(), two.path()]
        let printed = try Binary.run(["ask", "When does the ferry leave?"] + files + ["-k", "1"])
        #expect(printed.output.components(separatedBy: "The ferry leaves").count == 2)
        for file in files { #expect(printed.output.contains("[\(file):0-25")) }
        let objects = try Binary.run(
            ["ask", "When does the ferry leave?"] + files + ["-k", "2", "--json"]
        ).objects()
        #expect(Set(objects.compactMap { $0["document"] as? String }) == Set(files))
    }

    @Test func filesAreAskedWithoutAStore() throws {
        let file = rivers.folder.appending(path: "liffey.md").path()
        let fromFile = try Binary.run(["ask", "Where does the Liffey rise?", file, "-k", "1"])
        #expect(fromFile.status == 0)
        #expect(fromFile.output.contains("Wicklow Mountains"))
        let piped = try Binary.run(
            ["ask", "Where does the Liffey rise?", "-", "--json", "-k", "1"],
            input: Data((Rivers.documents["liffey.md"] ?? "").utf8)
        )
        #expect(try piped.objects().first?["document"] as? String == "stdin")
    }

    @Test func answersDoNotDependOnTheThreads() throws {
        let question = "Which bridge was built by James Gandon?"
        let one = try ask(question, "--json", "--threads", "1")
        let three = try ask(question, "--json", "--threads", "3")
        #expect(one.output == three.output)
        #expect(!one.output.isEmpty)
    }
}

/// The precision that a store was made with is the precision that it is asked with.
@Suite struct PrecisionTests {
    @Test(arguments: ["bf16", "int8"])
    func aStoreIsAskedInItsOwnPrecision(precision: String) throws {
        let scratch = try Scratch()
        let store = scratch.path("store")
        let file = scratch.file(
            "rivers.txt",
            Data("The Liffey flows through Dublin. The Danube passes through Vienna.\n".utf8)
        )
        let read = try Binary.run(
            ["ingest", file.path(), "--store", store, "--precision", precision]
        )
        try #require(read.status == 0, "\(read.errors)")
        let question = ["ask", "--store", store, "Which river flows through Dublin?"]
        let answer = try Binary.run(question)
        #expect(answer.status == 0 && answer.output.contains("Liffey"), "\(answer.errors)")
        let again = try Binary.run(["ingest", file.path(), "--store", store])
        #expect(again.status == 0, "\(again.errors)")
        let other = try Binary.run(question + ["--precision", "f32"])
        #expect(other.status == 78)
        #expect(other.errors.contains("was made with the encoder"), "\(other.errors)")
    }

    /// Sums of bytes are exact, so that the processor's instructions make no difference.
    @Test func bytesGiveTheSameAnswersWithAnyInstructionSet() throws {
        let answers = try ["portable", "avx512_amx"].map { limit in
            let scratch = try Scratch()
            let file = scratch.file(
                "rivers.txt",
                Data("The Liffey flows through Dublin. The Danube passes through Vienna.\n".utf8)
            )
            func run(_ arguments: String...) throws -> Binary.Result {
                let result = try Binary.run(
                    arguments,
                    directory: file.deletingLastPathComponent(),
                    environment: ["RIVERRUN_MAX_ISA": limit]
                )
                #expect(result.status == 0, "\(result.errors)")
                return result
            }
            _ = try run("ingest", "rivers.txt", "--store", "store", "--precision", "int8")
            return try run("ask", "--store", "store", "--json", "What flows through Dublin?").output
        }
        #expect(answers[0].contains("Liffey"))
        #expect(answers[0] == answers[1])
    }

    @Test func anInstructionSetThatIsNoneIsRefused() throws {
        let result = try Binary.run(
            ["inspect", "store"],
            environment: ["RIVERRUN_MAX_ISA": "avx9"]
        )
        #expect(result.status == 64)
        #expect(result.errors.contains("RIVERRUN_MAX_ISA is `avx9`"), "\(result.errors)")
        #expect(result.errors.contains("avx512_bf16, avx512_amx"), "\(result.errors)")
    }

    @Test func aPrecisionThatIsNoneIsRefused() throws {
        let result = try Binary.run(["ask", "--precision", "int4", "Why?", "file.txt"])
        #expect(result.status == 64)
        #expect(result.errors.contains("f32, bf16 or int8"), "\(result.errors)")
    }
}
