internal import Foundation

/// The key that lets in at a server, which stands in the environment and nowhere else.
public enum ServerKey {
    /// The variable that is read unless another is named.
    public static let usualVariable = "OPENAI_API_KEY"

    /// The key in a variable.
    ///
    /// - Parameters:
    ///   - variable: Its name; empty for the usual one, which may be missing.
    ///   - environment: Where it is looked for; nil for the process's own.
    /// - Returns: The key, or nil if none is named and the usual variable is not set.
    /// - Throws: `ServerError.noKey` if the named one is not set, or has what no header can have.
    public static func read(
        variable: String,
        environment: [String: String]? = nil
    ) throws(ServerError) -> String? {
        let name = variable.isEmpty ? usualVariable : variable
        let variables = environment ?? ProcessInfo.processInfo.environment
        let value = variables[name].flatMap { $0.isEmpty ? nil : $0 }
        guard let value else {
            if variable.isEmpty { return nil }
            throw .noKey(variable: name)
        }
        guard value.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw .unusableKey(variable: name)
        }
        return value
    }
}
