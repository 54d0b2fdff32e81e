/// Applies changes to a store inside a write transaction.
enum Commit {
    /// Applies `changes`; what they do depends on them and the store alone, so that it may run again
    /// after the map has grown.
    static func apply(
        _ changes: borrowing StoreChanges,
        to transaction: borrowing Transaction,
        settings: StoreSettings
    ) throws(StoreError) {
    }
}
