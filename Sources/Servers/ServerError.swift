public import Diagnostics

/// What can go wrong with a language server.
public enum ServerError: DiagnosticError, Equatable {
    /// What a time limit was on.
    public enum Wait: String, Sendable {
        case connection = "a connection"
        case firstWord = "its first word"
        case nextWord = "its next word"
        case whole = "its whole answer"
    }

    // What the user gave.
    /// The address is none.
    case badAddress(String, reason: String)
    /// The named variable of the environment holds no key.
    case noKey(variable: String)
    /// The named variable's value cannot be sent.
    case unusableKey(variable: String)
    // The way there.
    /// libcurl cannot be used.
    case noTransport(reason: String)
    /// Nobody answers at the address.
    case unreachable(url: String, reason: String)
    /// The server is not who it says.
    case insecure(url: String, reason: String)
    /// Something took too long.
    case tooSlow(url: String, wait: Wait, limit: Duration)
    /// The connection ended before the answer did.
    case dropped(url: String, reason: String)
    // What the server says.
    /// The key is missing or wrong.
    case notAllowed(url: String, status: Int, message: String)
    /// It has too much to do.
    case busy(url: String, status: Int, message: String)
    /// It refuses.
    case refused(url: String, status: Int, message: String)
    /// Its answer is no chat completion.
    case malformed(url: String, reason: String)

    public var problem: String {
        switch self {
        case .badAddress(let url, let reason): "`\(url)` is no server's address: \(reason)"
        case .noKey(let variable): "the environment has no variable \(variable)"
        case .unusableKey(let variable): "the key in \(variable) has a space or a control character"
        case .noTransport(let reason): "cannot speak to a server: \(reason)"
        case .unreachable(let url, let reason): "cannot reach the server \(url): \(reason)"
        case .insecure(let url, let reason): "the server \(url) cannot be trusted: \(reason)"
        case .tooSlow(let url, let wait, let limit):
            "the server \(url) kept us waiting for \(wait.rawValue) longer than \(limit.inSeconds)"
        case .dropped(let url, let reason):
            "the server \(url) ended the connection before its answer: \(reason)"
        case .notAllowed(let url, let status, let message):
            "the server \(url) does not let us in (status \(status)): \(message)"
        case .busy(let url, let status, let message):
            "the server \(url) cannot answer now (status \(status)): \(message)"
        case .refused(let url, let status, let message):
            "the server \(url) refuses (status \(status)): \(message)"
        case .malformed(let url, let reason):
            "the server \(url) answered with what is no chat completion: \(reason)"
        }
    }

    public var mend: String? {
        switch self {
        case .badAddress: "write it like http://127.0.0.1:8080/v1"
        case .noKey(let variable): "export \(variable)=KEY, or name another variable"
        case .unusableKey(let variable): "export \(variable) without quotes and line feeds"
        case .noTransport: "install libcurl4"
        case .unreachable: "start it, or correct --server"
        case .insecure: "correct --server, or install the certificate of who signed its own"
        case .tooSlow(_, .connection, _): "check --server and the network"
        case .tooSlow: "ask for less, or allow more with --server-timeout"
        case .dropped: "look at the server's log, and run the same command again"
        case .notAllowed: "put its key into OPENAI_API_KEY, or name a variable with --server-key"
        case .busy: "run the same command again later"
        case .refused(_, 404, _): "correct --server and --server-model"
        case .refused: nil
        case .malformed: "check that --server is the address of an OpenAI-compatible server"
        }
    }

    public var exitCode: ExitCode {
        switch self {
        case .badAddress, .unusableKey: .usage
        case .noKey, .noTransport, .unreachable, .refused: .unavailable
        case .insecure, .notAllowed: .noPermission
        case .tooSlow, .busy: .temporaryFailure
        case .dropped: .ioError
        case .malformed: .dataError
        }
    }

    /// Whether the same request may go well a moment later.
    var isPassing: Bool {
        switch self {
        case .unreachable, .dropped, .busy: true
        default: false
        }
    }
}

extension Duration {
    /// In seconds and tenths, as messages have it.
    var inSeconds: String {
        let (seconds, attoseconds) = components
        return "\(seconds).\(attoseconds / 100_000_000_000_000_000) s"
    }
}
