internal import Foundation

/// Writes a safetensors file: what `SafetensorsFile` reads.
struct SafetensorsWriter {
    private struct Tensor {
        var name: String
        var type: String
        var shape: [Int]
    }

    /// Bytes of a cache line.
    private static let lineSize = 64

    private var tensors: [Tensor] = []
    /// Where each tensor ends in `bytes`.
    private var ends: [Int] = []
    /// The tensors, one after another.
    private(set) var bytes: [UInt8] = []

    /// Adds a tensor.
    ///
    /// - Precondition: `elements` are as many as the shape calls for.
    mutating func add(_ name: String, shape: [Int], _ elements: [Float]) {
        add(name, "F32", shape, elements.map(\.bitPattern.littleEndian))
    }

    /// Adds a tensor.
    ///
    /// - Precondition: `elements` are as many as the shape calls for.
    mutating func add(_ name: String, shape: [Int], _ elements: [Int8]) {
        add(name, "I8", shape, elements)
    }

    /// Adds a row of bytes.
    mutating func add(_ name: String, _ elements: [UInt8]) {
        add(name, "U8", [elements.count], elements)
    }

    private mutating func add(
        _ name: String,
        _ type: String,
        _ shape: [Int],
        _ elements: [some BitwiseCopyable]
    ) {
        precondition(shape.reduce(1, *) == elements.count, "elements fill the shape")
        tensors.append(Tensor(name: name, type: type, shape: shape))
        elements.withUnsafeBytes { bytes.append(contentsOf: $0) }
        ends.append(bytes.count)
    }

    /// The whole file.
    ///
    /// - Parameters:
    ///   - metadata: What is said of all tensors.
    ///   - aligned: The name of a tensor that begins at a multiple of a cache line.
    /// - Returns: The bytes of the file.
    func file(metadata: [String: String], aligned: String) -> [UInt8] {
        var header: [String: Any] = ["__metadata__": metadata]
        var start = 0
        var alignedStart = 0
        for (tensor, end) in zip(tensors, ends) {
            if tensor.name == aligned { alignedStart = start }
            header[tensor.name] = [
                "dtype": tensor.type, "shape": tensor.shape, "data_offsets": [start, end],
            ]
            start = end
        }
        let options: JSONSerialization.WritingOptions = [.sortedKeys, .withoutEscapingSlashes]
        guard let json = try? JSONSerialization.data(withJSONObject: header, options: options)
        else { preconditionFailure("strings and whole numbers are JSON") }
        let lengthSize = MemoryLayout<UInt64>.size
        let past = (lengthSize + json.count + alignedStart) % Self.lineSize
        let padding = (Self.lineSize - past) % Self.lineSize
        let length = UInt64(json.count + padding).littleEndian
        return withUnsafeBytes(of: length) { Array($0) } + json
            + repeatElement(UInt8(ascii: " "), count: padding) + bytes
    }
}
