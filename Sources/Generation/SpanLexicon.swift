/// The words by which answers are told apart.
enum SpanLexicon {
    static let numbers = set(
        """
        one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen \
        sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety \
        hundred thousand million billion trillion dozen half
        """
    )
    /// Number words that go on from digits, as in `1.2 million`.
    static let magnitudes = set("hundred thousand million billion trillion dozen")
    static let units = set(
        """
        percent percentage year years month months week weeks day days hour hours minute minutes \
        second seconds mile miles km kilometers kilometres meter meters metre metres foot feet ft \
        inch inches acres yards yard tons tonnes pound pounds kg kilograms dollar dollars euros \
        people degrees mph mm cm m square cubic hectares million billion trillion
        """
    )
    static let currencies: Set<String> = ["dollar", "euro", "pound"]
    static let months = set(
        """
        january february march april may june july august september october november december
        """
    )
    /// Capitalized words that name nobody and no place.
    static let unnamed = months.union(
        set(
            """
            monday tuesday wednesday thursday friday saturday sunday i he she it we they you me \
            him her us them my his its our their your this that these those the a an in on at by \
            for from to of and or but as if when while after before during with without although \
            though because since however there here who what which where why how both each some \
            many most all one two three no not yes also such other another
            """
        )
    )
    static let personJoints = set("de von van der la le du bin al ibn da di")
    static let placeJoints = personJoints.union(["of"])
    static let placePrepositions = set("in at from to near on into")
    static let movements = set("to go move travel head return went sent")

    private static func set(_ words: String) -> Set<String> {
        Set(words.split(separator: " ").map(String.init))
    }
}
