import Foundation
import ModelFiles
import Models
import Tensors

/// Attention to random queries, keys and values as others compute it.
struct AttentionFixture: Decodable {
    var way: String
    var initial: Int
    var window: Int
    var block: Int
    var representatives: Int
    var retrieved: Int
    var step: Int
    var length: Int
    var prompt: Int
    var selected: [[Int]]
    var result: Data

    static func all(_ way: String) throws -> [AttentionFixture] {
        let data = try Data(contentsOf: fixtures.appending(path: "attention.json"))
        return try JSONDecoder().decode([Self].self, from: data).filter { $0.way == way }
    }

    /// The results [tokens, heads, headSize].
    var floats: [Float] { result.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) } }
}

/// Queries, keys and values that a layer might have: numbers between -2 and 2.
struct RandomLayer {
    var queries: [Float]
    var keys: [Float]
    var values: [Float]
    private let queryWidth: Int
    private let keyWidth: Int

    init(_ configuration: LlamaConfiguration, length: Int) {
        queryWidth = configuration.headCount * configuration.headSize
        keyWidth = configuration.keyValueHeadCount * configuration.headSize
        queries = Self.uniform(1, length * queryWidth)
        keys = Self.uniform(2, length * keyWidth)
        values = Self.uniform(3, length * keyWidth)
    }

    static func uniform(_ seed: UInt64, _ count: Int) -> [Float] {
        var generator = SplitMix64(seed)
        return (0..<count).map { _ in Float(Double(generator.next() >> 40) / 4_194_304 - 2) }
    }

    /// What some of the tokens attend to in a layer of a memory.
    func attend(
        _ range: Range<Int>,
        _ memory: any AttentionMemory,
        layer: Int = 0
    ) throws -> [Float] {
        let result = AlignedFloats(count: range.count * queryWidth)
        func rows(_ rows: [Float], _ width: Int) -> AlignedFloats {
            AlignedFloats(Array(rows[(range.lowerBound * width)..<(range.upperBound * width)]))
        }
        try memory.attend(
            AttentionPass(
                firstPosition: range.lowerBound,
                tokenCount: range.count,
                queries: rows(queries, queryWidth),
                keys: rows(keys, keyWidth),
                values: rows(values, keyWidth),
                result: result
            ),
            layer: layer
        )
        return (0..<result.count).map { result.pointer[$0] }
    }
}

/// A tiny model of the fixtures.
func tinyDecoder(
    _ name: String,
    threads: Int = 2,
    precision: DecoderPrecision = .standard,
    kernels: Kernels = .best
) throws -> LlamaModel {
    try LlamaModel(
        file: fixtures.appending(path: "llama/\(name).gguf").path,
        pool: ComputePool(threadCount: threads),
        precision: precision,
        kernels: kernels
    )
}

extension Array where Element == Float {
    var bits: [UInt32] { map(\.bitPattern) }
}
