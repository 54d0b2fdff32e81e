import Serialization

extension ReadTransaction {
    /// Checks every document, its id, and that its blocks are its text.
    func verifyDocuments(_ verification: inout StoreVerification) {
        var readingCount = 0
        let known = verification.attempt { _ throws(StoreError) in try statistics() }
        verifyEach(.documents, &verification) { key, record, verification throws(StoreError) in
            let number = StoreKey.narrowNumber(key) ?? .max
            let document = try decodeDocument(number, record)
            verification.expect(
                try self.document(id: document.id)?.number == number,
                "documents \(number): its id \(document.id) leads to another"
            )
            if document.state == .reading {
                readingCount += 1
                let mark = try transaction.value(StoreKey.narrow(number), of: .unfinished)
                verification.expect(
                    mark != nil,
                    "documents \(number): it is not marked as unfinished"
                )
            }
            let nextBlock = known?.nextBlock ?? 0
            guard document.blockRanges.last?.upperBound ?? 0 <= nextBlock else {
                verification.report("documents \(number): it has blocks that do not exist yet")
                return
            }
            verifyText(of: document, &verification)
        }
        _ = verification.attempt { verification throws(StoreError) in
            let documentCount = try transaction.size(of: .documents).entryCount
            let idCount = try transaction.size(of: .documentIDs).entryCount
            let markCount = try transaction.size(of: .unfinished).entryCount
            verification.expect(idCount == documentCount, "document-ids: \(idCount) entries")
            verification.expect(markCount == readingCount, "unfinished: \(markCount) entries")
        }
    }

    private func verifyText(
        of document: DocumentRecord,
        _ verification: inout StoreVerification
    ) {
        var digester = ContentDigester()
        var length = 0
        var tokenCount = 0
        for id in document.blockRanges.joined() {
            let read = verification.attempt { _ throws(StoreError) in try block(id) }
            guard let found = read else { continue }
            guard let block = found else {
                verification.report("blocks \(id): missing, and document \(document.number) has it")
                continue
            }
            verification.blockCount += 1
            verification.textBytes += block.bytes.count
            verification.expect(
                block.document == document.number && block.byteRange.lowerBound == length,
                "blocks \(id): it does not go on at byte \(length) of document \(document.number)"
            )
            length = block.byteRange.upperBound
            tokenCount += block.tokenCount
            block.bytes.withUnsafeBytes { digester.update($0) }
            verifyVectors(of: block, &verification)
        }
        verification.documentCount += 1
        verification.expect(
            length == document.lengthBytes && tokenCount == document.tokenCount,
            "documents \(document.number): its blocks have \(length) bytes and \(tokenCount) tokens"
        )
        if document.state == .complete {
            verification.expect(
                document.digest == digester.digest(),
                "documents \(document.number): its text does not have its digest"
            )
        }
    }

    private func verifyVectors(of block: BlockRecord, _ verification: inout StoreVerification) {
        _ = verification.attempt { verification throws(StoreError) in
            let rowCount = try withConcepts(ofBlock: block.id) { rows in
                rows.width == settings.vectorWidth ? rows.rowCount : -1
            }
            verification.expect(
                rowCount == (block.hasConcepts ? block.segments.count : nil),
                "concepts \(block.id): \(rowCount ?? 0) rows, and it has \(block.segments.count)"
            )
            verification.conceptCount += max(0, rowCount ?? 0)
        }
        _ = verification.attempt { verification throws(StoreError) in
            let hasLandmark = try landmark(ofBlock: block.id) != nil
            verification.expect(
                hasLandmark == block.hasLandmark,
                "landmarks: block \(block.id) is \(hasLandmark ? "" : "not ")there"
            )
            verification.landmarkCount += block.hasLandmark ? 1 : 0
        }
    }

    /// Checks that there are no vectors but those of the blocks.
    func verifyVectors(_ verification: inout StoreVerification) {
        verifyEach(.landmarks, &verification) { key, record, verification throws(StoreError) in
            let number = StoreKey.wideNumber(key) ?? .max
            verification.expect(
                SealedRecord.payload(of: record) != nil,
                "landmarks \(number): its digest does not hold"
            )
            let group = try landmarkGroup(number, record)
            for row in 0..<group.rowCount where group.isValid(row) {
                let id = group.firstBlock + UInt64(row)
                let isOwned = try blockHeader(id)?.hasLandmark ?? false
                verification.expect(isOwned, "landmarks \(number): block \(id) has none")
            }
        }
        verifyEach(.concepts, &verification) { key, _, verification throws(StoreError) in
            let id = StoreKey.wideNumber(key) ?? .max
            let isOwned = try blockHeader(id)?.hasConcepts ?? false
            verification.expect(isOwned, "concepts \(id): the block has none")
        }
    }

    /// Checks that postings and term counts agree with the blocks.
    func verifyPostings(_ verification: inout StoreVerification) {
        let groups = verification.attempt { _ throws(StoreError) in try postingGroups() } ?? []
        var entryCount = 0
        var blockCount = 0
        for group in groups {
            _ = verification.attempt { verification throws(StoreError) in
                try verifyPostings(group: group, &entryCount, &blockCount, &verification)
            }
        }
        _ = verification.attempt { verification throws(StoreError) in
            let storedCount = try transaction.size(of: .postings).entryCount
            verification.expect(
                storedCount == entryCount,
                "postings: \(storedCount - entryCount) entries belong to no group"
            )
            let statedCount = try transaction.size(of: .blocks).entryCount
            verification.expect(
                blockCount == statedCount,
                "lengths: \(blockCount) blocks, and there are \(statedCount)"
            )
        }
    }

    private func verifyPostings(
        group: UInt32,
        _ entryCount: inout Int,
        _ blockCount: inout Int,
        _ verification: inout StoreVerification
    ) throws(StoreError) {
        let size = Int(StoreLayout.postingGroupSize)
        var totals = [Int](repeating: 0, count: size)
        var distinct = [Int](repeating: 0, count: size)
        guard let lengths = try transaction.lengths(group: group) else { return }
        var coder = PostingCoder(lengths: lengths)
        let prefix = StoreKey.narrow(group)
        let cursor = try transaction.cursor(.postings)
        var entry = try cursor.seek(prefix)
        while let (key, record) = entry, key.starts(with: prefix) {
            entryCount += 1
            coder.begin()
            let isSound = PostingRecord(group: group, record: record)?.forEach { block, frequency in
                totals[Int(block)] += Int(frequency)
                distinct[Int(block)] += 1
                verification.postingCount += 1
                coder.append(position: block, frequency: frequency)
            }
            if isSound == true { coder.finish() }
            // There is one way to write them, bounds included.
            verification.expect(
                isSound == true && coder.bytes.elementsEqual(record),
                "postings \(StoreKey.name(of: key, in: .postings)): its digest does not hold"
            )
            entry = try cursor.next()
        }
        for block in 0..<size {
            let id = UInt64(group) * StoreLayout.postingGroupSize + UInt64(block)
            let header = try blockHeader(id)
            blockCount += lengths[block] == nil ? 0 : 1
            verification.termCount += header?.termCount ?? 0
            verification.expect(
                lengths[block].map(Int.init) == header?.termCount,
                "lengths: block \(id) does not have its term count"
            )
            verification.expect(
                min(totals[block], Int(UInt32.max - 1)) == header?.termCount ?? 0
                    && distinct[block] == header?.distinctTermCount ?? 0,
                "postings: block \(id) has \(totals[block]) terms, \(distinct[block]) different"
            )
        }
    }
}
