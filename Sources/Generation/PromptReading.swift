internal import Models

/// Takes prompts to a model in strides, between which it may be stopped.
enum PromptReading {
    /// Whole passes of the model, a fraction of a second each.
    private static let strideLength = 96

    /// Gives `append` all tokens of a prompt but the last.
    ///
    /// - Returns: Whether it was not stopped.
    static func readAllButLast(
        of tokens: [Int32],
        isStopped: () -> Bool,
        _ append: ([Int32]) throws(ModelsError) -> Void
    ) throws(ModelsError) -> Bool {
        let last = tokens.count - 1
        for start in stride(from: 0, to: last, by: strideLength) {
            if isStopped() { return false }
            try append(Array(tokens[start..<min(start + strideLength, last)]))
        }
        return true
    }
}
