public import Generation
internal import Models
internal import Pipelines
internal import Servers

/// Which language model writes answers and summaries, if one does.
public struct WriterChoice: Sendable, Equatable {
    /// A server's address; empty for a model in this process.
    public var server: String
    /// The model's file, or its name at the server; empty for none.
    public var model: String
    /// The environment's variable that holds the server's key; empty for the usual one.
    public var keyVariable: String
    /// How many seconds a server's answer may take; 0 for the usual limits.
    public var timeoutSeconds: Double
    /// How many tokens the context has; 0 for the usual count.
    public var contextLength: Int
    /// How many tokens are written at most; 0 for the usual count.
    public var tokenLimit: Int

    /// A choice; none unless a model or a server is named.
    public init(
        server: String = "",
        model: String = "",
        keyVariable: String = "",
        timeoutSeconds: Double = 0,
        contextLength: Int = 0,
        tokenLimit: Int = 0
    ) {
        self.server = server
        self.model = model
        self.keyVariable = keyVariable
        self.timeoutSeconds = timeoutSeconds
        self.contextLength = contextLength
        self.tokenLimit = tokenLimit
    }

    /// Whether there is no writer.
    public var isNone: Bool { server.isEmpty && model.isEmpty }

    /// How many tokens are written at most, or nil for the usual count.
    public var tokens: Int? { tokenLimit == 0 ? nil : tokenLimit }

    /// Loads the model, or gets ready to ask the server.
    ///
    /// - Parameters:
    ///   - models: The threads that a model computes on.
    ///   - notice: Takes what should be told to the user and stops nothing.
    /// - Returns: The writer, or nil for none.
    /// - Throws: `ModelsError` or `ServerError`.
    public func writer(
        _ models: ModelShelf,
        notice: @escaping @Sendable (String) -> Void
    ) async throws -> (any TextWriter)? {
        guard !isNone else { return nil }
        let context = contextLength == 0 ? nil : contextLength
        guard server.isEmpty else {
            let configuration = try ServerConfiguration(
                url: server,
                model: model,
                keyVariable: keyVariable,
                answerLimit: timeoutSeconds == 0 ? nil : .seconds(timeoutSeconds)
            )
            // A wrong address is told before anything is read.
            _ = try configuration.completionsURL
            return ServerWriter(ChatServer(configuration, notice: notice), contextLength: context)
        }
        return try ModelWriter(
            try await models.languageModel(file: model),
            contextLength: context
        )
    }
}

// MARK: - In pipeline files

extension WriterChoice {
    /// The keys of a stage that has a writer.
    static let fields = [
        FieldSpec(
            "model",
            .string,
            default: .string(""),
            "a language model's file, or with `server` its name there; empty for none"
        ),
        FieldSpec(
            "server",
            .string,
            default: .string(""),
            "the address of an OpenAI-compatible server; empty for none"
        ),
        FieldSpec(
            "key",
            .string,
            default: .string(""),
            "the environment variable of the server's key; empty for OPENAI_API_KEY, if it is set"
        ),
        FieldSpec(
            "timeout",
            .number(0...1e6),
            default: .number(0),
            "how many seconds a server's answer may take; 0 for 300 to its first word, 60 to each next "
                + "and 1800 in all"
        ),
        FieldSpec(
            "context",
            .integer(0...10_000_000),
            default: .integer(0),
            "how many tokens a prompt and its answer have at most; 0 for 4096, or what the model can"
        ),
        FieldSpec(
            "tokens",
            .integer(0...10_000_000),
            default: .integer(0),
            "how many tokens are written at most; 0 for 512, or a quarter of the context"
        ),
    ]

    /// The choice that a stage's keys make.
    init(_ settings: StageSettings) {
        self.init(
            server: settings.string("server"),
            model: settings.string("model"),
            keyVariable: settings.string("key"),
            timeoutSeconds: settings.number("timeout"),
            contextLength: settings.integer("context"),
            tokenLimit: settings.integer("tokens")
        )
    }

    /// The choice as settings of a stage, each `STAGE.KEY=VALUE`.
    public func settings(of stage: String) -> [String] {
        let pairs = [
            ("server", server), ("model", model), ("key", keyVariable),
            ("timeout", "\(timeoutSeconds)"), ("context", "\(contextLength)"),
            ("tokens", "\(tokenLimit)"),
        ]
        return pairs.map { key, value in "\(stage).\(key)=\(value)" }
    }

    /// What is wrong with a stage's keys together.
    static func faults(of settings: StageSettings) -> [SettingFault] {
        let choice = WriterChoice(settings)
        var faults: [SettingFault] = []
        func require(_ key: String, isGiven: Bool, _ isThere: Bool, _ owner: String, _ mend: String)
        {
            guard isGiven, !isThere else { return }
            faults.append(
                SettingFault(key: key, problem: "`\(key)` goes with \(owner)", mend: mend)
            )
        }
        let hasServer = !choice.server.isEmpty
        require(
            "key",
            isGiven: !choice.keyVariable.isEmpty,
            hasServer,
            "`server`",
            "add `server: URL`"
        )
        require(
            "timeout",
            isGiven: choice.timeoutSeconds > 0,
            hasServer,
            "`server`",
            "add `server: URL`"
        )
        let mend = "add `model: FILE` or `server: URL`"
        let owner = "`model` or `server`"
        require("context", isGiven: choice.contextLength > 0, !choice.isNone, owner, mend)
        require("tokens", isGiven: choice.tokenLimit > 0, !choice.isNone, owner, mend)
        guard hasServer else { return faults }
        do throws(ServerError) {
            _ = try ServerConfiguration(url: choice.server).completionsURL
        } catch {
            faults.append(
                SettingFault(
                    key: "server",
                    problem: error.problem,
                    mend: error.mend ?? "correct it"
                )
            )
        }
        return faults
    }
}
