import ArgumentParser

/// Options of which layers of a model are gone through.
struct LayerOptions: ParsableArguments {
    @Option(
        name: .customLong("skip-layers"),
        help: ArgumentHelp("Leave layers out, such as 3,5-7; the first is 0.", valueName: "layers")
    )
    var skipped: LayerList?

    @Option(
        name: .customLong("loop-layers"),
        help: ArgumentHelp(
            "Go through a stretch of layers twice, such as 4-6.",
            valueName: "layers"
        )
    )
    var looped: LayerList?

    func validate() throws {
        if let looped, looped.ranges.count > 1 {
            throw ValidationError("--loop-layers is one stretch of layers.")
        }
    }

    /// Whether the layers are not the model's own.
    var isGiven: Bool { skipped != nil || looped != nil }

    /// The layers in their order; nil if they are the model's own.
    func order(layerCount: Int) -> [Int]? {
        guard isGiven else { return nil }
        let loop = looped?.ranges.first
        let last = max(loop?.upperBound ?? 0, skipped?.last ?? 0)
        // The model tells of a layer that it does not have.
        guard last < layerCount else { return [last] }
        var order: [Int] = []
        for layer in 0..<layerCount {
            order.append(layer)
            if let loop, layer == loop.upperBound { order += loop }
        }
        return order.filter { layer in skipped?.ranges.contains { $0.contains(layer) } != true }
    }
}

/// Layers by their numbers and stretches of them, such as `3,5-7`.
struct LayerList: ExpressibleByArgument {
    let ranges: [ClosedRange<Int>]

    var last: Int { ranges.map(\.upperBound).max() ?? 0 }

    /// More layers than any model has.
    private static let greatest = 1 << 16

    init?(argument: String) {
        var ranges: [ClosedRange<Int>] = []
        for part in argument.split(separator: ",", omittingEmptySubsequences: false) {
            let ends = part.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
            guard (1...2).contains(ends.count), let first = ends[0],
                let last = ends[ends.count - 1],
                0 <= first, first <= last, last < Self.greatest
            else { return nil }
            ranges.append(first...last)
        }
        self.ranges = ranges
    }
}
