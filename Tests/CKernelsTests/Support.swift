import CKernels

/// The variants that can run here, as the raw values of `kernels_isa`.
let variants: [UInt32] = (0..<UInt32(KERNELS_ISA_COUNT)).filter {
    kernels_variant(kernels_isa($0)) != nil
}

/// Calls `body` with a variant's functions.
func withKernels<Result>(_ isa: UInt32, _ body: (kernels_table) throws -> Result) rethrows -> Result
{
    guard let table = kernels_variant(kernels_isa(isa)) else {
        preconditionFailure("only variants that can run here are tested")
    }
    return try body(table.pointee)
}

/// Calls `body` with weights [columns, depth] in `parts` matrices that lie apart.
func withPlainWeights(
    _ weights: [Float],
    columns: Int,
    parts: Int = 1,
    _ body: (UnsafePointer<kernels_plain_weights>) -> Void
) {
    let size = weights.count / parts
    let matrices = (0..<parts).map { part in
        let copy = UnsafeMutableBufferPointer<Float>.allocate(capacity: size)
        _ = copy.initialize(from: weights[(part * size)..<((part + 1) * size)])
        return copy
    }
    defer { for matrix in matrices { matrix.deallocate() } }
    let pointers = matrices.map { UnsafePointer($0.baseAddress) }
    pointers.withUnsafeBufferPointer { pointers in
        var plain = kernels_plain_weights(
            parts: pointers.baseAddress,
            part_columns: columns / parts
        )
        body(&plain)
    }
}

/// SplitMix64: a small generator whose seed fixes every case.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func floats(_ count: Int, _ range: ClosedRange<Float> = -1...1) -> [Float] {
        (0..<count).map { _ in Float.random(in: range, using: &self) }
    }

    mutating func bytes(_ count: Int) -> [Int8] {
        (0..<count).map { _ in Int8.random(in: .min ... .max, using: &self) }
    }
}

/// The bits of floats, to compare results that must be equal and not only close.
func bits(_ values: [Float]) -> [UInt32] { values.map(\.bitPattern) }
