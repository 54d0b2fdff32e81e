import Foundation
import ModelFiles
import Models
import Tensors
import Testing

@Suite struct DequantizationTests {
    private struct Case: Decodable {
        var type: String
        var blocks: Data
        var values: Data
    }

    /// Blocks of every format with the values that the `gguf` package gives them.
    private func cases() throws -> [Case] {
        let url = fixtures.appending(path: "gguf-blocks.json")
        return try JSONDecoder().decode([Case].self, from: Data(contentsOf: url))
    }

    @Test func everyFormatIsThere() throws {
        #expect(Set(try cases().map(\.type)) == Set(GGUFTensorType.allCases.map(\.name)))
    }

    @Test(arguments: Kernels.all.indices)
    func blocksBecomeTheReferencesValues(variant: Int) throws {
        let folder = try TemporaryFolder()
        for test in try cases() {
            let type = try #require(GGUFTensorType.allCases.first { $0.name == test.type })
            var writer = GGUFWriter()
            let bytes = [UInt8](test.blocks)
            writer.tensors = [.init("t", [256, 2], type: type.rawValue, bytes: bytes)]
            let file = try GGUFFile(path: folder.write(writer.data(), to: "blocks.gguf"))
            let values = try file.floats("t", shape: [2, 256], kernels: Kernels.all[variant])
            let expected = [UInt8](test.values)
            #expect(values.flatMap { littleEndian($0.bitPattern) } == expected, "\(type.name)")
        }
    }
}
