public import BlockStorage
internal import Models
internal import Synchronization

/// The store of a process, opened once: LMDB allows one environment of a folder in a process.
public final class StoreShelf: Sendable {
    /// Where the store is; nil where a run needs none.
    public let path: String?
    let models: ModelShelf
    let chosenEncoder = Mutex<(any ConceptEncoder)?>(nil)
    private let store = Mutex<Store?>(nil)

    /// A shelf for the store at a path.
    ///
    /// Where a store is there already, the encoder will compute in the precision that it was made
    /// with.
    public init(path: String?, models: ModelShelf) {
        self.path = path
        self.models = models
        if let stored = storedSettings { models.follow(fingerprint: stored.encoder) }
    }

    /// The store, if it has been opened.
    public var opened: Store? { store.withLock { $0 } }

    /// The store for reading.
    ///
    /// - Parameter encoder: The fingerprint of the encoder in use, which must be the store's own;
    ///   nil where no vector is compared.
    /// - Returns: The store, which may be open for writing already.
    /// - Throws: `StoreError` if it cannot be opened or was made with another encoder.
    public func reader(encoder: String? = nil) throws -> Store {
        let store = try open { path throws(StoreError) in
            try Store.open(at: path, mode: .readOnly)
        }
        if let encoder, store.settings.encoder != encoder {
            throw StoreError.otherEncoder(
                path: store.path,
                stored: store.settings.encoder,
                given: encoder
            )
        }
        return store
    }

    /// The store for writing, made where there is none.
    public func writer(language: String) throws -> Store {
        let encoder = try encoder()
        let settings = StoreSettings(
            encoder: encoder.fingerprint,
            vectorWidth: encoder.width,
            chain: ["language": language]
        )
        return try open { path throws(StoreError) in
            try Store.open(at: path, mode: .readWrite(create: true), settings: settings)
        }
    }

    /// What shaped the store, or nil where there is none yet, or one whose making was killed.
    ///
    /// What else is wrong with a store is told when it is used.
    var storedSettings: StoreSettings? {
        if let opened { return opened.settings }
        return path.flatMap { try? Store.open(at: $0, mode: .readOnly).settings }
    }

    private func open(_ make: (String) throws(StoreError) -> Store) throws -> Store {
        try store.withLock { store in
            if let store { return store }
            guard let path else { throw StagesError.noStore(stage: "store") }
            let made = try make(path)
            store = made
            return made
        }
    }
}
