/// Writes the landmarks of a commit, and the codes of those that no run holds.
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
            let firstBlock = span.group * size
            var rows: [(row: Int, landmark: [Float]?)] = []
            for block in span.deleted.joined() { rows.append((Int(block - firstBlock), nil)) }
            for block in span.added {
                let index = Int(block - plan.firstBlock)
                guard plan.blockDocuments[index] != nil else { continue }
                guard let landmark = changes.blocks[index].landmark else { continue }
                rows.append((Int(block - firstBlock), landmark))
            }
            try update(span.group, of: .landmarks, transaction, LandmarkGroup.layout, width) {
                for (row, landmark) in rows {
                    LandmarkGroup.setRow(row, to: landmark, in: &$0, width: width)
                }
            }
            guard firstBlock >= plan.firstBlockOutsideRuns else { continue }
            try update(span.group, of: .codes, transaction, CodeGroup.layout, width) {
                for (row, landmark) in rows {
                    CodeGroup.setRow(row, to: landmark, in: &$0, width: width)
                }
            }
        }
    }

    /// Changes the record of a group; one without valid rows is deleted.
    private static func update(
        _ group: UInt64,
        of table: Table,
        _ transaction: borrowing Transaction,
        _ layout: GroupLayout,
        _ width: Int,
        _ change: (inout [UInt8]) -> Void
    ) throws(StoreError) {
        let key = StoreKey.wide(group)
        let stored = try transaction.value(key, of: table)
        if let stored, stored.count != layout.recordSize(width) {
            throw transaction.damaged(table, "\(group)", "it has another size")
        }
        var record = stored.map(Array.init) ?? layout.emptyRecord(width)
        change(&record)
        if !layout.isEmpty(record) {
            SealedRecord.reseal(&record)
            try transaction.put(record, at: key, in: table)
        } else if stored != nil {
            try transaction.delete(key, from: table)
        }
    }
}

/// What is the same of all groups of a table.
struct GroupLayout {
    /// The bytes of a record.
    let recordSize: (_ width: Int) -> Int
    /// A record without valid rows.
    let emptyRecord: (_ width: Int) -> [UInt8]
    /// Whether a record has no valid row.
    let isEmpty: ([UInt8]) -> Bool
}

extension LandmarkGroup {
    fileprivate static var layout: GroupLayout {
        GroupLayout(recordSize: recordSize, emptyRecord: emptyRecord, isEmpty: isEmpty)
    }
}

extension CodeGroup {
    fileprivate static var layout: GroupLayout {
        GroupLayout(recordSize: recordSize, emptyRecord: emptyRecord, isEmpty: isEmpty)
    }
}
