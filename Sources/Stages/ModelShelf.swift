private import Foundation
public import Models
private import Synchronization
package import Tensors
package import Text

/// The sentence encoder of a process, found and loaded once, and the threads that it computes on.
public final class ModelShelf: Sendable {
    private static let staticFileName = "static.safetensors"
    private static let encoderName = "all-MiniLM-L6-v2"

    /// The threads for heavy computation.
    package let pool: ComputePool
    private let folders: [String]
    /// The precision that was asked for.
    private let precision: EncoderPrecision?
    private let state = Mutex(State())
    private let loadedWriters = Mutex<[String: LlamaModel]>([:])
    private let loadedStatic = Mutex<[Int?: StaticEncoder]>([:])
    private let vocabulary = Mutex<WordPieceTokenizer?>(nil)

    private struct State {
        var encoder: SentenceEncoder?
        /// What the store in use wants, which holds where none was asked for.
        var storedPrecision: EncoderPrecision?
    }

    /// A shelf that looks for models in a folder, or in the usual places.
    ///
    /// - Parameters:
    ///   - folder: The folder that holds `all-MiniLM-L6-v2`, or nil for `RIVERRUN_MODELS`, `models`
    ///     in the current folder, and `models` in a folder above the program.
    ///   - threadCount: How many threads compute, or nil for one a core.
    ///   - precision: The numbers that MiniLM computes in, or nil for those that the store was made with,
    ///     int8 beside the static encoder, and `EncoderPrecision.standard` for a new store.
    public init(
        folder: String? = nil,
        threadCount: Int? = nil,
        precision: EncoderPrecision? = nil
    ) {
        self.precision = precision
        pool = threadCount.map { ComputePool(threadCount: $0) } ?? ComputePool()
        folders = folder.map { [$0] } ?? ModelShelf.usualFolders
    }

    /// The encoder.
    ///
    /// - Throws: `StagesError.noEncoder` if none is found, `ModelsError` if it cannot be loaded.
    package func encoder() throws -> SentenceEncoder {
        try state.withLock { state in
            if let encoder = state.encoder { return encoder }
            let encoder = try SentenceEncoder(
                folder: try encoderFolder(),
                pool: pool,
                precision: precision ?? state.storedPrecision ?? .standard
            )
            state.encoder = encoder
            return encoder
        }
    }

    /// Lets MiniLM compute as the encoder of a store's vectors does, unless a precision was asked for; beside the
    /// static encoder it only ranks what that found, for which int8 is as good as f32.
    func follow(fingerprint: String) {
        let isStatic = Self.outrunsStorage(fingerprint: fingerprint)
        state.withLock { state in
            state.storedPrecision = isStatic ? .int8 : EncoderPrecision(fingerprint: fingerprint)
        }
    }

    /// The static encoder.
    ///
    /// - Parameter width: How many dimensions are kept; nil for all.
    /// - Returns: The encoder, loaded once for each width.
    /// - Throws: `StagesError.noStaticEncoder` if none is found, `ModelsError` if it cannot be loaded.
    package func staticEncoder(width: Int? = nil) throws -> StaticEncoder {
        try loadedStatic.withLock { loaded in
            if let encoder = loaded[width] { return encoder }
            let encoder: StaticEncoder
            if let other = loaded.values.first {
                encoder = try other.keeping(width: width)
            } else {
                guard let file = staticFile else {
                    throw StagesError.noStaticEncoder(searched: staticCandidates)
                }
                encoder = try StaticEncoder(
                    file: file,
                    width: width,
                    pool: pool,
                    tokenizer: vocabulary.withLock { $0 }
                )
            }
            loaded[width] = encoder
            return encoder
        }
    }

    /// The encoder that claims are compared with: MiniLM, else the static one, else none.
    ///
    /// - Throws: `ModelsError` if it is there and cannot be loaded.
    func claimEncoder() throws -> (any ConceptEncoder)? {
        do {
            return try encoder()
        } catch is StagesError {
            return staticFile == nil ? nil : try staticEncoder()
        }
    }

    /// A language model, loaded once.
    ///
    /// - Throws: `ModelsError.decoder` if its file cannot be used.
    func languageModel(file: String) async throws(ModelsError) -> LlamaModel {
        if let model = loadedWriters.withLock({ $0[file] }) { return model }
        let pool = pool
        let model = try await pool.run { () throws(ModelsError) in
            try LlamaModel(file: file, pool: pool)
        }
        return loadedWriters.withLock { loaded in
            let first = loaded[file] ?? model
            loaded[file] = first
            return first
        }
    }

    /// The encoders' tokenizer, without their weights: both cut text alike.
    package func tokenizer() throws -> WordPieceTokenizer {
        if let encoder = state.withLock({ $0.encoder }) { return encoder.tokenizer }
        let loaded = loadedStatic.withLock { $0.values.first }
        if let loaded { return loaded.tokenizer }
        if staticFile != nil, (try? encoderFolder()) == nil { return try staticEncoder().tokenizer }
        let file = try encoderFolder() + "/vocab.txt"
        return try vocabulary.withLock { loaded in
            if let loaded { return loaded }
            let tokenizer = try WordPieceTokenizer(vocabularyFile: file)
            loaded = tokenizer
            return tokenizer
        }
    }

    func encoderFolder() throws(StagesError) -> String {
        let candidates = folders.flatMap { ["\($0)/\(Self.encoderName)", $0] }
        let found = candidates.first {
            FileManager.default.fileExists(atPath: "\($0)/model.safetensors")
        }
        guard let found else { throw .noEncoder(searched: folders) }
        return found
    }

    /// The file of the static encoder, if there is one.
    var staticFile: String? {
        staticCandidates.first { FileManager.default.fileExists(atPath: $0) }
    }

    /// Where the static encoder is written: beside MiniLM's folder.
    func defaultStaticFile() throws -> String {
        let encoder = try encoderFolder()
        let folder = folders.first { encoder.hasPrefix($0) } ?? encoder
        return "\(folder)/\(Self.staticFileName)"
    }

    private var staticCandidates: [String] { folders.map { "\($0)/\(Self.staticFileName)" } }

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
