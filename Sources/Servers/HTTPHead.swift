/// What a server says before the body of its answer.
struct HTTPHead: Sendable, Equatable {
    /// The status, or 0 before it came.
    private(set) var status = 0
    /// The type of the body, in lowercase, without parameters.
    private(set) var contentType: String?
    /// How long it wants to be left alone.
    private(set) var retryAfter: String?

    /// Takes a line; one with a status begins anew, since others may come before the last.
    mutating func take(line: String) {
        let line = line.prefix { !$0.isNewline }
        if line.hasPrefix("HTTP/") {
            let words = line.split(separator: " ")
            self = HTTPHead()
            status = words.dropFirst().first.flatMap { Int($0) } ?? 0
            return
        }
        guard let colon = line.firstIndex(of: ":") else { return }
        let value = line[line.index(after: colon)...].drop { $0 == " " }
        switch line[..<colon].lowercased() {
        case "content-type":
            contentType = value.prefix { $0 != ";" && $0 != " " }.lowercased()
        case "retry-after": retryAfter = String(value.prefix { $0 != "\r" })
        default: break
        }
    }
}
