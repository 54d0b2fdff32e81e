import Foundation

/// The built program, run as a user runs it.
struct Binary {
    /// What a run left behind.
    struct Result {
        /// What it wrote to standard output.
        let output: String
        /// What it wrote to standard error.
        let errors: String
        /// Its exit status, or 128 plus the signal that ended it.
        let status: Int32

        /// The standard output's lines, each decoded as a JSON object.
        func objects() throws -> [[String: Any]] {
            try output.split(separator: "\n").compactMap {
                try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
            }
        }
    }

    /// The package's root, where tests run the program.
    static let root = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// The program, which the package manager builds beside the tests.
    static let executable = URL(filePath: CommandLine.arguments[0])
        .deletingLastPathComponent().appending(path: "riverrun")

    /// Runs the program to its end.
    static func run(
        _ arguments: [String],
        input: Data? = nil,
        directory: URL = root,
        environment: [String: String] = [:]
    ) throws -> Result {
        let process = Process()
        process.executableURL = executable
        process.arguments = arguments
        process.currentDirectoryURL = directory
        var variables = ProcessInfo.processInfo.environment
        variables["RIVERRUN_MODELS"] = root.appending(path: "models").path()
        process.environment = variables.merging(environment) { $1 }
        return try finish(process, input: input)
    }

    /// Runs a shell command line in which `riverrun` is the built program.
    static func shell(
        _ command: String,
        directory: URL = root
    ) throws -> Result {
        let process = Process()
        process.executableURL = URL(filePath: "/bin/bash")
        process.arguments = ["-c", command]
        process.currentDirectoryURL = directory
        var variables = ProcessInfo.processInfo.environment
        let folder = executable.deletingLastPathComponent().path()
        variables["PATH"] = "\(folder):\(variables["PATH"] ?? "/usr/bin:/bin")"
        variables["RIVERRUN_MODELS"] = root.appending(path: "models").path()
        process.environment = variables
        return try finish(process, input: nil)
    }

    /// Feeds, drains both outputs at once so that neither pipe fills, and waits.
    private static func finish(_ process: Process, input: Data?) throws -> Result {
        let scratch = try Scratch()
        let inputFile = scratch.file("input", input ?? Data())
        let outputFile = scratch.file("output", Data())
        let errorFile = scratch.file("errors", Data())
        process.standardInput = try FileHandle(forReadingFrom: inputFile)
        process.standardOutput = try FileHandle(forWritingTo: outputFile)
        process.standardError = try FileHandle(forWritingTo: errorFile)
        try process.run()
        process.waitUntilExit()
        let signalled = process.terminationReason == .uncaughtSignal
        return Result(
            output: String(decoding: try Data(contentsOf: outputFile), as: UTF8.self),
            errors: String(decoding: try Data(contentsOf: errorFile), as: UTF8.self),
            status: process.terminationStatus + (signalled ? 128 : 0)
        )
    }
}

/// A folder of a test's own, removed with it.
final class Scratch: Sendable {
    /// The folder.
    let folder: URL

    /// Makes a fresh folder.
    init() throws {
        folder = FileManager.default.temporaryDirectory
            .appending(path: "riverrun-\(UUID().uuidString)", directoryHint: .isDirectory)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    /// The path of something in the folder.
    func path(_ name: String) -> String { folder.appending(path: name).path() }

    /// Writes a file in the folder.
    @discardableResult
    func file(_ name: String, _ content: Data) -> URL {
        let url = folder.appending(path: name)
        _ = FileManager.default.createFile(atPath: url.path(), contents: content)
        return url
    }

    /// Writes a text file in the folder.
    @discardableResult
    func file(_ name: String, _ content: String) -> URL {
        file(name, Data(content.utf8))
    }
}
