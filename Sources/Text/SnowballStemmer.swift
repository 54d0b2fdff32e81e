internal import CStemmer

/// Reduces words to their stems by a Snowball algorithm of libstemmer.
///
/// - Concurrency: Belongs to one thread or task: libstemmer keeps the last stem in the stemmer.
/// - Source: Porter 2001, "Snowball: A language for stemming algorithms".
package final class SnowballStemmer {
    private let stemmer: OpaquePointer

    /// A stemmer for a language by its English name or its ISO code.
    ///
    /// - Throws: `TextError.unknownLanguage` if libstemmer has no algorithm for it.
    package init(language: String) throws(TextError) {
        guard let stemmer = sb_stemmer_new(language, "UTF_8") else {
            throw .unknownLanguage(name: language)
        }
        self.stemmer = stemmer
    }

    deinit { sb_stemmer_delete(stemmer) }

    /// The stem of a lowercase word in UTF-8.
    ///
    /// - Returns: Bytes that are valid until the next call; the word itself if memory ran out.
    package func stem(_ word: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8> {
        guard
            let count = Int32(exactly: word.count),
            let stem = sb_stemmer_stem(stemmer, word.baseAddress, count)
        else { return word }
        return UnsafeBufferPointer(start: stem, count: Int(sb_stemmer_length(stemmer)))
    }

    /// The stem of a lowercase word.
    package func stem(_ word: String) -> String {
        var word = word
        return word.withUTF8 { String(decoding: stem($0), as: UTF8.self) }
    }
}
