internal import CTransfer

/// One POST and its answer, worked through on the calling thread.
struct HTTPExchange {
    let url: String
    let headers: [String]
    let body: [UInt8]
    let connectLimit: Duration
    /// Whether a proxy is passed by.
    let isDirect: Bool

    /// How an exchange ended that nobody stopped.
    enum Outcome {
        case complete
        case unreachable(String)
        case connectTimeout
        case dropped(String)
        case insecure(String)
        case badAddress(String)
    }

    /// How long the thread waits before it asks again whether to go on.
    private static let waitMilliseconds: Int32 = 20

    /// Sends the request and gives what comes to `take`.
    ///
    /// - Parameter take: Gets the head and the bytes of the body that came since its last call, at least
    ///   every 20 ms; gives false to stop.
    /// - Returns: The head and how it ended; nil if `take` stopped it.
    /// - Throws: `ServerError.noTransport`, or what `take` throws.
    func run(
        _ take: (HTTPHead, [UInt8]) throws -> Bool
    ) throws -> (HTTPHead, Outcome)? {
        if let reason = transfer_unavailable() {
            throw ServerError.noTransport(reason: String(cString: reason))
        }
        let inbox = Inbox()
        // The inbox must outlive the exchange, which fills it.
        return try withExtendedLifetime(inbox) {
            guard let transfer = begin(inbox) else {
                throw ServerError.noTransport(reason: "memory is short")
            }
            defer { transfer_free(transfer) }
            var isRunning = true
            while isRunning {
                isRunning = transfer_step(transfer, Self.waitMilliseconds) != 0
                guard try take(inbox.head, inbox.takeBody()) else { return nil }
            }
            return (inbox.head, outcome(of: transfer))
        }
    }

    private func outcome(of transfer: OpaquePointer) -> Outcome {
        let reason = String(cString: transfer_reason(transfer))
        return switch transfer_result(transfer) {
        case transfer_end_complete: .complete
        case transfer_end_unreachable: .unreachable(reason)
        case transfer_end_connect_timeout: .connectTimeout
        case transfer_end_insecure: .insecure(reason)
        case transfer_end_bad_url: .badAddress(reason)
        default: .dropped(reason)
        }
    }

    private func begin(_ inbox: Inbox) -> OpaquePointer? {
        let (seconds, attoseconds) = connectLimit.components
        let milliseconds = seconds * 1000 + attoseconds / 1_000_000_000_000_000
        return headers.joined(separator: "\n").withCString { headers in
            url.withCString { url in
                body.withUnsafeBytes { body in
                    var request = transfer_request()
                    request.url = url
                    request.headers = headers
                    request.body = body.baseAddress?.assumingMemoryBound(to: CChar.self)
                    request.body_count = body.count
                    // 0 would mean libcurl's own five minutes.
                    request.connect_milliseconds = Int(clamping: max(milliseconds, 1))
                    request.is_direct = isDirect ? 1 : 0
                    request.take_header = Inbox.takeHeader
                    request.take_body = Inbox.takeBody
                    request.context = Unmanaged.passUnretained(inbox).toOpaque()
                    return transfer_begin(&request)
                }
            }
        }
    }
}

/// Where an exchange leaves what comes.
private final class Inbox {
    private(set) var head = HTTPHead()
    private var body: [UInt8] = []

    static let takeHeader: transfer_sink = { context, bytes, count in
        guard let context, let bytes else { return 1 }
        let line = UnsafeRawBufferPointer(start: bytes, count: count)
        Unmanaged<Inbox>.fromOpaque(context).takeUnretainedValue()
            .head.take(line: String(decoding: line, as: UTF8.self))
        return 0
    }

    static let takeBody: transfer_sink = { context, bytes, count in
        guard let context, let bytes else { return 1 }
        Unmanaged<Inbox>.fromOpaque(context).takeUnretainedValue()
            .body += UnsafeRawBufferPointer(start: bytes, count: count)
        return 0
    }

    func takeBody() -> [UInt8] {
        defer { body.removeAll(keepingCapacity: true) }
        return body
    }
}
