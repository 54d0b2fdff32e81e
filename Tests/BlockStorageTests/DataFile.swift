import BlockStorage
import Foundation
import Serialization
import Testing

/// The frame of most records, as `FORMAT.md` says.
enum SealedRecordBytes {
    /// Eight bytes of digest, then the payload.
    static func seal(_ payload: [UInt8]) -> [UInt8] {
        withUnsafeBytes(of: ContentDigest(of: payload).low.littleEndian) { Array($0) } + payload
    }
}

extension TemporaryFolder {
    /// The records of a table of a closed store, with their keys where `withKeys` says so.
    func records(of table: String, in name: String, withKeys: Bool = false) throws -> [[UInt8]] {
        let store = try Store.open(at: "\(path)/\(name)", mode: .readOnly)
        return try store.read { transaction in
            var records: [[UInt8]] = []
            try transaction.forEachRecord(of: table) { key, record in
                records.append(withKeys ? Array(key) + record : Array(record))
            }
            return records
        }
    }

    /// Replaces every occurrence of some bytes in the closed store's data file.
    func replaceInData(_ old: [UInt8], with new: [UInt8]) throws {
        precondition(old.count == new.count, "a record keeps its size")
        let url = URL(fileURLWithPath: path + "/store/data.mdb")
        var data = try Data(contentsOf: url)
        var found = false
        var start = data.startIndex
        while let range = data.range(of: Data(old), in: start..<data.endIndex) {
            data.replaceSubrange(range, with: new)
            start = range.upperBound
            found = true
        }
        #expect(found, "the record is in the file")
        try data.write(to: url)
    }
}
