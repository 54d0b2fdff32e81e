internal import Foundation

/// BERT's uncased WordPiece tokenizer, identical to the Hugging Face library's.
///
///     let tokenizer = try WordPieceTokenizer(vocabularyFile: "vocab.txt")
///     tokenizer.tokenIDs(of: Array("Where rivers meet".utf8))  // [2073, 5485, 3113]
///
/// Text is cleaned, lower-cased, stripped of accents and split at spaces, punctuation and
/// ideographs; each word is then cut greedily into the longest pieces of the vocabulary. A word of
/// more than 100 scalars, or with a part that no piece covers, is one unknown piece. Bytes that
/// are not UTF-8 are dropped, as U+FFFD is. The literal texts `[PAD]`, `[UNK]`, `[CLS]`, `[SEP]`
/// and `[MASK]` are single pieces.
/// - Complexity: O(bytes) time, constant memory beside the result.
/// - Source: Devlin et al. 2018, arXiv:1810.04805; checked against `tokenizers` 0.22.
public final class WordPieceTokenizer: Sendable {
    /// The piece before every sequence, `[CLS]`.
    public let classificationID: Int32
    /// The piece after every sequence, `[SEP]`.
    public let separatorID: Int32
    /// The piece of words that the vocabulary cannot spell, `[UNK]`.
    public let unknownID: Int32
    /// How many pieces the vocabulary holds.
    public var vocabularySize: Int { table.count }

    let table: PieceTable
    /// Pieces that begin a word, and pieces that go on with one.
    let words: WordTable
    let continuations: WordTable
    let specials: [(text: [UInt8], identifier: Int32)]
    let rules = BertScalarRules.uncased

    /// Reads a vocabulary of one piece a line; a piece's identifier is its line, counted from 0.
    ///
    /// - Throws: If the file cannot be read, lacks a special piece or repeats one.
    public convenience init(vocabularyFile: String) throws(WordPieceError) {
        let content: Data
        do {
            content = try Data(contentsOf: URL(filePath: vocabularyFile))
        } catch {
            throw .unreadable(file: vocabularyFile, reason: error.localizedDescription)
        }
        try self.init(vocabulary: Array(content), file: vocabularyFile)
    }

    /// A tokenizer over pieces, one a line, which errors say to come from `file`.
    package init(vocabulary: some Sequence<UInt8>, file: String) throws(WordPieceError) {
        var pieces = Array(vocabulary).split(
            separator: UInt8(ascii: "\n"),
            omittingEmptySubsequences: false
        ).map { $0.last == UInt8(ascii: "\r") ? $0.dropLast() : $0 }
        if pieces.last?.isEmpty == true { pieces.removeLast() }
        if let long = pieces.firstIndex(where: { $0.count > longestWordBytes }) {
            throw .pieceTooLong(file: file, line: long + 1)
        }
        let table = PieceTable(pieces)
        if let (first, again) = table.repeated {
            throw .duplicatePiece(file: file, line: again + 1, firstLine: first + 1)
        }
        func identifier(_ piece: String) throws(WordPieceError) -> Int32 {
            guard let identifier = Array(piece.utf8).withUnsafeBytes(table.piece) else {
                throw .missingPiece(file: file, piece: piece)
            }
            return identifier
        }
        unknownID = try identifier("[UNK]")
        classificationID = try identifier("[CLS]")
        separatorID = try identifier("[SEP]")
        var specials: [(text: [UInt8], identifier: Int32)] = []
        for text in ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] {
            specials.append((Array(text.utf8), try identifier(text)))
        }
        self.specials = specials
        let mark = Array("##".utf8)
        guard pieces.contains(where: { $0.starts(with: mark) }) else {
            throw .missingPiece(file: file, piece: "##")
        }
        words = WordTable(table, behind: [], notBehind: mark)
        continuations = WordTable(table, behind: mark)
        self.table = table
    }

    /// Every piece in UTF-8, each ended by a line feed; the number of each line is its identifier.
    package var vocabulary: [UInt8] { pieces.flatMap { $0 + [UInt8(ascii: "\n")] } }

    /// Every piece in UTF-8; the index of each is its identifier.
    package var pieces: [ArraySlice<UInt8>] { (0..<table.count).map { table[$0] } }

    /// The pieces of `utf8`, without `[CLS]` and `[SEP]`.
    public func tokenIDs(of utf8: [UInt8]) -> [Int32] {
        utf8.withUnsafeBytes { tokenIDs(of: $0) }
    }

    /// The pieces of `utf8`, without `[CLS]` and `[SEP]`.
    public func tokenIDs(of utf8: UnsafeRawBufferPointer) -> [Int32] {
        tokenIDs(of: utf8, limit: .max)
    }

    /// The first `limit` pieces of `utf8`, without `[CLS]` and `[SEP]`; reads no further.
    public func tokenIDs(of utf8: UnsafeRawBufferPointer, limit: Int) -> [Int32] {
        var identifiers: [Int32] = []
        identifiers.reserveCapacity(min(limit, utf8.count / 3 + 8))
        appendTokenIDs(of: utf8, limit: limit, to: &identifiers)
        return identifiers
    }

    /// Appends the first `limit` pieces of `utf8`, without `[CLS]` and `[SEP]`, to a list.
    package func appendTokenIDs(
        of utf8: UnsafeRawBufferPointer,
        limit: Int,
        to identifiers: inout [Int32]
    ) {
        var list = PieceList(identifiers: identifiers, start: identifiers.count)
        identifiers = []
        WordScanner.scan(utf8, tokenizer: self, limit: limit, into: &list)
        list.truncate(to: min(list.count, limit))
        identifiers = list.identifiers
    }

    /// How many pieces `utf8` has, or `limit + 1` if more than `limit`, which it finds out early.
    public func pieceCount(of utf8: UnsafeRawBufferPointer, limit: Int = .max - 1) -> Int {
        var counter = PieceCounter()
        WordScanner.scan(utf8, tokenizer: self, limit: limit, into: &counter)
        return min(counter.count, limit + 1)
    }

    /// How many pieces `utf8` has, or `limit + 1` if more than `limit`, which it finds out early.
    public func pieceCount(of utf8: [UInt8], limit: Int = .max - 1) -> Int {
        utf8.withUnsafeBytes { pieceCount(of: $0, limit: limit) }
    }
}
