import Serialization

extension Transaction {
    /// Decodes the payload of the sealed record at `key`, or returns nil if there is none.
    ///
    /// `name` is the key in words, for the error.
    ///
    /// - Throws: `StoreError.damaged` if the digest does not hold or the payload is malformed.
    func sealed<Result>(
        _ key: [UInt8],
        of table: Table,
        as name: @autoclosure () -> String,
        _ decode: (inout ByteReader) throws(SerializationError) -> Result
    ) throws(StoreError) -> Result? {
        guard let record = try value(key, of: table) else { return nil }
        return try decodeSealed(record, of: table, as: name(), decode)
    }

    /// Decodes the payload of a sealed record of `table`.
    ///
    /// `name` is the key in words, for the error.
    ///
    /// - Throws: `StoreError.damaged` if the digest does not hold or the payload is malformed.
    func decodeSealed<Result>(
        _ record: UnsafeRawBufferPointer,
        of table: Table,
        as name: @autoclosure () -> String,
        _ decode: (inout ByteReader) throws(SerializationError) -> Result
    ) throws(StoreError) -> Result {
        guard let payload = SealedRecord.payload(of: record) else {
            throw damaged(table, name(), "its digest does not hold")
        }
        var reader = ByteReader(Array(payload))
        do {
            let result = try decode(&reader)
            try reader.expectEnd()
            return result
        } catch {
            throw damaged(table, name(), error.problem)
        }
    }

    /// The error for a record that is not what the format says.
    func damaged(_ table: Table, _ key: String, _ detail: String) -> StoreError {
        .damaged(path: environment.path, table: table.name, key: key, detail: detail)
    }
}
