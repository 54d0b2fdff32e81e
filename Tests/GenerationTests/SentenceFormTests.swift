import Generation
import Testing

@Suite struct SentenceFormTests {
    private func form(_ text: String, next: String = "", language: String = "english")
        -> SentenceForm
    {
        SentenceForm(Array(text.utf8), next: Array(next.utf8), language: language)
    }

    @Test(arguments: [
        "The river is wide.", "Is it wide?", "“It is wide,” she said.", "(a) The river is wide.",
        "[0004]    The invention is a mill.", "3. Then follow the steps.", "- The river is wide.",
        "1984 was a wet year in the valley.", "Der Fluß ist breit.", "河流很宽。", "Élan is French.",
        "She said \"It is wide.\"", "«Она широка.»", "नदी चौड़ी है।", "¿Es ancho el río?",
    ])
    func isWhole(text: String) {
        #expect(form(text, next: "Then more.").isWhole)
    }

    @Test(arguments: [
        "means the combination of both.", "so she said:", "The river is wide,", "The river",
        "(the river is wide.", "The river is wide).", "The \"river is wide.", "“The river is wide.",
        "No. 61/819,547 filed then.", "1 2 3 | 4 5 6 | 7 8.", "", "…", "\"", "a) the river.",
    ])
    func isNotWhole(text: String) {
        #expect(!form(text).isWhole)
    }

    @Test func whatGoesOnInLowerCaseWasCut() {
        #expect(!form("It was seen in the U.S.", next: " patent of that year.").isWhole)
        #expect(form("It was seen in the U.S.", next: " Patents followed.").isWhole)
    }

    @Test(arguments: [
        ("He left.", true), ("Their house fell.", true), ("This is wide.", true),
        ("However, it rained.", true), ("“But why?” he asked.", true), ("In addition, rain.", true),
        ("As a result, it rained.", true), ("This river is wide.", false),
        ("It is necessary to leave.", false), ("It was wide.", true), ("The river.", false),
        ("Hertha left.", false), ("In Paris it rains.", false),
    ])
    func pointsBack(text: String, pointsBack: Bool) {
        #expect(form(text).pointsBack == pointsBack)
        #expect(!form(text, language: "german").pointsBack)
    }

    @Test func questionsAreSeen() {
        #expect(form("Who is it?").isQuestion)
        #expect(form("“Who is it?”").isQuestion)
        #expect(form("这是谁？").isQuestion)
        #expect(!form("Who it is?!").isQuestion)
        #expect(!form("It is.").isQuestion)
    }

    @Test func anyBytesHaveAForm() {
        var random = SeededGenerator(seed: 13)
        for length in 0..<300 {
            let bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
            _ = SentenceForm(bytes, next: bytes.reversed(), language: "english")
        }
    }
}
