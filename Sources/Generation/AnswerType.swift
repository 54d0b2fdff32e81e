/// What the answer to a question looks like.
enum AnswerType: Equatable {
    /// A share of a hundred.
    case percentage
    /// A number of things, and the question's words for them.
    case count(nouns: [String])
    /// An amount, mostly of money.
    case amount
    /// A number with its unit.
    case measure
    /// A point or stretch of time.
    case time(TimeUnit)
    /// A person's name.
    case person
    /// A name with a preposition of place.
    case place

    /// How fine a time is asked for.
    enum TimeUnit { case any, year, decade, century, month, date }

    /// The type that a question's first interrogative asks for; nil if it is open.
    init?(question words: [SpanWord]) {
        for (index, word) in words.enumerated() {
            let next = index + 1 < words.count ? words[index + 1].folded : ""
            let rest = words.dropFirst(index + 2).prefix(3).map(\.singular)
            if let type = AnswerType(word.folded, next, rest) {
                self = type
                return
            }
        }
        return nil
    }

    private init?(_ word: String, _ next: String, _ rest: [String]) {
        switch word {
        case "who", "whom", "whose": self = .person
        case "where": self = .place
        case "when": self = .time(.any)
        case "how" where next == "many": self = .count(nouns: rest)
        case "how" where next == "much": self = .amount
        case "how" where Self.measured.contains(next): self = .measure
        case "what", "which":
            if ["percentage", "percent", "proportion"].contains(next) {
                self = .percentage
            } else if let unit = Self.timeUnits[next] {
                self = .time(unit)
            } else if Self.places.contains(next) {
                self = .place
            } else if Self.persons.contains(next) {
                self = .person
            } else {
                return nil
            }
        default: return nil
        }
    }

    private static let measured: Set<String> = [
        "long", "old", "far", "tall", "high", "fast", "deep", "large", "big", "wide", "heavy",
    ]
    private static let timeUnits: [String: TimeUnit] = [
        "year": .year, "decade": .decade, "century": .century, "month": .month, "date": .date,
        "day": .date,
    ]
    private static let places: Set<String> = [
        "city", "country", "state", "town", "county", "river", "island", "continent", "nation",
    ]
    private static let persons: Set<String> = [
        "person", "scientist", "king", "author", "actor", "president", "man", "woman", "artist",
        "singer", "player", "coach", "mathematician", "physicist", "engineer", "writer",
        "composer", "emperor", "pope",
    ]
}
