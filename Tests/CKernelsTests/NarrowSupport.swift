import CKernels

/// Memory of a test, aligned as the kernels want it, with a margin that must stay as it was.
final class Memory<Element> {
    let pointer: UnsafeMutablePointer<Element>
    let count: Int
    private let filler: Element

    init(_ count: Int, filledWith filler: Element) {
        self.count = count
        self.filler = filler
        let size = (count + Self.margin) * MemoryLayout<Element>.stride
        pointer = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 64)
            .bindMemory(to: Element.self, capacity: count + Self.margin)
        pointer.initialize(repeating: filler, count: count + Self.margin)
    }

    private static var margin: Int { 64 }

    var elements: [Element] { Array(UnsafeBufferPointer(start: pointer, count: count)) }

    deinit { UnsafeMutableRawPointer(pointer).deallocate() }
}

extension Memory where Element: Equatable {
    /// Whether nothing was written beyond the end.
    var isWhole: Bool { (0..<Self.margin).allSatisfy { pointer[count + $0] == filler } }
}

func padded(_ count: Int) -> Int { (count + 63) / 64 * 64 }

/// A bf16 as it lies in memory, in two bytes or rounded in a float.
func float(ofSize size: Int, at pointer: UnsafePointer<UInt8>) -> Float {
    let raw = UnsafeRawPointer(pointer)
    return size == 2
        ? Float(bitPattern: UInt32(raw.loadUnaligned(as: UInt16.self)) << 16)
        : raw.loadUnaligned(as: Float.self)
}

/// Rows in a narrow format with their memory.
struct NarrowMatrix {
    let format: kernels_format
    let width: Int
    let stride: Int
    let group: Int
    let bytes: Memory<UInt8>
    /// bf16 elements of `halfSize` bytes.
    let halves: Memory<UInt8>
    let halfSize: Int
    let scales: Memory<Float>
    let offsets: Memory<Float>

    init(_ isa: UInt32, _ format: kernels_format, rows: Int, width: Int, group: Int? = nil) {
        self.format = format
        halfSize = withKernels(isa) { $0.half_size }
        self.width = width
        stride = padded(width)
        self.group = group ?? stride
        let isInt8 = format == KERNELS_FORMAT_I8
        bytes = Memory(isInt8 ? rows * stride : 0, filledWith: 77)
        halves = Memory(isInt8 ? 0 : rows * stride * halfSize, filledWith: 77)
        scales = Memory(isInt8 ? rows * stride / self.group : 0, filledWith: 77)
        offsets = Memory(isInt8 ? rows : 0, filledWith: 77)
    }

    var view: kernels_narrow_rows {
        kernels_narrow_rows(
            format: format,
            stride: stride,
            group: group,
            elements: format == KERNELS_FORMAT_I8
                ? UnsafeMutableRawPointer(bytes.pointer) : UnsafeMutableRawPointer(halves.pointer),
            scales: scales.pointer,
            offsets: offsets.pointer
        )
    }

    /// What an element means.
    func value(_ row: Int, _ column: Int) -> Double {
        let index = row * stride + column
        guard format == KERNELS_FORMAT_I8 else {
            return Double(float(ofSize: halfSize, at: halves.pointer + index * halfSize))
        }
        let scale = Double(scales.pointer[row * (stride / group) + column / group])
        return scale * Double(bytes.pointer[index]) + Double(offsets.pointer[row])
    }

    /// Everything that was written, but for elements of no matter.
    func bits(rows: Int) -> [UInt32] {
        var words: [UInt32] = []
        for row in 0..<rows {
            for column in 0..<width {
                let index = row * stride + column
                let half = halves.pointer + index * halfSize
                words.append(
                    format == KERNELS_FORMAT_I8
                        ? UInt32(bytes.pointer[index])
                        : float(ofSize: halfSize, at: half).bitPattern
                )
            }
        }
        return words + scales.elements.map(\.bitPattern) + offsets.elements.map(\.bitPattern)
    }

    var isWhole: Bool { bytes.isWhole && halves.isWhole && scales.isWhole && offsets.isWhole }
}

/// Packed weights with their memory.
struct PackedWeights {
    let isTiled: Bool
    let elements: Memory<UInt8>
    let halfSize: Int
    let scales: Memory<Float>
    let sums: Memory<Float>
    let bias: Memory<Float>
    let view: Memory<kernels_narrow_weights>

    init(
        _ isa: UInt32,
        _ format: kernels_format,
        weights: [Float],
        bias values: [Float],
        depth: Int,
        group: Int? = nil,
        parts: Int = 1
    ) {
        let group = group ?? padded(depth)
        halfSize = withKernels(isa) { $0.half_size }
        isTiled = isa == tiled
        let sizes = kernels_narrow_sizes_of(halfSize, format, values.count, depth, group)
        elements = Memory(sizes.element_bytes, filledWith: 77)
        scales = Memory(sizes.scales, filledWith: 77)
        sums = Memory(sizes.columns, filledWith: 77)
        bias = Memory(sizes.columns, filledWith: 77)
        view = Memory(
            1,
            filledWith: kernels_narrow_weights(
                format: format,
                columns: values.count,
                depth: depth,
                group: group,
                elements: elements.pointer,
                scales: scales.pointer,
                sums: sums.pointer,
                bias: bias.pointer
            )
        )
        withPlainWeights(weights, columns: values.count, parts: parts) { plain in
            withKernels(isa) { $0.pack_narrow(plain, values, view.pointer) }
        }
    }

    /// The place of word number `row` of a column, in panels of 64 columns, or in tiles of 16 words of 16
    /// columns that lie in pairs.
    private func word(of column: Int, _ row: Int, words: Int) -> Int {
        guard isTiled else { return column / 64 * 64 * words + row * 64 + column % 64 }
        let pair = column / 32 * 32 * words + row / 16 * 512
        return pair + column % 32 / 16 * 256 + row % 16 * 16 + column % 16
    }

    /// What the weight of `column` at depth `k` means.
    func value(_ column: Int, _ k: Int) -> Double {
        let weights = view.pointer[0]
        let depth = padded(weights.depth)
        let panel = column / 64 * 64 * depth
        if weights.format == KERNELS_FORMAT_I8 {
            let byte = elements.pointer[word(of: column, k / 4, words: depth / 4) * 4 + k % 4]
            let scale = scales.pointer[k / weights.group * padded(weights.columns) + column]
            return Double(Int8(bitPattern: byte)) * Double(scale)
        }
        let index =
            halfSize == 2
            ? 4 * word(of: column, k / 2, words: depth / 2) + k % 2 * 2
            : 4 * (panel + k * 64 + column % 64)
        return Double(float(ofSize: halfSize, at: elements.pointer + index))
    }

    var isWhole: Bool { elements.isWhole && scales.isWhole && sums.isWhole && bias.isWhole }
}

let formats: [kernels_format] = [KERNELS_FORMAT_BF16, KERNELS_FORMAT_I8]

/// The variant that multiplies in tiles, where it can run.
let tiled = KERNELS_ISA_AVX512_AMX.rawValue

/// The variants whose results have the same bits in a format.
func comparable(_ format: kernels_format) -> [UInt32] {
    format == KERNELS_FORMAT_BF16 ? variants.filter { $0 != tiled } : variants
}
