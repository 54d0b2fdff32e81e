/// Items of a list that stand in one line: `1) the first 2) the second`.
struct InlineList {
    let bytes: [UInt8]
    /// The start of the unfinished segment, which must itself be an item.
    let start: Int
    let end: Int

    /// The start of the next item, if the sign at `position` belongs to its bullet or enumerator.
    func itemStart(at position: Int, value: UInt32) -> Int? {
        guard position > start else { return nil }
        if Scalars.kind(value) == .bullet {
            return isBehindSpace(position) && bytes[start] == bytes[position]
                && Scalars.decode(bytes, at: start, end: end).value == value ? position : nil
        }
        guard value == 0x2E || value == 0x29 else { return nil }
        var itemStart = position
        while itemStart > start, position - itemStart < 6, isASCIIAlphanumeric(bytes[itemStart - 1])
        {
            itemStart -= 1
        }
        if itemStart > start, bytes[itemStart - 1] == UInt8(ascii: "(") { itemStart -= 1 }
        guard itemStart < position, isBehindSpace(itemStart),
            let item = Enumerator(bytes: bytes, at: itemStart, end: end), item.end < end,
            bytes[item.end] <= 0x20,
            let first = Enumerator(bytes: bytes, at: start, end: end), item.follows(first)
        else { return nil }
        return itemStart
    }

    private func isBehindSpace(_ position: Int) -> Bool {
        position > start && bytes[position - 1] <= 0x20
    }
}
