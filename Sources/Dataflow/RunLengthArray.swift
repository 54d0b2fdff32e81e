/// The values of rows, of which equal ones that follow each other are kept once.
///
///     var paths = RunLengthArray([["Rivers"], ["Rivers"], []])
///     paths.append(["Lakes"], count: 2)
///     paths.count  // 5
///     paths[4]  // ["Lakes"]
///     paths.runs.map(\.end)  // [2, 3, 5]
///
/// - Invariant: runs are as long as they can be, so equal sequences have equal runs.
public struct RunLengthArray<Element: Equatable & Sendable>: Sendable, Equatable {
    /// Rows of one value.
    public struct Run: Sendable, Equatable {
        /// The value.
        public let value: Element
        /// One past its last row.
        public var end: Int

        @inlinable
        init(value: Element, end: Int) {
            self.value = value
            self.end = end
        }
    }

    @usableFromInline
    var storage: [Run] = []

    /// The runs in their order.
    @inlinable
    public var runs: [Run] { storage }

    /// No rows.
    @inlinable
    public init() {}

    /// A row for each of `values`.
    @inlinable
    public init(_ values: some Sequence<Element>) {
        for value in values { append(value) }
    }

    /// How many rows there are.
    @inlinable
    public var count: Int { runs.last?.end ?? 0 }

    /// Each row's value.
    public var values: [Element] {
        var start = 0
        return runs.flatMap { run in
            defer { start = run.end }
            return repeatElement(run.value, count: run.end - start)
        }
    }

    /// The value of a row.
    ///
    /// - Complexity: O(log runs).
    @inlinable
    public subscript(row: Int) -> Element { runs[run(ofRow: row)].value }

    /// A copy of consecutive rows.
    @inlinable
    public subscript(rows: Range<Int>) -> RunLengthArray {
        var copy = RunLengthArray()
        guard !rows.isEmpty else { return copy }
        copy.storage = runs[run(ofRow: rows.lowerBound)...run(ofRow: rows.upperBound - 1)].map {
            Run(value: $0.value, end: min($0.end, rows.upperBound) - rows.lowerBound)
        }
        return copy
    }

    /// Appends a value `count` times.
    ///
    /// - Precondition: `count` is not negative.
    @inlinable
    public mutating func append(_ value: Element, count: Int = 1) {
        precondition(count >= 0, "a count of rows")
        guard count > 0 else { return }
        let end = self.count + count
        if let last = runs.last, last.value == value {
            storage[storage.count - 1].end = end
        } else {
            storage.append(Run(value: value, end: end))
        }
    }

    /// Appends all rows of another array.
    @inlinable
    public mutating func append(_ other: RunLengthArray) {
        var start = 0
        for run in other.runs {
            append(run.value, count: run.end - start)
            start = run.end
        }
    }

    /// The run that a row is in.
    @inlinable
    func run(ofRow row: Int) -> Int {
        precondition(0 <= row && row < count, "a row of the array")
        var (low, high) = (0, runs.count - 1)
        while low < high {
            let middle = (low + high) / 2
            if runs[middle].end > row { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
