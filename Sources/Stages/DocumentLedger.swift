import Serialization
import Synchronization

/// What is under way between the source and the store: the latest text of each document id.
///
/// A source that asks the store alone whether it holds a text would get an answer that depends on
/// how far the store has come. Together they tell what the store will hold when it has come here.
///
/// Bounded by what flows between two checkpoints.
final class DocumentLedger: Sendable {
    /// What becomes of an id once what is under way is committed.
    enum Entry: Equatable {
        /// The store will hold this text.
        case complete(ContentDigest)
        /// The store will hold no whole text.
        case incomplete
    }

    private let entries = Mutex<[String: Entry]>([:])

    /// A document begins, in place of any of its id.
    func began(_ id: String) { entries.withLock { $0[id] = .incomplete } }

    /// A document has come to its end.
    func ended(_ id: String, digest: ContentDigest) {
        entries.withLock { $0[id] = .complete(digest) }
    }

    /// A document cannot be read; nothing is known of it if it had not begun.
    func failed(_ id: String) {
        entries.withLock { entries in
            if entries[id] != nil { entries[id] = .incomplete }
        }
    }

    /// What is under way of an id.
    func entry(_ id: String) -> Entry? { entries.withLock { $0[id] } }

    /// The store holds this of an id now.
    func committed(_ id: String, _ entry: Entry) {
        entries.withLock { entries in
            if entries[id] == entry { entries[id] = nil }
        }
    }
}
