import Generation
import Testing

@Suite struct ClaimCheckerTests {
    private let passages = [
        1: passage(
            "The Liffey rises in the Wicklow Mountains. ",
            "It is 132 km long. ",
            "It flows through Dublin.",
            scope: "The Liffey",
            number: 1
        ),
        2: passage("The Danube passes through Vienna and Budapest.", start: 300, number: 2),
    ]

    private func check(_ text: String) throws -> CheckedClaim {
        try ClaimChecker(language: "english").check(Claim(text), against: passages)
    }

    @Test(arguments: [
        "The Liffey rises in the Wicklow Mountains [1].",
        "Wicklow's mountains are where the Liffey is rising. [1]",
        "It is 132 km long [1].",
        "The Liffey flows through Dublin, the Danube through Vienna [1, 2].",
    ])
    func whatIsInThePassagesIsSupported(text: String) throws {
        let claim = try check(text)
        #expect(claim.isSupported && claim.score > 0.5)
    }

    @Test(arguments: [
        ("The Liffey rises in the Wicklow Mountains.", CheckedClaim.Fault.noCitation),
        ("The Liffey rises in the Wicklow Mountains [3].", .noSuchPassages([3])),
        ("The Liffey rises in the Wicklow Mountains [0][1][9].", .noSuchPassages([0, 9])),
        ("The Liffey rises in the Wicklow Mountains [2].", .notFound),
        // One of the two has nothing of it.
        ("The Wicklow Mountains are high [1, 2].", .notFound),
        ("Salmon were caught by monks of Iona [1].", .notFound),
        // Every word but the number.
        ("The Liffey is 500 km long [1].", .notFound),
        ("Yes [1].", .notFound),
        ("It is so [1].", .notFound),
    ])
    func whatIsNotIsMarked(text: String, fault: CheckedClaim.Fault) throws {
        #expect(try check(text).fault == fault)
    }

    @Test func thePlaceIsTheShortestThatHasTheWords() throws {
        let long = try check("It is 132 km long [1].")
        #expect(long.citations.map(\.byteRange) == [43..<62])
        #expect(
            long.citations.map { String(decoding: $0.bytes, as: UTF8.self) } == [
                "It is 132 km long. "
            ]
        )
        let both = try check("From the Wicklow Mountains it flows through Dublin [1].")
        #expect(both.citations.map(\.byteRange) == [0..<86])
        #expect(both.words == "From the Wicklow Mountains it flows through Dublin .")
    }

    @Test func theShareIsThatOfDifferentStems() throws {
        // long, liffey, deep, cold: two of four.
        #expect(try check("Long is the Liffey, deep and cold [1].").score == 0.5)
        #expect(try check("Long is the Liffey, deep and cold [1].").isSupported)
        // long, liffey, deep, cold, wide: two of five.
        #expect(try check("Long is the Liffey, deep, cold and wide [1].").fault == .notFound)
    }
}
