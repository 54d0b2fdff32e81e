/// What shaped a store; every later run has to agree with it.
public struct StoreSettings: Sendable, Equatable {
    /// The fingerprint of the sentence encoder whose vectors the store holds.
    public var encoder: String
    /// The dimensions of a landmark and of a concept.
    public var vectorWidth: Int
    /// Every other setting of the chain that shaped the store, by name.
    public var chain: [String: String]

    /// Settings for a store of vectors with `vectorWidth` dimensions that `encoder` makes.
    ///
    /// - Precondition: `vectorWidth` is between 1 and 65,536.
    public init(encoder: String, vectorWidth: Int = 384, chain: [String: String] = [:]) {
        precondition((1...65_536).contains(vectorWidth), "a vector has 1 to 65,536 dimensions")
        self.encoder = encoder
        self.vectorWidth = vectorWidth
        self.chain = chain
    }
}

/// How a store is opened.
public enum StoreMode: Sendable, Equatable {
    /// Any number of readers at a time, beside at most one writer.
    case readOnly
    /// The one writer, which may also read; `create` makes the store where there is none.
    case readWrite(create: Bool)
}
