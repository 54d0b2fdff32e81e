import BlockStorage
import Models
import Synchronization

/// Which encoder makes a run's vectors.
struct EncoderChoice: Sendable, Equatable {
    /// An encoder by its name in a pipeline file.
    enum Model: String, CaseIterable {
        /// The store's own, and `minilm` where none was made yet.
        case auto
        case minilm
        case `static`
    }

    /// The encoder.
    var model = Model.auto
    /// How many dimensions are kept; nil for the usual ones: all of MiniLM, 128 of the static encoder.
    var width: Int?

    /// A store's second look makes up for what more dimensions of the static encoder would find, and
    /// they cost most of its time and room: `Sources/Models/README.md` has the figures.
    static let staticWidth = 128
}

extension ModelShelf {
    private static let staticPrefix = "static-"

    /// Whether the encoder of a fingerprint is one whose vectors are not kept.
    static func outrunsStorage(fingerprint: String) -> Bool { fingerprint.hasPrefix(staticPrefix) }

    /// The encoder whose vectors bear a fingerprint, or the nearest that is there: whoever compares
    /// vectors checks.
    ///
    /// - Throws: `StagesError.noEncoder` or `noStaticEncoder` if it is missing, else `ModelsError`.
    func encoder(fingerprint: String) throws -> any ConceptEncoder {
        guard Self.outrunsStorage(fingerprint: fingerprint) else { return try encoder() }
        let width = fingerprint.dropFirst(Self.staticPrefix.count).prefix { $0 != "-" }
        return try staticEncoder(width: Int(width))
    }
}

extension StoreShelf {
    /// The encoder of this run: the first choice that was made, which later ones follow.
    ///
    /// - Throws: If it is missing or cannot be loaded.
    func encoder(_ choice: EncoderChoice = EncoderChoice()) throws -> any ConceptEncoder {
        try chosenEncoder.withLock { chosen in
            if let chosen, choice == EncoderChoice() { return chosen }
            let encoder = try load(choice)
            models.follow(fingerprint: encoder.fingerprint)
            chosen = encoder
            return encoder
        }
    }

    private func load(_ choice: EncoderChoice) throws -> any ConceptEncoder {
        switch choice.model {
        case .static:
            if let width = choice.width { return try models.staticEncoder(width: width) }
            let whole = try models.staticEncoder()
            return whole.width <= EncoderChoice.staticWidth
                ? whole : try models.staticEncoder(width: EncoderChoice.staticWidth)
        case .minilm: return try whole(try models.encoder(), choice)
        case .auto:
            guard let stored = storedSettings?.encoder else {
                return try whole(try models.encoder(), choice)
            }
            return try whole(try models.encoder(fingerprint: stored), choice)
        }
    }

    /// The encoder, if its width is what was chosen.
    private func whole(
        _ encoder: any ConceptEncoder,
        _ choice: EncoderChoice
    ) throws -> any ConceptEncoder {
        if let width = choice.width, width != encoder.width {
            throw StagesError.fixedWidth(width: width, encoderWidth: encoder.width)
        }
        return encoder
    }
}
