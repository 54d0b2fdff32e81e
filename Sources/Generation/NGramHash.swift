/// Numbers that stand for the last tokens of a text, so many of them at a time.
///
/// Different tokens have the same number once in 2⁶⁴ pairs; who must be sure compares the tokens.
struct NGramHash {
    /// The number of the last `length` of some tokens; nil if there are fewer.
    static func of(_ tokens: [Int32], length: Int) -> UInt64? {
        guard tokens.count >= length else { return nil }
        return tokens[(tokens.count - length)...].reduce(UInt64(length)) { hash, token in
            var mixer = SplitMix64(seed: hash ^ UInt64(UInt32(bitPattern: token)))
            return mixer.next()
        }
    }
}
