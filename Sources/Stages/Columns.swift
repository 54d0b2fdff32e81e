import Dataflow
import Pipelines

/// The columns that flow between the standard stages.
enum Columns {
    /// The width of vectors is the encoder's; within a run it is the same in all of them.
    private static let anyWidth = 0

    static let text = ColumnSpec("text", .text, "the text, UTF-8")
    static let start = ColumnSpec(
        "start",
        .int64(width: 1),
        "where it begins in the document's decoded text, in bytes"
    )
    static let end = ColumnSpec(
        "end",
        .int64(width: 1),
        "where it ends in the document's decoded text, in bytes"
    )
    static let kind = ColumnSpec(
        "kind",
        .text,
        "what it is: `sentence`, `heading`, `list-item`, `quotation`, `code`, `table` and the like"
    )
    static let path = ColumnSpec("path", .labels, "the headings above it, outermost first")
    static let vector = ColumnSpec(
        "vector",
        .float32(width: anyWidth),
        "its embedding, of length 1"
    )
    static let pieces = ColumnSpec("pieces", .int64(width: 1), "how many word pieces it has")
    static let pathVector = ColumnSpec(
        "path_vector",
        .float32(width: anyWidth),
        "the embedding of its outline path; zeros where there is none"
    )
    static let block = ColumnSpec(
        "block",
        .int64(width: 1),
        "which of the document's blocks it belongs to, from 0"
    )
    static let foundBlock = ColumnSpec("block", .int64(width: 1), "the store's id of its block")
    static let questionText = ColumnSpec("question_text", .text, "the question in words")
    static let boundary = ColumnSpec(
        "boundary",
        .float32(width: 1),
        "the probability that something else begins here, from 0 to 1"
    )
    static let surprise = ColumnSpec(
        "surprise",
        .float32(width: 1),
        "how badly the memory predicted it: the loss, 0 for perfectly"
    )
    static let landmark = ColumnSpec(
        "landmark",
        .float32(width: anyWidth),
        "the vector by which its block is found, of length 1"
    )
}
