/// Writes the landmarks of a commit.
enum LandmarkWriter {
    /// Clears the rows of deleted blocks and sets those of added ones, group by group.
    static func write(
        _ changes: borrowing StoreChanges,
        _ plan: CommitPlan,
        _ transaction: borrowing Transaction,
        width: Int
    ) throws(StoreError) {
        let size = StoreLayout.landmarkGroupSize
        for span in BlockSpan.spans(of: plan, groupSize: size) {
            let key = StoreKey.wide(span.group)
            let stored = try transaction.value(key, of: .landmarks)
            if let stored, stored.count != LandmarkGroup.recordSize(width: width) {
                throw transaction.damaged(.landmarks, "\(span.group)", "it has another size")
            }
            var record = stored.map(Array.init) ?? LandmarkGroup.emptyRecord(width: width)
            let firstBlock = span.group * size
            for block in span.deleted.joined() {
                let row = Int(block - firstBlock)
                LandmarkGroup.setRow(row, to: nil, in: &record, width: width)
            }
            for block in span.added {
                let index = Int(block - plan.firstBlock)
                guard plan.blockDocuments[index] != nil else { continue }
                guard let landmark = changes.blocks[index].landmark else { continue }
                let row = Int(block - firstBlock)
                LandmarkGroup.setRow(row, to: landmark, in: &record, width: width)
            }
            if !LandmarkGroup.isEmpty(record) {
                SealedRecord.reseal(&record)
                try transaction.put(record, at: key, in: .landmarks)
            } else if stored != nil {
                try transaction.delete(key, from: .landmarks)
            }
        }
    }
}
