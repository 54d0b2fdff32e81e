import BlockStorage
import Foundation

/// A program that goes on while the test does something to it.
final class Running {
    let process = Process()
    private let input = Pipe()
    private let output = Pipe()
    private let errorFile: URL

    /// Starts the program with an input that stays open.
    init(_ arguments: [String], in scratch: Scratch) throws {
        errorFile = scratch.file("errors-\(UUID().uuidString)", Data())
        process.executableURL = Binary.executable
        process.arguments = arguments
        process.standardInput = input
        process.standardOutput = output
        process.standardError = try FileHandle(forWritingTo: errorFile)
        try process.run()
    }

    deinit { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }

    /// What it has written to standard error.
    var errors: String { (try? String(contentsOf: errorFile, encoding: .utf8)) ?? "" }

    func write(_ text: String) throws {
        try input.fileHandleForWriting.write(contentsOf: Data(text.utf8))
    }

    func closeInput() throws { try input.fileHandleForWriting.close() }

    /// Waits until it has written something to standard output.
    func waitForOutput() throws { _ = try output.fileHandleForReading.read(upToCount: 1) }

    /// Reads its output to the end and waits until it ends; its exit status, or 128 plus the signal
    /// that ended it.
    func wait() -> Int32 {
        // A program whose reader does not read waits for it.
        _ = try? output.fileHandleForReading.readToEnd()
        process.waitUntilExit()
        let isSignalled = process.terminationReason == .uncaughtSignal
        return process.terminationStatus + (isSignalled ? 128 : 0)
    }

    func send(_ signal: Int32) { kill(process.processIdentifier, signal) }

    /// Waits until a store holds a block, as long as the program goes on.
    func waitForBlocks(in store: String) {
        while process.isRunning {
            let count = try? Store.open(at: store, mode: .readOnly).read {
                try $0.statistics().blockCount
            }
            if count ?? 0 > 0 { return }
            sched_yield()
        }
    }
}
