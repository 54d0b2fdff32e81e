private import Synchronization

/// What a run has done so far, for whoever shows it.
public final class RunProgress: Sendable {
    /// The figures at one moment.
    public struct Figures: Sendable, Equatable {
        /// How many bytes of the inputs have been read.
        public var bytesRead = 0
        /// How many of them an earlier run had read already.
        public var bytesResumed = 0
        /// How many bytes of text the source has given out.
        public var textBytesRead = 0
        /// How many of them have come to the store.
        public var textBytesStored = 0
        /// How many bytes all inputs have, where that is known.
        public var totalBytes: Int?
        /// How many documents the source read to their end.
        public var documentsRead = 0
        /// How many documents were stored.
        public var documents = 0
        /// How many bytes of text they have.
        public var textBytes = 0
        /// How many documents were passed over because the store holds them already.
        public var unchanged = 0
        /// How many blocks were closed.
        public var blocks = 0
        /// How many questions were asked.
        public var questions = 0
        /// How many of them the store holds something relevant on.
        public var answered = 0
        /// The id of the document that ended last.
        public var lastDocument: String?

        /// About how many bytes of the inputs have come to the store: the source runs ahead of it by
        /// what the channels hold.
        public var bytesStored: Int {
            guard textBytesRead > 0 else { return bytesRead }
            let share = Double(textBytesStored) / Double(textBytesRead)
            return bytesResumed + Int(Double(bytesRead - bytesResumed) * share)
        }
    }

    private let state = Mutex(Figures())

    /// No progress yet.
    public init() {}

    /// The figures at this moment.
    public var figures: Figures { state.withLock { $0 } }

    func setBytesRead(_ count: Int) {
        state.withLock { $0.bytesRead = count }
    }

    func setBytesResumed(_ count: Int) {
        state.withLock {
            $0.bytesResumed = count
            $0.bytesRead = count
        }
    }

    func setTotalBytes(_ count: Int?) {
        state.withLock { $0.totalBytes = count }
    }

    func countRead() {
        state.withLock { $0.documentsRead += 1 }
    }

    func countUnchanged() {
        state.withLock { $0.unchanged += 1 }
    }

    func countQuestion(isAnswered: Bool) {
        state.withLock {
            $0.questions += 1
            $0.answered += isAnswered ? 1 : 0
        }
    }

    func countTextRead(_ bytes: Int) {
        state.withLock { $0.textBytesRead += bytes }
    }

    func countBlocks(_ count: Int, textBytes: Int) {
        state.withLock {
            $0.blocks += count
            $0.textBytesStored += textBytes
        }
    }

    func countDocument(id: String, bytes: Int) {
        state.withLock {
            $0.documents += 1
            $0.textBytes += bytes
            $0.lastDocument = id
        }
    }
}
