private import Foundation
private import Models

/// The encoders that a shelf finds.
public struct ModelInventory: Sendable {
    /// An encoder that is there.
    public struct Entry: Sendable, Equatable {
        /// Its name as `embed` takes it.
        public let name: String
        /// Where it is.
        public let path: String
        /// How large its file of weights is.
        public let sizeBytes: Int
        /// The length of its vectors.
        public let width: Int
        /// By which stores that it made are known.
        public let fingerprint: String
    }

    /// The encoders, in the order of the shelf's folders.
    public let entries: [Entry]

    /// Looks through the folders of a shelf.
    ///
    /// - Throws: If a file that is there cannot be used.
    public init(_ shelf: ModelShelf) throws {
        var entries: [Entry] = []
        if let folder = try? shelf.encoderFolder() {
            let file = "\(folder)/model.safetensors"
            entries.append(Entry("minilm", try shelf.encoder(), folder, weights: file))
        }
        if let file = shelf.staticFile {
            entries.append(Entry("static", try shelf.staticEncoder(), file, weights: file))
        }
        self.entries = entries
    }
}

extension ModelInventory.Entry {
    fileprivate init(
        _ name: String,
        _ encoder: any ConceptEncoder,
        _ path: String,
        weights: String
    ) {
        let attributes = try? FileManager.default.attributesOfItem(atPath: weights)
        self.init(
            name: name,
            path: path,
            sizeBytes: (attributes?[.size] as? NSNumber)?.intValue ?? 0,
            width: encoder.width,
            fingerprint: encoder.fingerprint
        )
    }
}

extension ModelShelf {
    /// Makes the static encoder from MiniLM.
    ///
    /// - Parameters:
    ///   - output: The file; nil for `static.safetensors` beside MiniLM's folder, where it is found.
    ///   - progress: Called with the share that is done, from 0 to 1.
    /// - Returns: The file.
    /// - Throws: If MiniLM is missing or the file cannot be written.
    public func distill(
        to output: String? = nil,
        progress: (Double) -> Void = { _ in }
    ) throws -> String {
        let file = try output ?? defaultStaticFile()
        let teacher = try SentenceEncoder(folder: try encoderFolder(), pool: pool)
        let distiller = StaticDistiller(teacher: teacher, pool: pool)
        try distiller.distill(to: file, progress: progress)
        return file
    }
}
