import Foundation
import Memory
import Serialization

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

    mutating func unitVector(_ width: Int) -> [Float] { floats(width).normalized }

    /// Floats of any bits, a third of them special, to do harm with.
    mutating func adversarialVector(_ width: Int) -> [Float] {
        let special: [Float] = [
            .nan, .infinity, -.infinity, 0, -0.0, .greatestFiniteMagnitude, .leastNonzeroMagnitude,
            -3e38, 1,
        ]
        return (0..<width).map { _ in
            Int.random(in: 0..<3, using: &self) == 0
                ? special.randomElement(using: &self) ?? 0
                : Float(bitPattern: UInt32.random(in: .min ... .max, using: &self))
        }
    }
}

/// Reads a fixture that `scripts/make_memory_fixture.py` wrote.
func fixture<Value: Decodable>(_ name: String, as type: Value.Type = Value.self) throws -> Value {
    let file = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "Fixtures/\(name)")
    return try JSONDecoder().decode(Value.self, from: Data(contentsOf: file))
}

/// The greatest difference between two vectors of one width.
func greatestDifference(_ left: [Float], _ right: [Float]) -> Float {
    left.count == right.count ? zip(left, right).reduce(0) { max($0, abs($1.0 - $1.1)) } : .infinity
}

/// The bytes that `write` writes.
func bytes(_ write: (inout ByteWriter) -> Void) -> [UInt8] {
    var writer = ByteWriter()
    write(&writer)
    return writer.bytes
}
