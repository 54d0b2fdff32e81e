internal import Serialization
internal import Tensors

/// Files of models, whose errors name them.
extension MappedFile {
    /// Maps a file of a model.
    convenience init(model path: String) throws(ModelsError) {
        do {
            try self.init(path: path)
        } catch {
            throw .unreadable(file: path, reason: error.reason)
        }
    }

    /// Digests the bytes from `start` on, of the file at `path`.
    func digest(
        from start: Int,
        into digester: inout ContentDigester,
        path: String
    ) throws(ModelsError) {
        do {
            try read(from: start) { digester.update($0) }
        } catch {
            throw .unreadable(file: path, reason: error.reason)
        }
    }
}
