internal import Foundation

/// Where a language server is and how it is asked.
public struct ServerConfiguration: Sendable, Equatable {
    /// Its address up to and including the version, such as `http://127.0.0.1:8080/v1`.
    public var url: String
    /// The model's name, as the server knows it; servers of one model take any.
    public var model: String
    /// What lets in, if the server asks for something.
    public var key: String?
    /// How long it is waited for a connection.
    public var connectLimit: Duration
    /// How long for the first words, in which the server reads the prompt.
    public var firstWordLimit: Duration
    /// How long for each of the next ones.
    public var nextWordLimit: Duration
    /// How long for the whole, with all that was tried again.
    public var totalLimit: Duration
    /// When it is tried again.
    public var retries: RetrySchedule

    /// A server's address and the usual limits.
    public init(
        url: String,
        model: String = "",
        key: String? = nil,
        connectLimit: Duration = .seconds(10),
        firstWordLimit: Duration = .seconds(300),
        nextWordLimit: Duration = .seconds(60),
        totalLimit: Duration = .seconds(1800),
        retries: RetrySchedule = RetrySchedule()
    ) {
        self.url = url
        self.model = model
        self.key = key
        self.connectLimit = connectLimit
        self.firstWordLimit = firstWordLimit
        self.nextWordLimit = nextWordLimit
        self.totalLimit = totalLimit
        self.retries = retries
    }

    /// A server as users name it.
    ///
    /// A key that nobody named goes only where nobody else can read it: by HTTPS, or to this machine.
    ///
    /// - Parameters:
    ///   - url: Its address.
    ///   - model: The model's name; empty for a server of one model.
    ///   - keyVariable: The environment's variable that holds the key; empty for the usual one.
    ///   - answerLimit: How long an answer may take; nil for the usual limits.
    ///   - environment: Where the key is looked for; nil for the process's own.
    /// - Throws: `ServerError` if the named variable holds no key.
    public init(
        url: String,
        model: String,
        keyVariable: String,
        answerLimit: Duration?,
        environment: [String: String]? = nil
    ) throws(ServerError) {
        self.init(url: url, model: model)
        let isPrivate = isLocal || url.lowercased().hasPrefix("https://")
        if !keyVariable.isEmpty || isPrivate {
            key = try ServerKey.read(variable: keyVariable, environment: environment)
        }
        guard let answerLimit else { return }
        firstWordLimit = answerLimit
        nextWordLimit = answerLimit
        totalLimit = answerLimit
    }

    /// The address that completes conversations.
    ///
    /// A path may be given or not: `http://host:8080`, `http://host:8080/v1` and the whole
    /// address mean the same.
    ///
    /// - Throws: `ServerError.badAddress` if it is none of `http` or `https`.
    package var completionsURL: String {
        get throws(ServerError) {
            var rest = url
            while rest.hasSuffix("/") { rest.removeLast() }
            let scheme = rest.range(of: "://").map { rest[..<$0.lowerBound].lowercased() }
            guard let scheme, ["http", "https"].contains(scheme) else {
                throw .badAddress(url, reason: "it begins neither with http:// nor with https://")
            }
            let address = rest.dropFirst(scheme.count + 3)
            guard !address.isEmpty, address.first != "/", address.first != "?" else {
                throw .badAddress(url, reason: "it names no host")
            }
            guard !rest.unicodeScalars.contains(where: { $0.value <= 0x20 || $0.value == 0x7F })
            else { throw .badAddress(url, reason: "it has a space or a control character") }
            if rest.hasSuffix("/chat/completions") { return rest }
            return rest + (address.contains("/") ? "" : "/v1") + "/chat/completions"
        }
    }

    /// Whether the server is on this machine, which no proxy reaches.
    package var isLocal: Bool {
        guard let start = url.range(of: "://")?.upperBound else { return false }
        let authority = url[start...].prefix { $0 != "/" }
        let host = authority.split(separator: "@").last ?? ""
        return host.hasPrefix("127.") || host.hasPrefix("[::1]") || host == "localhost"
            || host.hasPrefix("localhost:")
    }
}
