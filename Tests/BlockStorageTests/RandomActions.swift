import BlockStorage
import Serialization
import Tensors

/// Makes blocks and sequences of actions that callers might make.
struct RandomActions {
    var generator: SeededGenerator
    private var lengths: [String: Int] = [:]
    private var open: Set<String> = []

    init(seed: UInt64) {
        generator = SeededGenerator(state: seed)
    }

    /// `count` actions on a handful of documents, blocks in bursts.
    mutating func actions(_ count: Int, burst: Int = 12) -> [Action] {
        var actions: [Action] = []
        while actions.count < count {
            let id = "document \(Int.random(in: 0..<6, using: &generator))"
            guard open.contains(id) else {
                if Int.random(in: 0..<4, using: &generator) == 0 {
                    actions.append(.delete(id))
                } else {
                    open.insert(id)
                    lengths[id] = 0
                    actions.append(.begin(newDocument(id)))
                }
                continue
            }
            switch Int.random(in: 0..<20, using: &generator) {
            case 0...12:
                for _ in 0..<Int.random(in: 1...burst, using: &generator) {
                    actions.append(.add(block(of: id), to: id))
                }
            case 13: actions.append(.remember(memory(), of: id))
            case 14: actions.append(.checkpoint(checkpoint()))
            case 15:
                lengths[id] = 0
                actions.append(.begin(newDocument(id)))
            case 16:
                open.remove(id)
                actions.append(.delete(id))
            case 17:
                open.remove(id)
                actions.append(.fail(id))
            default:
                open.remove(id)
                actions.append(.end(id))
            }
        }
        return actions
    }

    /// Two whole documents, so that no table but that of the unfinished is empty.
    mutating func everything() -> [Action] {
        var actions: [Action] = []
        for id in ["document one", "document two"] {
            actions.append(.begin(newDocument(id)))
            for _ in 0..<30 { actions.append(.add(block(of: id), to: id)) }
            actions.append(.remember(memory(), of: id))
            actions.append(.checkpoint(checkpoint()))
            actions.append(.end(id))
        }
        return actions
    }

    /// The next block of a document.
    mutating func block(of id: String) -> NewBlock {
        let block = block(startByte: lengths[id, default: 0])
        lengths[id, default: 0] += block.bytes.count
        return block
    }

    /// A block of a few words.
    mutating func block(startByte: Int, width: Int = 8) -> NewBlock {
        var bytes: [UInt8] = []
        var segments: [SegmentRecord] = []
        var terms = BlockTerms()
        let paths = [["Part \(startByte % 3)", "ß"], []]
        for index in 0..<Int.random(in: 1...4, using: &generator) {
            for _ in 0..<Int.random(in: 0...5, using: &generator) {
                let number = Int.random(in: 0..<400, using: &generator)
                let word = "w" + String(number * number, radix: 36)
                bytes += Array("\(word) ".utf8)
                terms.add(word)
            }
            segments.append(
                SegmentRecord(
                    end: bytes.count,
                    kind: index == 0 ? "heading" : "sentence",
                    pathIndex: index % 2,
                    boundary: Float.random(in: 0...1, using: &generator),
                    surprise: Float.random(in: 0...1, using: &generator)
                )
            )
        }
        let hasVectors = Bool.random(using: &generator)
        var concepts = Tensor<Float>(width: width)
        for _ in segments { concepts.append(row: generator.unitVector(width)) }
        return NewBlock(
            startByte: startByte,
            bytes: bytes,
            paths: paths,
            segments: segments,
            tokenCount: bytes.count / 4,
            concepts: hasVectors ? concepts : nil,
            landmark: hasVectors ? generator.unitVector(width) : nil,
            terms: terms
        )
    }

    private mutating func newDocument(_ id: String) -> NewDocument {
        let hasTitle = Bool.random(using: &generator)
        return NewDocument(
            id: id,
            uri: "file:\(id)",
            title: hasTitle ? "Title \(Int.random(in: 0..<9, using: &generator))" : nil,
            metadata: hasTitle ? [MetadataField(name: "year", value: "1869")] : []
        )
    }

    private mutating func memory() -> MemoryTensor {
        let values = generator.unitVector(12)
        return MemoryTensor(
            name: "layer \(Int.random(in: 0..<3, using: &generator))",
            tensor: Tensor(width: 4, elements: values)
        )
    }

    private mutating func checkpoint() -> CheckpointRecord {
        let bytes = (0..<20).map { _ in UInt8.random(in: 0...255, using: &generator) }
        return CheckpointRecord(
            pipeline: "p",
            source: "s\(Int.random(in: 0..<2, using: &generator))",
            position: Array(bytes[..<8]),
            digest: ContentDigest(of: bytes),
            states: [
                StageState(stage: "chunk", bytes: bytes), StageState(stage: "embed", bytes: []),
            ]
        )
    }
}

extension Store {
    /// Commits actions in commits of random sizes, and returns what the store should then hold.
    func commit(
        _ actions: [Action],
        most: Int,
        _ generator: inout SeededGenerator,
        model: ModelStore = ModelStore()
    ) throws -> ModelStore {
        var model = model
        var changes = StoreChanges()
        var left = Int.random(in: 1...most, using: &generator)
        for action in actions {
            model.apply(action, to: &changes)
            left -= 1
            if left == 0 {
                try commit(changes)
                changes.removeAll()
                left = Int.random(in: 1...most, using: &generator)
            }
        }
        try commit(changes)
        return model
    }
}

extension ReadTransaction {
    /// How many entries a table has.
    func tableSize(of name: String) -> Int? {
        try? tableSizes().first { $0.name == name }?.entryCount
    }
}
