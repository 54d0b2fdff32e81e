import Serialization

/// Applies changes to a store inside a write transaction.
enum Commit {
    /// Applies `changes`; what they do depends on them and the store alone, so that it may run again
    /// after the map has grown.
    static func apply(
        _ changes: borrowing StoreChanges,
        to transaction: borrowing Transaction,
        settings: StoreSettings
    ) throws(StoreError) {
        var plan = try CommitPlan(changes, transaction, settings: settings)
        try deleteBlocks(&plan, transaction)
        try addBlocks(changes, &plan, transaction)
        try RunWriter.write(changes, plan, transaction, width: settings.vectorWidth)
        try LandmarkWriter.write(changes, plan, transaction, width: settings.vectorWidth)
        try PostingWriter.write(changes, plan, transaction)
        try writeDocuments(plan, transaction)
        for checkpoint in changes.checkpoints {
            let record = CheckpointCoder.record(of: checkpoint)
            try transaction.put(record, at: checkpoint.key, in: .checkpoints)
        }
        try MetaRecords.write(plan.statistics, to: transaction)
    }

    private static func deleteBlocks(
        _ plan: inout CommitPlan,
        _ transaction: borrowing Transaction
    ) throws(StoreError) {
        for id in plan.deletedBlocks.joined() {
            let key = StoreKey.wide(id)
            guard
                let record = try transaction.value(key, of: .blocks),
                let header = BlockCoder.header(id: id, record: record)
            else { throw transaction.damaged(.blocks, "\(id)", "it is missing or too short") }
            plan.count(blocks: -1, terms: -header.termCount, bytes: -header.byteRange.count)
            try transaction.delete(key, from: .blocks)
            try transaction.delete(key, from: .concepts)
        }
    }

    private static func addBlocks(
        _ changes: borrowing StoreChanges,
        _ plan: inout CommitPlan,
        _ transaction: borrowing Transaction
    ) throws(StoreError) {
        for (index, document) in plan.blockDocuments.enumerated() {
            guard let document else { continue }
            let key = StoreKey.wide(plan.firstBlock + UInt64(index))
            // Field by field: a copy of the whole counts references of all of them.
            let record = changes.blocks[index].record
            try transaction.append(size: record.count, at: key, in: .blocks) { place in
                place.copyBytes(from: record)
                BlockCoder.finish(place, document: document)
            }
            if let concepts = changes.blocks[index].concepts {
                try transaction.put(concepts, at: key, in: .concepts, appending: true)
            }
            plan.count(
                blocks: 1,
                terms: Int(changes.blocks[index].termCount),
                bytes: changes.blocks[index].byteRange.count
            )
        }
    }

    private static func writeDocuments(
        _ plan: CommitPlan,
        _ transaction: borrowing Transaction
    ) throws(StoreError) {
        for number in plan.deletedDocuments {
            try transaction.delete(StoreKey.narrow(number), from: .documents)
            try transaction.delete(StoreKey.narrow(number), from: .unfinished)
        }
        for number in plan.clearedMemories { try deleteMemories(of: number, transaction) }
        let compressor = Compressor()
        for (id, document) in plan.documents {
            let idKey = StoreKey.documentID(id)
            guard let record = document.record else {
                try transaction.delete(idKey, from: .documentIDs)
                continue
            }
            let key = StoreKey.narrow(record.number)
            try transaction.put(DocumentCoder.record(of: record), at: key, in: .documents)
            try transaction.put(key, at: idKey, in: .documentIDs)
            if record.state == .reading {
                try transaction.put([], at: key, in: .unfinished)
            } else {
                try transaction.delete(key, from: .unfinished)
            }
            for memory in document.memories.values {
                try transaction.put(
                    MemoryCoder.record(of: memory, compressor: compressor),
                    at: StoreKey.memory(document: record.number, name: memory.name),
                    in: .memories
                )
            }
        }
    }

    private static func deleteMemories(
        of number: UInt32,
        _ transaction: borrowing Transaction
    ) throws(StoreError) {
        let prefix = StoreKey.narrow(number)
        let cursor = try transaction.cursor(.memories)
        var entry = try cursor.seek(prefix)
        while let (key, _) = entry, key.starts(with: prefix) {
            try cursor.delete()
            entry = try cursor.next()
        }
    }
}
