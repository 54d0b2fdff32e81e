import BlockStorage
import Retrieval
import Testing
import Text

@Suite struct RetrieverTests {
    /// A store of three documents on three subjects.
    private func library() throws -> Library {
        var library = try Library()
        library.begin("rivers", metadata: [MetadataField(name: "kind", value: "water")])
        library.add(
            [
                Segment("# Rivers\n", kind: "heading", concept: between(0, 1, cosine: 0.99)),
                Segment("Rivers begin at a source.  ", concept: between(0, 2, cosine: 0.9)),
                Segment("They end in a delta.\n", concept: between(0, 3, cosine: 0.5)),
            ],
            path: ["Rivers"],
            landmark: axis(0)
        )
        library.begin("bread", metadata: [MetadataField(name: "kind", value: "food")])
        library.add(
            [Segment("Bread is baked from flour.", concept: axis(4))],
            landmark: axis(4)
        )
        library.begin("lakes", metadata: [MetadataField(name: "kind", value: "water")])
        library.add(
            [Segment("Lakes lie between mountains.", concept: between(5, 0, cosine: 0.8))],
            landmark: between(5, 0, cosine: 0.8)
        )
        try library.commit()
        return library
    }

    @Test func theAnsweringSegmentComesFirstWithItsCitation() throws {
        let result = try library().ask("Where do rivers begin?", vector: axis(0))
        let hit = try #require(result.hits.first)
        #expect(hit.document == "rivers")
        #expect(hit.uri == "file:rivers")
        #expect(hit.text == "Rivers begin at a source.")
        #expect(hit.byteRange == 9..<34)
        #expect(hit.path == ["Rivers"])
        #expect(hit.kind == "sentence")
        #expect(hit.segmentIndex == 1)
        #expect(abs((hit.parts.concept ?? 0) - 0.9) < 0.01)
        #expect(result.isRelevant)
    }

    @Test func scoresNeverRise() throws {
        let hits = try library().ask("rivers and bread", vector: between(0, 4, cosine: 0.7)).hits
        #expect(zip(hits, hits.dropFirst()).allSatisfy { $0.score >= $1.score })
        #expect(hits.count == 4)
    }

    @Test func headingsAnswerOnlyWhereThereIsNothingElse() throws {
        var library = try Library()
        library.begin("a")
        library.add([Segment("Rivers\n", kind: "heading", concept: axis(0))], landmark: axis(0))
        try library.commit()
        #expect(try library.ask("rivers", vector: axis(0)).hits.map(\.kind) == ["heading"])
        let kinds = try self.library().ask("rivers", vector: axis(0)).hits.map(\.kind)
        #expect(kinds.allSatisfy { $0 == "sentence" })
    }

    @Test func whatHasNoTermsAnswersOnlyWhereThereIsNothingElse() throws {
        var library = try Library()
        library.begin("a")
        library.add(
            [
                Segment("IS\n", concept: axis(0)),
                Segment("The league was dissolved.\n", concept: between(0, 1, cosine: 0.5)),
            ],
            landmark: axis(0)
        )
        library.begin("b")
        library.add([Segment("It is.", concept: axis(0))], landmark: axis(0))
        try library.commit()
        let hits = try library.ask("league", vector: axis(0)).hits
        #expect(hits.map(\.text) == ["The league was dissolved.", "It is."])
    }

    @Test func whereNothingIsRelevantTheResultSaysSo() throws {
        let library = try library()
        let result = try library.ask("quantum chromodynamics", vector: axis(7))
        #expect(!result.isRelevant)
        #expect(result.relevance < 0.1)
        #expect(try library.ask("flour", vector: axis(4)).isRelevant)
    }

    @Test func anEmptyStoreHoldsNothing() throws {
        let result = try Library().ask("anything", vector: axis(0))
        #expect(result.hits.isEmpty)
        #expect(!result.isRelevant)
    }

    @Test func termsAloneFindAndVectorsAloneFind() throws {
        let library = try library()
        #expect(try library.ask("baking flour").hits.map(\.document) == ["bread"])
        #expect(try library.ask("", vector: axis(4)).hits.first?.document == "bread")
        #expect(try library.ask("flour").isRelevant)
        #expect(try !library.ask("granite").isRelevant)
    }

    // MARK: - Filters

    @Test func onlyTheDocumentsAskedForAreLookedInto() throws {
        let library = try library()
        let found = try library.ask("rivers", vector: axis(0), documents: ["bread", "lakes"])
        #expect(Set(found.hits.map(\.document)) == ["bread", "lakes"])
        #expect(try library.ask("rivers", vector: axis(0), documents: []).hits.isEmpty)
        #expect(throws: RetrievalError.unknownDocument(id: "seas")) {
            _ = try library.ask("rivers", vector: axis(0), documents: ["seas"])
        }
    }

    @Test func onlyDocumentsWithTheMetadataAreLookedInto() throws {
        let library = try library()
        let water = try library.ask("bread", vector: axis(4), metadata: [("kind", "water")])
        #expect(Set(water.hits.map(\.document)) == ["rivers", "lakes"])
        let both = try library.ask(
            "bread",
            vector: axis(4),
            documents: ["bread", "lakes"],
            metadata: [("kind", "water")]
        )
        #expect(Set(both.hits.map(\.document)) == ["lakes"])
        #expect(try library.ask("bread", metadata: [("kind", "stone")]).hits.isEmpty)
        #expect(try library.ask("bread", metadata: [("sort", "water")]).hits.isEmpty)
    }

    @Test func documentsBeingReadAndDeletedOnesAreNotFound() throws {
        var library = try library()
        library.begin("baking")
        library.add([Segment("Flour, flour, flour.", concept: axis(4))], landmark: axis(4))
        try library.commit(unfinished: true)
        #expect(try library.ask("flour", vector: axis(4)).hits.first?.document == "bread")
        try library.delete("bread")
        let documents = try library.ask("flour", vector: axis(4)).hits.map(\.document)
        #expect(!documents.contains("bread"))
    }

    @Test func whatIsCommittedLaterIsFoundByTheSameRetriever() throws {
        var library = try library()
        let retriever = try Retriever(store: library.store)
        let query = RetrievalQuery(text: "granite", vector: nil)
        #expect(try retriever.retrieve(query).hits.isEmpty)
        library.begin("stones")
        library.add([Segment("Granite is a stone.", concept: axis(6))], landmark: axis(6))
        try library.commit()
        #expect(try retriever.retrieve(query).hits.map(\.document) == ["stones"])
    }

    // MARK: - Faults

    @Test func whatDoesNotFitIsRefused() throws {
        let library = try library()
        #expect(throws: RetrievalError.wrongWidth(expected: 8, found: 2)) {
            _ = try library.ask("rivers", vector: [1, 0])
        }
        var configuration = RetrieverConfiguration()
        configuration.language = "klingon"
        #expect(throws: TextError.unknownLanguage(name: "klingon")) {
            _ = try Retriever(store: library.store, configuration: configuration)
        }
    }

    @Test func vectorsWithoutMeaningDoNoHarm() throws {
        let library = try library()
        for vector in [[Float](repeating: 0, count: 8), [Float](repeating: .nan, count: 8)] {
            let result = try library.ask("flour", vector: vector)
            #expect(result.hits.allSatisfy { !$0.bytes.isEmpty })
        }
    }

    // MARK: - Ranking

    @Test func feedbackFindsWhatTheQuestionDoesNotName() throws {
        var library = try Library()
        for (id, text) in [
            ("a", "Aspirin is acetylsalicylic acid."),
            ("b", "Acetylsalicylic acid thins blood."),
            ("c", "Bread is baked from flour."),
        ] {
            library.begin(id)
            library.add([Segment(text, concept: axis(1))], landmark: axis(1))
        }
        for filler in 0..<30 {
            library.begin("filler \(filler)")
            library.add([Segment("Number \(filler).", concept: axis(2))], landmark: axis(2))
        }
        try library.commit()
        let question = between(3, 1, cosine: 0.9)
        var plain = RetrieverConfiguration()
        plain.feedback.blockCount = 0
        let score = { (result: RetrievalResult, id: String) in
            try #require(result.hits.first { $0.document == id }?.score)
        }
        let before = try library.ask("aspirin", vector: question, configuration: plain)
        let after = try library.ask("aspirin", vector: question)
        #expect(after.hits.map(\.document).prefix(2) == ["a", "b"])
        let gapBefore = try score(before, "b") - score(before, "c")
        let gapAfter = try score(after, "b") - score(after, "c")
        #expect(gapAfter > gapBefore + 0.1)
    }

    @Test func aPartOfTheEvidenceCanBeLeftOut() throws {
        var configuration = RetrieverConfiguration()
        configuration.feedback.blockCount = 0
        configuration.clustering.neighbourCount = 0
        configuration.weights.lexical = 0
        let byVector = try library().ask("flour", vector: axis(0), configuration: configuration)
        #expect(byVector.hits.first?.document == "rivers")
        configuration.weights.lexical = 1
        configuration.weights.landmark = 0
        configuration.weights.concept = 0
        let byTerms = try library().ask("flour", vector: axis(0), configuration: configuration)
        #expect(byTerms.hits.first?.document == "bread")
    }

    @Test func oneQuestionDoesNotChangeTheNextOnesAnswers() throws {
        let library = try library()
        let questions = ["rivers and bread", "flour", "a source between mountains", "delta"]
        let retriever = try Retriever(store: library.store)
        for text in questions + questions.reversed() {
            let query = RetrievalQuery(text: text, vector: between(0, 4, cosine: 0.7))
            let alone = try Retriever(store: library.store).retrieve(query)
            #expect(try retriever.retrieve(query) == alone)
        }
    }

    @Test func manyDocumentsComeBeforeManySegmentsOfOne() throws {
        var library = try Library()
        for id in ["a", "b", "c"] {
            library.begin(id)
            library.add(
                [
                    Segment("The river is long. ", concept: between(0, 1, cosine: 0.8)),
                    Segment("The river is wide. ", concept: between(0, 1, cosine: 0.79)),
                ],
                landmark: axis(0)
            )
        }
        try library.commit()
        let hits = try library.ask("river", vector: axis(0), limit: 6).hits
        #expect(hits.map(\.document) == ["a", "b", "c", "a", "b", "c"])
    }
}
