extension Pipeline {
    /// The pipeline as a Mermaid flowchart, with each edge's columns.
    public var mermaid: String {
        var lines = ["flowchart LR"]
        for (index, item) in items.enumerated() {
            lines.append("    s\(index)[\"\(item.spec.name)\"]")
        }
        for (index, columns) in columns.enumerated().dropLast() {
            let names = columns.map(\.name).joined(separator: ", ")
            lines.append("    s\(index) -->|\"\(names)\"| s\(index + 1)")
        }
        return lines.joined(separator: "\n") + "\n"
    }
}

extension [StageSpec] {
    /// The reference of pipeline files in Markdown, made from the stages' declarations.
    public var reference: String {
        map(\.reference).joined(separator: "\n")
    }
}

extension StageSpec {
    /// The stage's part of the reference.
    public var reference: String {
        var lines = ["### `\(name)`", "", summary, ""]
        if !fields.isEmpty {
            lines += ["| key | value | default | |", "| --- | --- | --- | --- |"]
            lines += fields.map {
                "| `\($0.name)` | \($0.kind) | `\($0.defaultValue)` | \($0.description) |"
            }
            lines.append("")
        }
        if !needs.isEmpty {
            let columns = needs.map { "`\($0.name)` (\($0.type))" }.joined(separator: ", ")
            lines += ["Needs \(columns).", ""]
        }
        if !adds.isEmpty {
            let verb = rows == .replaced ? "Rows that leave have" : "Adds"
            lines += ["\(verb):", ""]
            lines += adds.map { "- `\($0.name)` (\($0.type)): \($0.description)" }
            lines.append("")
        }
        lines += ["```yaml", example, "```", ""]
        return lines.joined(separator: "\n")
    }
}
