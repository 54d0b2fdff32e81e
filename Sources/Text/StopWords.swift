/// Words of a language that say nothing of what a text is about.
package struct StopWords: Sendable {
    /// Words that are not indexed.
    let unindexed: Set<[UInt8]>
    /// Words that only make a question of a statement: indexed, but no evidence of relevance.
    let interrogative: Set<[UInt8]>

    /// Those of a language by its English name; none for a language without a list.
    package init(language: String) {
        let isEnglish = language == "english" || language == "en"
        unindexed = StopWords.set(isEnglish ? StopWords.english : "")
        interrogative = StopWords.set(isEnglish ? StopWords.englishInterrogative : "")
    }

    private static func set(_ words: String) -> Set<[UInt8]> {
        Set(words.split(separator: " ").map { Array($0.utf8) })
    }

    /// Lucene's list.
    private static let english = """
        a an and are as at be but by for if in into is it no not of on or such that the their then \
        there these they this to was will with
        """
    private static let englishInterrogative = """
        what which who whom when where why how do does did has have had can could would should may \
        might been being were am
        """
}
