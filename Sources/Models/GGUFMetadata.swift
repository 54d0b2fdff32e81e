/// Asks a GGUF file's metadata for entries of the kind that they must have.
extension GGUFFile {
    /// A count or an index, or nil if the file has none.
    func count(_ key: String) throws(ModelsError) -> Int? {
        guard let value = metadata[key] else { return nil }
        guard let count = value.count else { throw wrongKind(key, "a count") }
        return count
    }

    /// A count that must be there and is not 0.
    func requiredCount(_ key: String) throws(ModelsError) -> Int {
        guard let count = try count(key) else { throw missing(key) }
        guard count > 0 else { throw wrongKind(key, "a positive count") }
        return count
    }

    /// A finite number, or nil if the file has none.
    func number(_ key: String) throws(ModelsError) -> Double? {
        guard let value = metadata[key] else { return nil }
        guard let number = value.number, number.isFinite else { throw wrongKind(key, "a number") }
        return number
    }

    /// A positive number, or nil if the file has none.
    func positiveNumber(_ key: String) throws(ModelsError) -> Double? {
        guard let number = try number(key) else { return nil }
        guard number > 0 else { throw wrongKind(key, "a positive number") }
        return number
    }

    /// A truth value, or nil if the file has none.
    func flag(_ key: String) throws(ModelsError) -> Bool? {
        guard let value = metadata[key] else { return nil }
        guard case .bool(let flag) = value else { throw wrongKind(key, "true or false") }
        return flag
    }

    /// A text, or nil if the file has none.
    func text(_ key: String) throws(ModelsError) -> String? {
        guard let value = metadata[key] else { return nil }
        guard case .string(let bytes) = value else { throw wrongKind(key, "text") }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Strings, or nil if the file has none.
    func strings(_ key: String) throws(ModelsError) -> [[UInt8]]? {
        guard let value = metadata[key] else { return nil }
        guard case .array(let array) = value, let strings = try strings(of: array) else {
            throw wrongKind(key, "an array of strings")
        }
        return strings
    }

    /// Numbers, or nil if the file has none.
    func numbers(_ key: String) throws(ModelsError) -> [Double]? {
        guard let value = metadata[key] else { return nil }
        guard case .array(let array) = value, let numbers = try numbers(of: array) else {
            throw wrongKind(key, "an array of numbers")
        }
        return numbers
    }

    /// The error of a file without an entry that is needed.
    func missing(_ key: String) -> ModelsError {
        .malformed(file: path, reason: "its metadata lacks \(key)")
    }

    private func wrongKind(_ key: String, _ expected: String) -> ModelsError {
        .malformed(file: path, reason: "\(key) in its metadata is not \(expected)")
    }
}
