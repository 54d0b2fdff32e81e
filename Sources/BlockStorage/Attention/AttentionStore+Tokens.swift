import Serialization

extension AttentionStore {
    /// How many tokens of a reading are written at once, but for the last.
    package static var tokensPerRecord: Int { AttentionLayout.tokensPerRecord }

    /// Adds tokens to a reading whose tokens are being written, and keeps what has become of it.
    ///
    /// - Precondition: `reading.tokenCount` counts them, and all before are a multiple of
    ///   `tokensPerRecord`.
    package func add(
        _ tokens: ArraySlice<Int32>,
        to reading: AttentionReading
    ) throws(StoreError) {
        let size = AttentionLayout.tokensPerRecord
        let first = reading.tokenCount - tokens.count
        precondition(first >= 0 && first.isMultiple(of: size), "whole records come before")
        try write { transaction throws(StoreError) in
            for start in stride(from: 0, to: tokens.count, by: size) {
                let slice = tokens.dropFirst(start).prefix(size)
                var writer = ByteWriter()
                for token in slice { writer.writeVarint(UInt64(UInt32(bitPattern: token))) }
                try transaction.put(
                    packing.record(of: writer.bytes),
                    at: AttentionLayout.tokens(reading.number, part: (first + start) / size),
                    in: .tokens
                )
            }
            try transaction.put(
                SealedRecord.seal(reading.payload),
                at: StoreKey.narrow(reading.number),
                in: .readings
            )
        }
    }

    /// The tokens of a reading at some positions.
    ///
    /// - Precondition: They are among the reading's.
    package func tokens(
        _ range: Range<Int>,
        of reading: AttentionReading
    ) throws(StoreError) -> [Int32] {
        precondition(range.lowerBound >= 0 && range.upperBound <= reading.tokenCount, "its tokens")
        let size = AttentionLayout.tokensPerRecord
        guard !range.isEmpty else { return [] }
        return try read { transaction throws(StoreError) in
            var tokens: [Int32] = []
            for part in (range.lowerBound / size)...((range.upperBound - 1) / size) {
                let name = "tokens of \(reading.document), part \(part)"
                let key = AttentionLayout.tokens(reading.number, part: part)
                guard let record = try transaction.value(key, of: .tokens),
                    // A varint of 32 bits has 5 bytes at most.
                    let bytes = packing.bytes(of: record, limit: 5 * size)
                else { throw damaged(name, "missing or its digest does not hold") }
                let count = min(size, reading.tokenCount - part * size)
                var reader = ByteReader(bytes)
                do throws(SerializationError) {
                    for index in 0..<count {
                        let value = try reader.readVarint()
                        guard range.contains(part * size + index) else { continue }
                        tokens.append(Int32(bitPattern: UInt32(truncatingIfNeeded: value)))
                    }
                    try reader.expectEnd()
                } catch {
                    throw damaged(name, error.problem)
                }
            }
            return tokens
        }
    }
}
