/// Writes JSON to a byte buffer, without going through strings.
public struct JSONWriter: Sendable {
    /// What has been written.
    public private(set) var bytes: [UInt8] = []
    private var needsComma = false

    /// An empty writer.
    public init() {}

    /// Begins an object.
    public mutating func beginObject() {
        separate()
        bytes.append(UInt8(ascii: "{"))
        needsComma = false
    }

    /// Ends an object.
    public mutating func endObject() {
        bytes.append(UInt8(ascii: "}"))
        needsComma = true
    }

    /// Writes a member's key; its value must follow.
    public mutating func key(_ name: String) {
        string(name.utf8)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    /// Writes an array, each element by `element`.
    public mutating func array<Element>(
        _ elements: some Sequence<Element>,
        _ element: (inout JSONWriter, Element) -> Void
    ) {
        separate()
        bytes.append(UInt8(ascii: "["))
        needsComma = false
        for value in elements { element(&self, value) }
        bytes.append(UInt8(ascii: "]"))
        needsComma = true
    }

    /// Writes a string given as UTF-8; malformed bytes are repaired.
    public mutating func string(_ utf8: some Collection<UInt8>) {
        separate()
        needsComma = true
        bytes.append(UInt8(ascii: "\""))
        if let isValid = utf8.withContiguousStorageIfAvailable({ isValidUTF8($0) }), isValid {
            escape(utf8)
        } else {
            escape(String(decoding: utf8, as: UTF8.self).utf8)
        }
        bytes.append(UInt8(ascii: "\""))
    }

    /// Writes a string.
    public mutating func string(_ value: String) {
        string(value.utf8)
    }

    /// Writes an integer.
    public mutating func number(_ value: some BinaryInteger) {
        literal(String(value))
    }

    /// Writes a float by the fewest digits that read back as it; null if it is not finite.
    public mutating func number(_ value: Float) {
        literal(value.isFinite ? "\(value)" : "null")
    }

    /// Writes a double by the fewest digits that read back as it; null if it is not finite.
    public mutating func number(_ value: Double) {
        literal(value.isFinite ? "\(value)" : "null")
    }

    /// Writes true or false.
    public mutating func boolean(_ value: Bool) {
        literal(value ? "true" : "false")
    }

    /// Writes null.
    public mutating func null() {
        literal("null")
    }

    /// Ends a line of NDJSON.
    public mutating func lineFeed() {
        bytes.append(UInt8(ascii: "\n"))
        needsComma = false
    }

    private mutating func literal(_ text: String) {
        separate()
        bytes.append(contentsOf: text.utf8)
        needsComma = true
    }

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
    }

    /// Writes bytes, the runs between those that need an escape at once.
    private mutating func escape(_ utf8: some Collection<UInt8>) {
        let isCopied: Void? = utf8.withContiguousStorageIfAvailable { escape($0) }
        if isCopied == nil { Array(utf8).withUnsafeBufferPointer { escape($0) } }
    }

    private mutating func escape(_ utf8: UnsafeBufferPointer<UInt8>) {
        var copied = 0
        for (index, byte) in utf8.enumerated() {
            guard byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") else {
                continue
            }
            bytes.append(contentsOf: utf8[copied..<index])
            copied = index + 1
            switch byte {
            case UInt8(ascii: "\n"): bytes.append(contentsOf: "\\n".utf8)
            case UInt8(ascii: "\r"): bytes.append(contentsOf: "\\r".utf8)
            case UInt8(ascii: "\t"): bytes.append(contentsOf: "\\t".utf8)
            case 0..<0x20:
                let digits = String(byte, radix: 16)
                bytes.append(contentsOf: (digits.count == 1 ? "\\u000" : "\\u00").utf8)
                bytes.append(contentsOf: digits.utf8)
            default: bytes.append(contentsOf: [UInt8(ascii: "\\"), byte])
            }
        }
        bytes.append(contentsOf: utf8[copied...])
    }

    private func isValidUTF8(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        bytes.allSatisfy { $0 < 0x80 } || String(validating: bytes, as: UTF8.self) != nil
    }
}
