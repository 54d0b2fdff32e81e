extension String {
    /// Whether both are the same UTF-8: `==` takes other bytes for equal that are so as Unicode, and what is stored
    /// would then depend on what came before.
    package func hasBytes(of other: String) -> Bool {
        let areEqual = utf8.withContiguousStorageIfAvailable { left in
            other.utf8.withContiguousStorageIfAvailable { left.elementsEqual($0) }
        }
        return (areEqual ?? nil) ?? utf8.elementsEqual(other.utf8)
    }
}
