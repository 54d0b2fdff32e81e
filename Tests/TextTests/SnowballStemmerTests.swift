import Foundation
import Testing
import Text

@Suite struct SnowballStemmerTests {
    @Test func stemsEqualTheReferences() throws {
        let fixture = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "Fixtures/stems.json")
        let cases = try JSONDecoder().decode(
            [String: [[String]]].self,
            from: Data(contentsOf: fixture)
        )
        #expect(cases.count == 5)
        for (language, pairs) in cases {
            let stemmer = try SnowballStemmer(language: language)
            for pair in pairs {
                #expect(stemmer.stem(pair[0]) == pair[1], "\(language) \(pair[0])")
            }
        }
    }

    @Test func anUnknownLanguageIsRefused() {
        #expect(throws: TextError.unknownLanguage(name: "klingon")) {
            _ = try SnowballStemmer(language: "klingon")
        }
    }
}
