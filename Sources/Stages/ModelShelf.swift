private import Foundation
package import Models
private import Synchronization
package import Tensors
package import Text

/// The sentence encoder of a process, found and loaded once, and the threads that it computes on.
public final class ModelShelf: Sendable {
    private static let encoderName = "all-MiniLM-L6-v2"

    /// The threads for heavy computation.
    package let pool: ComputePool
    private let folders: [String]
    private let loaded = Mutex<SentenceEncoder?>(nil)

    /// A shelf that looks for models in a folder, or in the usual places.
    ///
    /// - Parameters:
    ///   - folder: The folder that holds `all-MiniLM-L6-v2`, or nil for `RIVERRUN_MODELS`, `models`
    ///     in the current folder, and `models` in a folder above the program.
    ///   - threadCount: How many threads compute, or nil for one a core.
    public init(folder: String? = nil, threadCount: Int? = nil) {
        pool = threadCount.map { ComputePool(threadCount: $0) } ?? ComputePool()
        folders = folder.map { [$0] } ?? ModelShelf.usualFolders
    }

    /// The encoder.
    ///
    /// - Throws: `StagesError.noEncoder` if none is found, `ModelsError` if it cannot be loaded.
    package func encoder() throws -> SentenceEncoder {
        try loaded.withLock { loaded in
            if let loaded { return loaded }
            let encoder = try SentenceEncoder(folder: try encoderFolder(), pool: pool)
            loaded = encoder
            return encoder
        }
    }

    /// The encoder's tokenizer, without its weights.
    package func tokenizer() throws -> WordPieceTokenizer {
        if let encoder = loaded.withLock({ $0 }) { return encoder.tokenizer }
        return try WordPieceTokenizer(vocabularyFile: try encoderFolder() + "/vocab.txt")
    }

    private func encoderFolder() throws(StagesError) -> String {
        let candidates = folders.flatMap { ["\($0)/\(Self.encoderName)", $0] }
        let found = candidates.first {
            FileManager.default.fileExists(atPath: "\($0)/model.safetensors")
        }
        guard let found else { throw .noEncoder(searched: folders) }
        return found
    }

    private static var usualFolders: [String] {
        if let folder = ProcessInfo.processInfo.environment["RIVERRUN_MODELS"] { return [folder] }
        var folders = ["models"]
        var folder = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        for _ in 0..<5 {
            folder.deleteLastPathComponent()
            folders.append(folder.appending(path: "models").path())
        }
        return folders
    }
}
