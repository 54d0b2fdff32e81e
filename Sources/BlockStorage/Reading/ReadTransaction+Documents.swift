import Serialization

extension ReadTransaction {
    /// The documents in the order of their numbers.
    ///
    /// With `unfinished` those being read and those that failed are among them.
    public func documents(unfinished: Bool = false) throws(StoreError) -> [DocumentRecord] {
        var documents: [DocumentRecord] = []
        try forEachDocument(unfinished: unfinished) { documents.append($0) }
        return documents
    }

    /// Runs `body` for every document in the order of their numbers.
    ///
    /// With `unfinished` those being read and those that failed are among them.
    public func forEachDocument(
        unfinished: Bool = false,
        _ body: (DocumentRecord) throws(StoreError) -> Void
    ) throws(StoreError) {
        try forEach(in: .documents) { key, record throws(StoreError) in
            let number = StoreKey.narrowNumber(key) ?? 0
            let document = try decodeDocument(number, record)
            if unfinished || document.state == .complete { try body(document) }
        }
    }

    /// The document of a number, in whatever state, or nil.
    public func document(number: UInt32) throws(StoreError) -> DocumentRecord? {
        try transaction.document(number: number)
    }

    /// The document of an id, in whatever state, or nil.
    public func document(id: String) throws(StoreError) -> DocumentRecord? {
        try transaction.document(id: id)
    }

    /// The blocks that queries do not see, since their documents are still being read, ascending.
    public func hiddenBlocks() throws(StoreError) -> [Range<UInt64>] {
        var ranges: [Range<UInt64>] = []
        try forEach(in: .unfinished) { key, _ throws(StoreError) in
            guard let number = StoreKey.narrowNumber(key) else { return }
            ranges += try document(number: number)?.blockRanges ?? []
        }
        return ranges.sorted { $0.lowerBound < $1.lowerBound }
    }

    /// The names of the tensors in a document's memory, in the order of their keys.
    public func memoryNames(ofDocument number: UInt32) throws(StoreError) -> [String] {
        try memories(ofDocument: number).map(\.name)
    }

    /// A tensor of a document's memory, or nil.
    public func memory(
        _ name: String,
        ofDocument number: UInt32
    ) throws(StoreError) -> MemoryTensor? {
        let decompressor = decompressor
        return try transaction.sealed(
            StoreKey.memory(document: number, name: name),
            of: .memories,
            as: "\(number) \(name)"
        ) { (reader: inout ByteReader) throws(SerializationError) in
            try MemoryCoder.memory(&reader, decompressor: decompressor)
        }
    }

    /// All tensors of a document's memory, in the order of their keys.
    public func memories(ofDocument number: UInt32) throws(StoreError) -> [MemoryTensor] {
        let decompressor = decompressor
        let prefix = StoreKey.narrow(number)
        var memories: [MemoryTensor] = []
        let cursor = try transaction.cursor(.memories)
        var entry = try cursor.seek(prefix)
        while let (key, record) = entry, key.starts(with: prefix) {
            memories.append(
                try transaction.decodeSealed(
                    record,
                    of: .memories,
                    as: "\(number) number \(memories.count + 1)"
                ) { (reader: inout ByteReader) throws(SerializationError) in
                    try MemoryCoder.memory(&reader, decompressor: decompressor)
                }
            )
            entry = try cursor.next()
        }
        return memories
    }

    /// Decodes a document's record.
    func decodeDocument(
        _ number: UInt32,
        _ record: UnsafeRawBufferPointer
    ) throws(StoreError) -> DocumentRecord {
        try transaction.decodeDocument(number, record)
    }
}

extension Transaction {
    /// The document of a number, or nil.
    func document(number: UInt32) throws(StoreError) -> DocumentRecord? {
        guard let record = try value(StoreKey.narrow(number), of: .documents) else { return nil }
        return try decodeDocument(number, record)
    }

    /// The document of an id, or nil.
    func document(id: String) throws(StoreError) -> DocumentRecord? {
        let key = StoreKey.documentID(Array(id.utf8))
        guard let value = try value(key, of: .documentIDs) else { return nil }
        guard let number = StoreKey.narrowNumber(value), value.count == 4 else {
            throw damaged(.documentIDs, id, "\(value.count) bytes, and 4 were expected")
        }
        guard let document = try document(number: number), document.id == id else {
            throw damaged(.documentIDs, id, "document \(number) is not of this id")
        }
        return document
    }

    /// Decodes a document's record.
    func decodeDocument(
        _ number: UInt32,
        _ record: UnsafeRawBufferPointer
    ) throws(StoreError) -> DocumentRecord {
        try decodeSealed(record, of: .documents, as: "\(number)") {
            (reader: inout ByteReader) throws(SerializationError) in
            try DocumentCoder.document(number: number, &reader)
        }
    }
}
