/// A result that several threads fill, each its own part.
package final class RowBuffer<Element: Sendable>: @unchecked Sendable {  // Parts are disjoint.
    // Callers write disjoint parts and read only after all have written.
    private let elements: UnsafeMutableBufferPointer<Element>

    /// `count` elements, all of them `value` at first.
    package init(count: Int, repeating value: Element) {
        elements = .allocate(capacity: count)
        elements.initialize(repeating: value)
    }

    /// Writes consecutive elements.
    ///
    /// - Concurrency: no other thread writes these elements, and none reads yet.
    package func set(_ values: [Element], at start: Int) {
        precondition(start >= 0 && start + values.count <= elements.count, "inside the buffer")
        let range = start..<(start + values.count)
        _ = UnsafeMutableBufferPointer(rebasing: elements[range]).update(fromContentsOf: values)
    }

    /// A copy of all elements, once all threads have written.
    package func values() -> [Element] { Array(elements) }

    deinit {
        elements.deinitialize()
        elements.deallocate()
    }
}
