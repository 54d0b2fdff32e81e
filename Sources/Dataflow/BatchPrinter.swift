private import Tensors

/// Writes a batch's rows as NDJSON: one object a row, `document` first, then the columns in order.
///
/// Columns of width 1 are numbers, wider ones arrays; a float that is not finite is null.
public struct BatchPrinter: Sendable {
    /// A printer.
    public init() {}

    /// The lines of a batch, each ended by a line feed.
    public func lines(of batch: Batch) -> [UInt8] {
        var json = JSONWriter()
        let hasDocument = batch.columns.contains { $0.name == "document" }
        for row in 0..<batch.rowCount {
            json.beginObject()
            if !hasDocument, let document = batch.document {
                json.key("document")
                json.string(document.id.utf8)
            }
            for named in batch.columns {
                json.key(named.name)
                write(named.column, row: row, into: &json)
            }
            json.endObject()
            json.lineFeed()
        }
        return json.bytes
    }

    private func write(_ column: Column, row: Int, into json: inout JSONWriter) {
        switch column {
        case .text(let texts): json.string(texts[row: row])
        case .labels(let lists): json.array(lists[row]) { json, label in json.string(label.utf8) }
        case .int64(let tensor) where tensor.width == 1: json.number(tensor.elements[row])
        case .int64(let tensor): json.array(tensor[row: row]) { json, value in json.number(value) }
        case .runs(let vectors, _):
            json.array(vectors[row]) { json, value in json.number(value) }
        case .float32(let tensor) where tensor.width == 1: json.number(tensor.elements[row])
        case .float32(let tensor):
            json.array(tensor[row: row]) { json, value in json.number(value) }
        }
    }
}
