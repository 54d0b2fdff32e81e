import Generation
import Testing

@Suite struct SpanPointerTests {
    private func span(_ question: String, _ sentence: String) -> String? {
        let bytes = Array(sentence.utf8)
        return SpanPointer().span(in: bytes, question: question)
            .flatMap { String(validating: bytes[$0], as: UTF8.self) }
    }

    @Test(arguments: [
        ("How long is the bridge?", "The bridge is 1,991 metres long.", "1,991 metres"),
        ("How many men came?", "In 1812 five hundred men came with 30 horses.", "five hundred"),
        ("How many miles is it?", "It runs for 10 to 12 miles.", "10 to 12"),
        ("How much did it cost?", "It cost $1.2 billion and took 3 years.", "$1.2 billion"),
        ("What percentage voted?", "About 62.5% of 300 people voted.", "62.5%"),
        ("What percentage voted?", "Some 12 percent voted in 1999.", "12 percent"),
        ("How old is he?", "Anatole is 24 years old.", "24 years"),
    ])
    func numbers(question: String, sentence: String, answer: String) {
        #expect(span(question, sentence) == answer)
    }

    @Test(arguments: [
        ("When was it built?", "It was built on 4 July 1776 by masons.", "4 July 1776"),
        ("When was it built?", "Built in June 1850, it has 12 rooms.", "June 1850"),
        ("What year did it fall?", "It fell on May 29, 1453.", "1453"),
        ("When did they live?", "They lived in the 10th century.", "10th century"),
        ("When did he rule?", "He ruled 1804–1814.", "1804–1814"),
        ("In what month is it?", "It is in March every year.", "March"),
        ("In what decade was it?", "It was in the 1920s.", "1920s"),
    ])
    func times(question: String, sentence: String, answer: String) {
        #expect(span(question, sentence) == answer)
    }

    @Test(arguments: [
        ("Who wrote it?", "It was written by Mary Shelley in 1818.", "Mary Shelley"),
        ("Who led them?", "They were led by Charles de Gaulle.", "Charles de Gaulle"),
        ("Who coached Beyonce?", "Beyoncé was coached by Rudy Perez.", "Rudy Perez"),
        ("Where was he born?", "He was born in Paris.", "Paris"),
        ("Where was she raised?", "She was raised in Houston, Texas, then.", "Houston, Texas"),
        ("Where did he go?", "He went to New York in May.", "New York"),
    ])
    func names(question: String, sentence: String, answer: String) {
        #expect(span(question, sentence) == answer)
    }

    @Test(arguments: [
        // Pronouns and the first word of a sentence are no names.
        ("Who is it?", "It is what I said."), ("Who came?", "Nobody came."),
        ("Who came?", "So said I and He."),
        // The question's own words are no answers.
        ("Who is Anatole?", "Anatole was a cavalry officer."),
        ("When was the battle of 1812?", "The battle of 1812 was long."),
        // Several could be meant.
        ("Who came?", "Yesterday Ann Lee met Bob Ray."), ("When?", "It was in 1812 or in 1813."),
        ("Where are they?", "They are in Paris, London and Rome."),
        ("Who managed the group?", "It was Matthew's father who did."),
        // What is asked for is open, or missing.
        ("What is a river?", "A river is water in 1812."), ("", "In 1812."), ("When?", ""),
        ("How long is it?", "It has 12 arches."), ("What percentage?", "It has 12 arches."),
        ("Who regulates it?", "It is regulated by the FDA."),
    ])
    func nothingStandsOut(question: String, sentence: String) {
        #expect(span(question, sentence) == nil)
    }

    @Test func rangesAreBytes() throws {
        let sentence = Array("Ĝi — «élan» 😀 — kostis €1,200 en Ĵaŭdo.".utf8)
        let range = try #require(SpanPointer().span(in: sentence, question: "How much was it?"))
        #expect(String(decoding: sentence[range], as: UTF8.self) == "€1,200")
        let emoji = Array("👩‍👩‍👧 née à Zoë Ångström in 1999".utf8)
        let name = try #require(SpanPointer().span(in: emoji, question: "Who was it?"))
        #expect(String(decoding: emoji[name], as: UTF8.self) == "Zoë Ångström")
    }

    @Test func anySentenceIsBorne() {
        var random = SeededGenerator(seed: 14)
        let questions = ["Who?", "When?", "How many?", "Where?", "How long?", "What percentage?"]
        let pieces = [
            "12", " to ", "May", "’", "'s", "$", "%", ".", " in ", "Ann", "é", "1999", "-",
        ]
        for length in 0..<400 {
            let bytes = (0..<(length % 60)).map { _ in UInt8.random(in: 0...255, using: &random) }
            let text = (0..<(length % 30)).compactMap { _ in pieces.randomElement(using: &random) }
            for question in questions {
                _ = SpanPointer().span(in: bytes, question: question)
                let sentence = Array(text.joined().utf8)
                if let range = SpanPointer().span(in: sentence, question: question) {
                    #expect(range.upperBound <= sentence.count && !range.isEmpty)
                    #expect(String(validating: sentence[range], as: UTF8.self) != nil)
                }
            }
        }
    }
}
