/// Takes server-sent events out of bytes that come in any pieces.
///
/// Lines end with LF, CR or both; `data` lines of one event are joined by LF; other fields and
/// comments are passed over.
///
/// - Source: WHATWG HTML, "Server-sent events", §9.2.6.
package struct EventStream: Sendable {
    /// Bytes of an event beyond which something else than events is coming.
    package static let longestEventBytes = 1 << 20

    private var line: [UInt8] = []
    private var data: [UInt8]?
    private var isAfterCarriageReturn = false
    private var isAtStart = true

    /// A stream from which nothing came.
    package init() {}

    /// Takes the next bytes; `body` gets the data of each event that they end.
    ///
    /// - Returns: Whether no event is longer than the limit.
    package mutating func take(
        _ bytes: some Sequence<UInt8>,
        _ body: ([UInt8]) throws(ServerError) -> Void
    ) throws(ServerError) -> Bool {
        for byte in bytes {
            defer { isAfterCarriageReturn = byte == 0x0D }
            if byte == 0x0A, isAfterCarriageReturn { continue }
            guard byte == 0x0A || byte == 0x0D else {
                line.append(byte)
                let count = line.count + (data?.count ?? 0)
                guard count <= Self.longestEventBytes else { return false }
                continue
            }
            try endLine(body)
        }
        return true
    }

    private mutating func endLine(
        _ body: ([UInt8]) throws(ServerError) -> Void
    ) throws(ServerError) {
        defer {
            line.removeAll(keepingCapacity: true)
            isAtStart = false
        }
        if isAtStart, line.starts(with: [0xEF, 0xBB, 0xBF]) { line.removeFirst(3) }
        guard !line.isEmpty else {
            if let whole = data {
                data = nil
                try body(whole)
            }
            return
        }
        let colon = line.firstIndex(of: UInt8(ascii: ":")) ?? line.count
        guard line[..<colon].elementsEqual("data".utf8) else { return }
        var value = line[min(colon + 1, line.count)...]
        if value.first == 0x20 { value.removeFirst() }
        if data == nil { data = Array(value) } else { data? += [0x0A] + value }
    }
}
