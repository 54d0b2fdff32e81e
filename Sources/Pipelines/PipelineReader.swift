private import Dataflow
private import Yams

/// Reads a pipeline file: YAML to a checked pipeline, or all its faults at once.
public struct PipelineReader: Sendable {
    /// The most bytes that a pipeline file may have.
    public static let maximumBytes = 1 << 20

    private let specs: [StageSpec]

    /// A reader that knows these stages.
    public init(specs: [StageSpec]) {
        self.specs = specs
    }

    /// Reads a pipeline.
    ///
    /// - Parameters:
    ///   - yaml: The file's text.
    ///   - file: The file's name, for messages.
    /// - Returns: The pipeline with the effective values of all keys.
    /// - Throws: `PipelineError.invalid` with every fault.
    public func pipeline(from yaml: String, file: String) throws(PipelineError) -> Pipeline {
        var reading = PipelineReading(file: file, specs: specs)
        let pipeline = reading.pipeline(from: yaml)
        guard let pipeline, reading.issues.isEmpty else { throw .invalid(reading.sortedIssues) }
        return pipeline
    }
}

/// One reading of one file, which collects what is wrong.
private struct PipelineReading {
    let file: String
    let specs: [StageSpec]
    var issues: [PipelineIssue] = []

    init(file: String, specs: [StageSpec]) {
        self.file = file
        self.specs = specs
    }

    var sortedIssues: [PipelineIssue] {
        issues.sorted { ($0.line, $0.column) < ($1.line, $1.column) }
    }

    mutating func pipeline(from yaml: String) -> Pipeline? {
        guard let root = root(of: yaml) else { return nil }
        guard case .mapping(let mapping) = root else {
            report(root, "the file is not a mapping", "begin it with `name:` and `stages:`")
            return nil
        }
        checkKeys(mapping, known: ["name", "description", "stages", "checkpoint", "channels"])
        let name = text(mapping["name"]) ?? ""
        if name.isEmpty {
            report(mapping["name"] ?? root, "the pipeline has no name", "add `name: WORD`")
        }
        guard let list = mapping["stages"], case .sequence(let nodes) = list, !nodes.isEmpty else {
            report(
                mapping["stages"] ?? root,
                "the pipeline has no stages",
                "add `stages:` and a list that begins with `- ingest`"
            )
            return nil
        }
        var items: [(item: Pipeline.Item, node: Node)] = []
        for node in nodes {
            if let item = item(of: node) { items.append((item, node)) }
        }
        if items.count == nodes.count { checkChain(items) }
        return Pipeline(
            name: name,
            description: text(mapping["description"]) ?? "",
            items: items.map(\.item),
            checkpointBytes: checkpointBytes(of: mapping),
            channelCapacity: capacity(of: mapping)
        )
    }

    private mutating func checkpointBytes(of mapping: Node.Mapping) -> Int {
        let standard = RunConfiguration.standardCheckpointBytes
        return sizes("checkpoint", of: mapping, ["bytes": standard])["bytes"] ?? standard
    }

    private mutating func root(of yaml: String) -> Node? {
        guard yaml.utf8.count <= PipelineReader.maximumBytes else {
            report(nil, "the file has more than 1 MiB", "pass a pipeline file, not data")
            return nil
        }
        do {
            guard let root = try Yams.compose(yaml: yaml) else {
                report(nil, "the file is empty", "begin it with `name:` and `stages:`")
                return nil
            }
            return root
        } catch let error as YamlError {
            report(error, in: yaml)
        } catch {
            report(nil, "this is not YAML: \(error)", "mend the syntax")
        }
        return nil
    }

    private mutating func report(_ error: YamlError, in yaml: String) {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            add(mark.line, mark.column, "this is not YAML: \(problem)", "mend the syntax here")
        case .duplicatedKeysInMapping(let keys, let context):
            let names = keys.map { "`\($0)`" }.joined(separator: ", ")
            let mark = context.mark
            add(mark.line, mark.column, "\(names) stands twice in this mapping", "remove one")
        case .reader(let problem, let offset, _, _):
            let before = yaml.prefix(offset ?? 0).split(
                separator: "\n",
                omittingEmptySubsequences: false
            )
            let column = (before.last?.unicodeScalars.count ?? 0) + 1
            add(max(1, before.count), column, "this is not YAML: \(problem)", "remove it")
        default: report(nil, "this is not YAML: \(error)", "mend the syntax")
        }
    }

    /// `name` or `name: {key: value}`.
    private mutating func item(of node: Node) -> Pipeline.Item? {
        switch node {
        case .scalar(let scalar):
            return spec(scalar.string, at: node).map {
                Pipeline.Item(spec: $0, settings: StageSettings(defaultsOf: $0))
            }
        case .mapping(let mapping) where mapping.count == 1:
            guard let (key, value) = mapping.first, let name = text(key) else { break }
            guard let spec = spec(name, at: key) else { return nil }
            return Pipeline.Item(spec: spec, settings: settings(value, of: spec))
        default: break
        }
        report(node, "this is not a stage", "write `- NAME` or `- NAME: {KEY: VALUE}`")
        return nil
    }

    private mutating func spec(_ name: String, at node: Node) -> StageSpec? {
        if let spec = specs.first(where: { $0.name == name }) { return spec }
        let names = specs.map(\.name)
        let guess = Spelling.nearest(to: name, among: names).map { "did you mean `\($0)`?" }
        report(
            node,
            "there is no stage `\(name)`",
            guess ?? "the stages are \(names.joined(separator: ", "))"
        )
        return nil
    }

    private mutating func settings(_ node: Node, of spec: StageSpec) -> StageSettings {
        var settings = StageSettings(defaultsOf: spec)
        if case .scalar(let scalar) = node, ["", "null", "~"].contains(scalar.string) {
            return settings
        }
        guard case .mapping(let mapping) = node else {
            report(node, "the keys of `\(spec.name)` are not a mapping", "write `{KEY: VALUE}`")
            return settings
        }
        checkKeys(mapping, known: spec.fields.map(\.name), of: spec.name)
        for field in spec.fields {
            guard let value = mapping[field.name] else { continue }
            guard let text = text(value), let read = field.kind.value(of: text) else {
                let found = text(value).map { "`\($0)`" } ?? "a list or mapping"
                report(
                    value,
                    "\(found) does not fit `\(field.name)`",
                    "give it \(field.kind.demand)"
                )
                continue
            }
            if let problem = field.kind.problem(with: read) {
                report(value, "`\(field.name)`: \(problem)", "give it \(field.kind.demand)")
            } else {
                settings.set(field.name, read)
            }
        }
        for fault in spec.faults(settings) {
            report(mapping[fault.key] ?? node, fault.problem, fault.mend)
        }
        return settings
    }

    /// Proves from the declarations that each stage gets the columns it needs.
    private mutating func checkChain(_ items: [(item: Pipeline.Item, node: Node)]) {
        var columns: [ColumnSpec] = []
        var seen: Set<String> = []
        for (index, entry) in items.enumerated() {
            let spec = entry.item.spec
            if (spec.position == .source) != (index == 0) {
                let sources = specs.filter { $0.position == .source }.map { "`\($0.name)`" }
                report(
                    entry.node,
                    "`\(spec.name)` \(index == 0 ? "cannot" : "must") stand first",
                    index == 0
                        ? "begin with \(sources.joined(separator: " or "))" : "move it to the front"
                )
            }
            if !seen.insert(spec.name).inserted {
                report(entry.node, "`\(spec.name)` stands here twice", "remove one of them")
            }
            for need in spec.needs + spec.needsMore(entry.item.settings) {
                guard let found = columns.first(where: { $0.name == need.name }) else {
                    reportMissing(need, of: spec, at: entry.node)
                    continue
                }
                if !found.type.satisfies(need.type) {
                    report(
                        entry.node,
                        "`\(spec.name)` needs `\(need.name)` as \(need.type), not \(found.type)",
                        "change the stage that adds it"
                    )
                }
            }
            columns = columns.after(spec)
        }
    }

    private mutating func reportMissing(_ need: ColumnSpec, of spec: StageSpec, at node: Node) {
        let makers = specs.filter { maker in
            maker.name != spec.name && maker.adds.contains { $0.name == need.name }
        }
        let names = makers.map { "`\($0.name)`" }.joined(separator: " or ")
        report(
            node,
            "`\(spec.name)` needs the column `\(need.name)`, which no stage before it adds",
            makers.isEmpty ? "remove it" : "put \(names) before it"
        )
    }

    private mutating func checkKeys(
        _ mapping: Node.Mapping,
        known: [String],
        of stage: String? = nil
    ) {
        for (key, _) in mapping {
            let name = text(key) ?? "?"
            guard !known.contains(name) else { continue }
            let owner = stage.map { " of `\($0)`" } ?? ""
            let guess = Spelling.nearest(to: name, among: known).map { "did you mean `\($0)`?" }
            let names = known.joined(separator: ", ")
            let list = known.isEmpty ? "it has none" : "the keys are \(names)"
            report(key, "there is no key `\(name)`\(owner)", guess ?? list)
        }
    }

    private mutating func capacity(of root: Node.Mapping) -> ChannelCapacity {
        let standard = ChannelCapacity()
        let values = sizes("channels", of: root, ["bytes": standard.bytes, "rows": standard.rows])
        return ChannelCapacity(
            bytes: values["bytes"] ?? standard.bytes,
            rows: values["rows"] ?? standard.rows
        )
    }

    private mutating func sizes(
        _ key: String,
        of root: Node.Mapping,
        _ defaults: [String: Int]
    ) -> [String: Int] {
        guard let node = root[key] else { return defaults }
        guard case .mapping(let mapping) = node else {
            report(node, "`\(key)` is not a mapping", "write `{bytes: SIZE}`")
            return defaults
        }
        checkKeys(mapping, known: defaults.keys.sorted(), of: key)
        var values = defaults
        for name in defaults.keys.sorted() {
            guard let value = mapping[name] else { continue }
            if let text = text(value), let count = ByteSize.count(of: text), count > 0 {
                values[name] = count
            } else {
                report(value, "`\(name)` is not a size", "give it a number above 0, such as 64KiB")
            }
        }
        return values
    }

    private func text(_ node: Node?) -> String? {
        guard case .scalar(let scalar)? = node else { return nil }
        return scalar.string
    }

    private mutating func report(_ node: Node?, _ problem: String, _ mend: String) {
        add(node?.mark?.line ?? 1, node?.mark?.column ?? 1, problem, mend)
    }

    private mutating func add(_ line: Int, _ column: Int, _ problem: String, _ mend: String) {
        issues.append(
            PipelineIssue(file: file, line: line, column: column, problem: problem, mend: mend)
        )
    }
}
