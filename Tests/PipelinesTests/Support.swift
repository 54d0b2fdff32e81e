import Dataflow
import Pipelines
import Tensors

/// Declarations as stages have them, of stages that count.
enum Toy {
    static let value = ColumnSpec("value", .int64(width: 1), "a number")
    static let text = ColumnSpec("text", .text, "the number in words")
    static let vector = ColumnSpec("vector", .float32(width: 4), "the number as a vector")

    static let count = StageSpec(
        name: "count",
        summary: "Counts up.",
        position: .source,
        fields: [
            FieldSpec("limit", .integer(1...10), default: .integer(3), "how far"),
            FieldSpec("unit", .choice(["one", "two"]), default: .string("one"), "the step"),
        ],
        adds: [value],
        example: "- count: {limit: 5}"
    )
    static let spell = StageSpec(
        name: "spell",
        summary: "Spells each number.",
        rows: .replaced,
        fields: [
            FieldSpec("buffer", .size, default: .integer(4096), "room for words, in bytes"),
            FieldSpec("prefix", .string, default: .string(""), "what stands before each"),
        ],
        needs: [value],
        adds: [text],
        example: "- spell: {buffer: 1KiB}"
    )
    static let embed = StageSpec(
        name: "embed",
        summary: "Makes a vector of each.",
        fields: [
            FieldSpec("weight", .number(0...1), default: .number(0.5), "its length"),
            FieldSpec("exact", .boolean, default: .boolean(true), "whether to round"),
        ],
        needs: [text],
        adds: [vector],
        example: "- embed"
    )
    static let rank = StageSpec(
        name: "rank",
        summary: "Ranks by vectors.",
        needs: [ColumnSpec("vector", .float32(width: 8), "the vector to rank by")],
        example: "- rank"
    )
    static let specs = [count, spell, embed, rank]

    static let reader = PipelineReader(specs: specs)
}
