import Foundation

/// A store for one command, thrown away with it.
final class TemporaryStore: Sendable {
    /// Its folder.
    let path: String

    init() throws {
        let folder = FileManager.default.temporaryDirectory
            .appending(path: "riverrun-\(UUID().uuidString)", directoryHint: .isDirectory)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        path = folder.path()
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}
