internal import Serialization
package import Tensors

/// The keys and values of some consecutive tokens at a layer, keys as they were before they were
/// turned by their positions.
package final class AttentionBlock: Sendable {
    /// Keys [keyValueHeads, tokens, headSize].
    package let keys: AlignedFloats
    /// Values, of the keys' shape.
    package let values: AlignedFloats

    /// How numbers are written.
    package enum Precision: UInt8, Sendable {
        /// As they are.
        case float
        /// A byte each: keys with a scale for each head and channel, in which they differ most,
        /// values with one for each head and token.
        ///
        /// - Source: Liu et al. 2024 (KIVI), arXiv:2402.02750, §3.
        case byte
    }

    /// A block to be filled in.
    package init(count: Int) {
        keys = AlignedFloats(count: count)
        values = AlignedFloats(count: count)
        // Not all may be filled before it is written down.
        keys.pointer.initialize(repeating: 0, count: count)
        values.pointer.initialize(repeating: 0, count: count)
    }

    /// A copy of the first `count` floats of each matrix.
    func copy(count: Int) -> AttentionBlock {
        let copy = AttentionBlock(count: count)
        copy.keys.pointer.update(from: keys.pointer, count: count)
        copy.values.pointer.update(from: values.pointer, count: count)
        return copy
    }

    /// Writes the first `count` floats of each matrix as they are.
    func write(count: Int, to writer: inout ByteWriter) {
        for matrix in [keys, values] { writer.write(floats: matrix.pointer, count: count) }
    }

    /// Reads what `write` wrote into the place of what is here.
    func read(count: Int, from reader: inout ByteReader) throws(SerializationError) {
        for matrix in [keys, values] {
            try reader.read(floats: matrix.pointer, count: count)
        }
    }

    // MARK: - Bytes

    /// The block as bytes.
    ///
    /// | bytes | what |
    /// | --- | --- |
    /// | 1 | precision: 0 floats, 1 bytes |
    /// | | 0: f32 keys, f32 values, as they lie |
    /// | | 1: f32 scales of the keys [heads, headSize], i8 keys [heads, tokens, headSize]; f32 scales of the values [heads, tokens], i8 values, of the keys' shape |
    ///
    /// A number is its scale times its byte, the greatest of which is ±127.
    package func encoded(_ shape: Shape, _ precision: Precision) -> [UInt8] {
        var bytes: [UInt8] = [precision.rawValue]
        bytes.reserveCapacity(shape.byteCount(precision))
        func append(_ value: Float) {
            withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
        }
        guard precision == .byte else {
            for matrix in [keys, values] {
                for index in 0..<shape.count { append(matrix.pointer[index]) }
            }
            return bytes
        }
        for (matrix, axis) in [(keys, Shape.Axis.channels), (values, .tokens)] {
            let scales = shape.scales(of: matrix.pointer, along: axis)
            for scale in scales { append(scale) }
            shape.forEach(along: axis) { index, group in
                let scale = scales[group]
                let value = scale > 0 ? (matrix.pointer[index] / scale).rounded() : 0
                bytes.append(UInt8(bitPattern: Int8(max(-127, min(127, value)))))
            }
        }
        return bytes
    }

    /// A block from what `encoded` wrote; nil if it is something else.
    package convenience init?(_ bytes: [UInt8], _ shape: Shape) {
        guard let precision = bytes.first.flatMap(Precision.init),
            bytes.count == shape.byteCount(precision)
        else { return nil }
        self.init(count: shape.count)
        let (keys, values) = (keys.pointer, values.pointer)
        bytes.withUnsafeBytes { bytes in
            var offset = 1
            func float() -> Float {
                defer { offset += 4 }
                let bits = bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
                return Float(bitPattern: UInt32(littleEndian: bits))
            }
            guard precision == .byte else {
                for matrix in [keys, values] {
                    for index in 0..<shape.count { matrix[index] = float() }
                }
                return
            }
            for (matrix, axis) in [(keys, Shape.Axis.channels), (values, .tokens)] {
                let scales = (0..<shape.groupCount(along: axis)).map { _ in float() }
                shape.forEach(along: axis) { index, group in
                    matrix[index] = scales[group] * Float(Int8(bitPattern: bytes[offset]))
                    offset += 1
                }
            }
        }
    }

    /// The lengths of a block's axes.
    package struct Shape: Sendable, Equatable {
        package var headCount: Int
        package var tokenCount: Int
        package var headSize: Int

        package init(headCount: Int, tokenCount: Int, headSize: Int) {
            self.headCount = headCount
            self.tokenCount = tokenCount
            self.headSize = headSize
        }

        /// What shares a scale.
        enum Axis {
            /// All tokens of a head's channel.
            case channels
            /// All channels of a head's token.
            case tokens
        }

        package var count: Int { headCount * tokenCount * headSize }

        /// How many bytes a block of this shape takes.
        package func byteCount(_ precision: Precision) -> Int {
            switch precision {
            case .float: 1 + 8 * count
            case .byte: 1 + 2 * count + 4 * headCount * (headSize + tokenCount)
            }
        }

        func groupCount(along axis: Axis) -> Int {
            headCount * (axis == .channels ? headSize : tokenCount)
        }

        /// Each element as it lies, with the scale that it has.
        func forEach(along axis: Axis, _ body: (_ index: Int, _ group: Int) -> Void) {
            var index = 0
            for head in 0..<headCount {
                for token in 0..<tokenCount {
                    for channel in 0..<headSize {
                        let group =
                            axis == .channels
                            ? head * headSize + channel : head * tokenCount + token
                        body(index, group)
                        index += 1
                    }
                }
            }
        }

        func scales(of matrix: UnsafePointer<Float>, along axis: Axis) -> [Float] {
            var largest = [Float](repeating: 0, count: groupCount(along: axis))
            forEach(along: axis) { index, group in
                largest[group] = max(largest[group], abs(matrix[index]))
            }
            return largest.map { $0.isFinite ? $0 / 127 : 0 }
        }
    }
}

extension ByteWriter {
    /// Appends floats as they lie in memory, which is little-endian on every processor that is supported.
    mutating func write(floats: UnsafePointer<Float>, count: Int) {
        writeRaw(UnsafeRawBufferPointer(start: floats, count: count * 4))
    }
}

extension ByteReader {
    /// Reads floats that `write(floats:count:)` wrote.
    mutating func read(
        floats: UnsafeMutablePointer<Float>,
        count: Int
    ) throws(SerializationError) {
        let bytes = try readRaw(count: count * 4)
        UnsafeMutableRawPointer(floats).copyMemory(from: bytes, byteCount: bytes.count)
    }
}
