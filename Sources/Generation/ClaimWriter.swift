internal import Servers
internal import Text

/// Lets a writer write from passages, and checks every claim as it ends.
struct ClaimWriter {
    let writer: any TextWriter
    let checker: ClaimChecker

    /// Writes the answer to a conversation.
    func write(
        after messages: [ChatMessage],
        tokenLimit: Int,
        from passages: [Int: Passage],
        isStopped: () -> Bool,
        _ take: (CitedText) throws -> Void
    ) throws -> WrittenText {
        var reader = ClaimReader()
        var claims: [CheckedClaim] = []
        func handle(_ events: [ClaimReader.Event]) throws {
            for event in events {
                switch event {
                case .text(let text): try take(.text(text))
                case .claim(let claim):
                    let checked = checker.check(claim, against: passages)
                    claims.append(checked)
                    try take(.claim(checked))
                }
            }
        }
        let end = try writer.write(
            after: messages,
            tokenLimit: tokenLimit,
            isStopped: isStopped
        ) { piece in try handle(reader.take(piece)) }
        try handle(reader.finish())
        return WrittenText(claims: claims, end: end)
    }
}
