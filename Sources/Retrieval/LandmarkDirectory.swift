import BlockStorage
internal import CKernels

/// Where landmarks and their codes lie in one snapshot of a store, kept from one question to the next.
package final class LandmarkDirectory {
    /// The runs of codes.
    private(set) var runs: [CodeRun] = []
    /// The codes that no run holds.
    private(set) var codeGroups: [CodeGroup] = []
    private var snapshot: SnapshotID?
    /// By the number of a group of landmarks its rows; nil where they were not asked for.
    private var rows: [UnsafePointer<Float>?] = []

    /// Knows nothing yet.
    package init() {}

    /// Begins a question to a snapshot.
    func begin(in transaction: borrowing ReadTransaction) throws(StoreError) {
        guard snapshot != transaction.snapshot else { return }
        runs = try transaction.codeRuns()
        codeGroups = try transaction.codeGroups()
        rows = []
        snapshot = transaction.snapshot
    }

    /// Runs `body` with the landmarks of blocks that have one.
    ///
    /// All are looked up before the first is read, so that the processor can wait for several at once.
    func forEachLandmark(
        of blocks: [UInt64],
        in transaction: borrowing ReadTransaction,
        _ body: (UInt64, UnsafePointer<Float>) -> Void
    ) throws(StoreError) {
        let width = transaction.settings.vectorWidth
        let size = LandmarkGroup.size
        var landmarks: [UnsafePointer<Float>] = []
        landmarks.reserveCapacity(blocks.count)
        for block in blocks {
            let rows = try rows(ofGroup: Int(block) / size, in: transaction)
            let landmark = rows + Int(block) % size * width
            kernels_prefetch(landmark, 128)
            landmarks.append(landmark)
        }
        for (index, block) in blocks.enumerated() {
            let ahead = index + 3
            if ahead < landmarks.count { kernels_prefetch(landmarks[ahead], width * 4) }
            body(block, landmarks[index])
        }
    }

    private func rows(
        ofGroup number: Int,
        in transaction: borrowing ReadTransaction
    ) throws(StoreError) -> UnsafePointer<Float> {
        if number < rows.count, let known = rows[number] { return known }
        let found = try transaction.landmarkRows(ofGroup: UInt64(number))
        while rows.count <= number { rows.append(nil) }
        rows[number] = found
        return found
    }
}
