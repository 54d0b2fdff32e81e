import Foundation
import Generation
import Testing

@Suite struct ClaimReaderTests {
    /// The claims' texts, and all text.
    private func read(_ pieces: [String]) -> (claims: [String], text: String, marked: String) {
        var reader = ClaimReader()
        var (claims, text, marked): ([String], String, String) = ([], "", "")
        for event in pieces.flatMap({ reader.take($0) }) + reader.finish() {
            switch event {
            case .text(let piece):
                text += piece
                marked += piece
            case .claim(let claim):
                claims.append(claim.text)
                marked += "|"
            }
        }
        return (claims, text, marked)
    }

    @Test(arguments: [
        ("It rises [1]. It flows [2].", "It rises [1].| It flows [2].|"),
        ("It rises. [1] It flows. [2]", "It rises. [1]| It flows. [2]|"),
        ("It rises.[1][2] It flows", "It rises.[1][2]| It flows|"),
        (" \n Yes! \"No.\" (Why?) 3 more.", "Yes!| \"No.\"| (Why?)| 3 more.|"),
        (
            "Dr. A. Smith saw it, e.g. on p. 3 [1]. So.",
            "Dr. A. Smith saw it, e.g. on p. 3 [1].| So.|"
        ),
        ("It is 3.5 km. and more", "It is 3.5 km. and more|"),
        ("It was in 1922. Then", "It was in 1922.| Then|"),
        ("1. It rises [1]\n2. It flows\n\n- Over", "1. It rises [1]|\n2. It flows|\n\n- Over|"),
        ("源头在山里[1]。它流过[2]。", "源头在山里[1]。|它流过[2]。|"),
        ("Rivers:\n***\n[3]\n", "Rivers:|\n***\n[3]"),
        ("See [the map]. Yes [1, 3–4].", "See [the map].| Yes [1, 3–4].|"),
        ("", ""), (" \n", ""),
    ])
    func sentencesAreClaimsHoweverTheyAreCut(text: String, marked: String) {
        let whole = read([text])
        #expect(whole.marked == marked)
        #expect(whole.text == text.trimmingCharacters(in: .whitespacesAndNewlines))
        for cut in text.indices {
            let two = read([String(text[..<cut]), String(text[cut...])])
            #expect(two.marked == marked && two.claims == whole.claims)
        }
        #expect(read(text.unicodeScalars.map { String($0) }).marked == marked)
    }

    /// Whatever comes, text is neither lost nor made up, and cuts do not matter.
    @Test func anyTextComesThrough() {
        var random = SeededGenerator(seed: 9)
        let alphabet = Array("aB1 .!?[]()\"\n-,。é é\u{301}")
        for _ in 0..<400 {
            let text = String((0..<30).map { _ in alphabet.randomElement(using: &random) ?? " " })
            let whole = read([text])
            #expect(
                whole.text
                    == text.trimmingCharacters(in: .whitespacesAndNewlines)
            )
            let cut = text.unicodeScalars.map { String($0) }
            #expect(read(cut).marked == whole.marked)
        }
    }

    @Test func aClaimHasAnEnd() {
        let text = String(repeating: "x", count: 2 * ClaimReader.longestClaim + 1)
        #expect(read([text]).claims.map(\.count) == [1 << 14, 1 << 14, 1])
    }

    @Test func textIsShownAtOnce() {
        var reader = ClaimReader()
        #expect(reader.take("It ri") == [.text("It ri")])
        #expect(reader.take("ses [1]. ") == [.text("ses [1].")])
        #expect(reader.take("I") == [.claim(Claim("It rises [1].")), .text(" I")])
    }

    @Test(
        arguments: [
            ("It rises [1].", "It rises .", [1]),
            ("Both [2, 1][2] rise [7;8]", "Both  rise ", [2, 1, 7, 8]),
            ("All [1-3] of them [5–5]", "All  of them ", [1, 2, 3, 5]),
            ("No [0x1] [a] [] [1-900] [3-1] [12345678901] [1", "", []),
        ] as [(String, String, [Int])]
    )
    func citationsAreNumbersInBrackets(text: String, words: String, numbers: [Int]) {
        let claim = Claim(text)
        #expect(claim.numbers == numbers)
        #expect(claim.words == (numbers.isEmpty ? text : words))
    }
}
