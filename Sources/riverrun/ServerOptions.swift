import ArgumentParser
import Servers

/// Options of a language model that a server runs.
struct ServerOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The address of an OpenAI-compatible server, such as http://127.0.0.1:8080/v1.",
            valueName: "url"
        )
    )
    var server: String?

    @Option(
        name: .customLong("server-model"),
        help: ArgumentHelp(
            "The model's name as the server knows it; a server of one model needs none.",
            valueName: "name"
        )
    )
    var serverModel: String?

    @Option(
        name: .customLong("server-key"),
        help: ArgumentHelp(
            """
            The environment variable that holds the server's key; OPENAI_API_KEY, if it is set, \
            unless given.
            """,
            valueName: "variable"
        )
    )
    var serverKey: String?

    @Option(
        name: .customLong("server-timeout"),
        help: ArgumentHelp(
            """
            How long an answer may take; 300 to its first word, 60 to each next one and 1800 in all \
            unless given.
            """,
            valueName: "seconds"
        )
    )
    var serverTimeout: Double?

    private static let longestTimeout = 1e6

    func validate() throws {
        if server == nil {
            let given = [
                ("model", serverModel != nil), ("key", serverKey != nil),
                ("timeout", serverTimeout != nil),
            ]
            if let (name, _) = given.first(where: \.1) {
                throw ValidationError("--server-\(name) goes with --server.")
            }
        }
        if let serverTimeout, !(serverTimeout > 0 && serverTimeout <= Self.longestTimeout) {
            throw ValidationError("--server-timeout is more than 0 and at most a million seconds.")
        }
        // A key in its variable's place is not repeated, for others may read what is printed.
        if let serverKey, serverKey.contains(where: { !($0.isLetter || $0.isNumber || $0 == "_") })
        {
            throw ValidationError("--server-key takes the name of a variable, not the key itself.")
        }
    }

    /// The server, if one is named; what it is waited for is told on standard error.
    func chatServer() throws(ServerError) -> ChatServer? {
        guard let server else { return nil }
        let configuration = try ServerConfiguration(
            url: server,
            model: serverModel ?? "",
            keyVariable: serverKey ?? "",
            answerLimit: serverTimeout.map { .seconds($0) }
        )
        return ChatServer(configuration) { Terminal.report($0) }
    }
}
