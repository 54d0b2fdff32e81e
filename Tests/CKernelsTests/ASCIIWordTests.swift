import CKernels
import Testing

/// Words of ASCII in lowercase.
struct ASCIIWordTests {
    /// The letters and digits that begin `bytes`, byte by byte.
    private func expected(_ bytes: [UInt8]) -> [UInt8] {
        bytes.prefix { byte in
            let scalar = Character(Unicode.Scalar(byte))
            return byte < 0x80 && (scalar.isLetter || scalar.isNumber)
        }.map { (0x41...0x5A).contains($0) ? $0 + 0x20 : $0 }
    }

    private func bytes(of word: kernels_word) -> [UInt8] {
        (0..<16).map { UInt8(truncatingIfNeeded: ($0 < 8 ? word.low : word.high) >> ($0 % 8 * 8)) }
    }

    private func check(_ bytes: [UInt8]) {
        let expected = expected(bytes)
        let padded = expected + [UInt8](repeating: 0, count: 16 - expected.count)
        for word in [kernels_read_word(bytes), kernels_read_word_portable(bytes)] {
            #expect(word.length == expected.count && self.bytes(of: word) == padded, "\(bytes)")
        }
    }

    @Test func everyByteEndsAWordOrBelongsToItAtEveryPlace() {
        for place in 0..<16 {
            for byte in UInt8.min...UInt8.max {
                var bytes = [UInt8]("aZ09zAbcdefGhijk".utf8)
                bytes[place] = byte
                check(bytes)
            }
        }
    }

    @Test func wordsOfRandomBytesAreThoseOfTheirBytes() {
        var generator = SeededGenerator(5)
        let letters = [UInt8]("azAZ09@[`{/:\u{7F}é".utf8)
        for _ in 0..<2_000 {
            check((0..<16).map { _ in letters.randomElement(using: &generator) ?? 0 })
            check((0..<16).map { _ in UInt8.random(in: 0...255, using: &generator) })
        }
    }
}
