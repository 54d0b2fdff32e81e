import Diagnostics
import Foundation
import ModelFiles
import Models
import Tensors
import Testing
import Text

@Suite struct Llama2FileTests {
    private let folder: TemporaryFolder
    private let pool = ComputePool(threadCount: 1)

    init() throws { folder = try TemporaryFolder() }

    /// A model of llama2.c's with its tokenizer beside it.
    private func model(
        _ data: Data,
        name: String = "model.bin",
        precision: DecoderPrecision = .exact
    ) throws -> LlamaModel {
        _ = try folder.write(SmallModel.llama2Tokenizer(), to: "tokenizer.bin")
        return try LlamaModel(
            file: folder.write(data, to: name),
            pool: pool,
            precision: precision
        )
    }

    private func ggufModel(
        _ model: SmallModel,
        precision: DecoderPrecision = .exact
    ) throws -> LlamaModel {
        let path = try folder.write(model.gguf().data(), to: "model.gguf")
        return try LlamaModel(file: path, pool: pool, precision: precision)
    }

    private func logits(_ model: LlamaModel) throws -> [[Float]] {
        let tokens = (0..<40).map { Int32(3 + $0 * 37 % (model.configuration.vocabularySize - 3)) }
        return try LlamaSession(model, contextLength: 48).readAll(tokens)
    }

    /// The same bits as from a GGUF file of the same floats.
    @Test(arguments: [0, 1, 2], [true, false])
    func logitsAreThoseOfTheSameModelInGGUF(version: Int, isTied: Bool) throws {
        let small = SmallModel(isTied: isTied)
        let floats = version == 2 ? small.rounded() : small
        let expected = try ggufModel(floats)
        let model = try model(small.llama2(version: version))
        #expect(model.name == "model.bin" && model.configuration.contextLength == 48)
        #expect(try logits(model) == logits(expected))
        // With rounded activations the blocks of version 2 are multiplied as bytes.
        let bytes = try self.model(small.llama2(version: version), precision: .bytes)
        let isSame = try logits(bytes) == logits(ggufModel(floats, precision: .bytes))
        #expect(isSame == (version != 2))
    }

    @Test func tokensAreThoseOfTheSameVocabularyInGGUF() throws {
        let small = SmallModel(isTied: true)
        let expected = try ggufModel(small).tokenizer
        let tokenizer = try model(small.llama2(version: 0)).tokenizer
        var generator = SplitMix64(8)
        let texts =
            ["", " ", "the tin", "  a\n\n", "é <s> x</s>", "\u{2581}the", "zß\u{1F999}"]
            + (0..<100).map { _ in
                String(
                    (0..<12).map { _ in "the aino é<>/s\n".randomElement(using: &generator) ?? "t" }
                )
            }
        for text in texts {
            let bytes = Array(text.utf8)
            for reads in [false, true] {
                let ids = tokenizer.promptTokens(of: bytes, readsControlTokens: reads)
                #expect(
                    ids == expected.promptTokens(of: bytes, readsControlTokens: reads),
                    "\(text)"
                )
                #expect(ids.first == 1)
            }
            let ids = tokenizer.tokenizer.tokenIDs(of: bytes, readsControlTokens: false)
            #expect(
                tokenizer.tokenizer.bytes(of: ids) == expected.tokenizer.bytes(of: ids),
                "\(text)"
            )
        }
        #expect(tokenizer.endTokens == [1, 2])
    }

    // MARK: - Which tokenizer

    @Test func theTokenizerThatFitsIsTaken() throws {
        let data = SmallModel(isTied: true).llama2(version: 0)
        let path = try folder.write(data, to: "model.bin")
        func open() throws -> LlamaModel { try LlamaModel(file: path, pool: pool) }
        let count = SmallModel.tokens.count
        let none = #expect(throws: ModelsError.self) { try open() }
        #expect(
            none?.description == "no tokenizer of \(count) tokens is beside \(path); "
                + "put its tokenizer there, as llama2.c names it: tokenizer.bin"
        )
        #expect(none?.exitCode == .noInput)
        _ = try folder.write(SmallModel.llama2Tokenizer(extraCount: 9), to: "tokenizer.bin")
        _ = try folder.write(Data([7]), to: "tok7.bin")
        let wrong = #expect(throws: ModelsError.self) { try open() }
        #expect(wrong?.problem.contains("tokenizer.bin has \(count + 9)") == true)
        #expect(wrong?.problem.contains("tok7.bin is truncated") == true)
        _ = try folder.write(SmallModel.llama2Tokenizer(), to: "tok\(count).bin")
        #expect(throws: Never.self) { try open() }
    }

    @Test func anotherTokenizerIsAnotherModel() throws {
        let path = try folder.write(SmallModel(isTied: true).llama2(version: 0), to: "model.bin")
        _ = try folder.write(SmallModel.llama2Tokenizer(), to: "tokenizer.bin")
        let one = try LlamaModel.fingerprint(ofFile: path)
        #expect(try LlamaModel.fingerprint(ofFile: path) == one)
        var other = SmallModel.llama2Tokenizer()
        other[other.count - 1] = UInt8(ascii: "x")
        _ = try folder.write(other, to: "tokenizer.bin")
        #expect(try LlamaModel.fingerprint(ofFile: path) != one)
    }

    // MARK: - Bad files

    /// The error of a file whose header's number at a place is another.
    private func problem(_ version: Int, _ place: Int, _ value: Int32) throws -> String {
        var data = SmallModel(isTied: true).llama2(version: version)
        let offset = (version == 0 ? 0 : 8) + 4 * place
        data.replaceSubrange(offset..<(offset + 4), with: littleEndian(value))
        return try problem(data)
    }

    private func problem(_ data: Data, name: String = "model.bin") throws -> String {
        let error = #expect(throws: ModelsError.self) { try model(data, name: name) }
        #expect(error?.exitCode == .dataError || error?.exitCode == .unavailable)
        return error?.problem ?? ""
    }

    @Test(arguments: [
        (0, 0, Int32(0), "says the hidden size is 0"),
        (0, 0, 31, "a hidden size of 31, 4 heads and 2 heads for keys and values do not fit"),
        (0, 0, 36, "do not fit each other"),
        (0, 1, -64, "says the feed-forward size is -64"),
        (1, 2, .min, "says the number of layers is -2147483648"),
        (0, 3, 5, "do not fit each other"),
        (1, 4, 3, "do not fit each other"),
        (0, 5, 0, "says the size of the vocabulary is 0"),
        (0, 5, .min, "is truncated"),
        (1, 5, -281, "says the size of the vocabulary is -281"),
        (2, 6, 0, "says the length of the context is 0"),
        (0, 6, 47, "bytes, and its header calls for"),
        (0, 6, 49, "is truncated"),
        (0, 2, .max, "is truncated"),
        (1, 1, .max, "is truncated"),
    ])
    func aHostileHeaderIsRefused(version: Int, place: Int, value: Int32, problem: String) throws {
        let found = try self.problem(version, place, value)
        #expect(found.contains("model.bin") && found.contains(problem), "\(found)")
    }

    @Test func sizesThatOverflowAreRefused() throws {
        let header: [Int32] = [1 << 30, .max, .max, 1 << 20, 1, .max, .max]
        let found = try problem(Data(header.flatMap { littleEndian($0) }))
        #expect(found.hasSuffix("its header calls for more bytes than any file has"), "\(found)")
    }

    @Test func laterVersionsAndOtherGroupsAreRefused() throws {
        let small = SmallModel(isTied: true)
        func changed(_ version: Int, _ offset: Int, _ bytes: [UInt8]) -> Data {
            var data = small.llama2(version: version)
            data.replaceSubrange(offset..<(offset + bytes.count), with: bytes)
            return data
        }
        let later = try problem(changed(1, 4, [3]))
        #expect(
            later.hasSuffix(
                "the version of llama2.c's format is 3, where the first, 1 or 2 is supported"
            )
        )
        #expect(try problem(changed(1, 36, [2])).contains("is shared by 2, not 0 or 1"))
        #expect(try problem(changed(2, 37, [16])).contains("16 in rows of 32 and 64"))
        #expect(try problem(changed(2, 37, [64])).contains("64 in rows of 32 and 64"))
        #expect(try problem(changed(2, 37, [0])).contains("the length of a group is 0"))
    }

    @Test func numbersThatAreNotFiniteAreRefused() throws {
        for version in [0, 1, 2] {
            var data = SmallModel(isTied: true).llama2(version: version)
            // The last float but the tables of version 0: of the output's norm, `ffn_up` or a scale.
            let offset = data.count - (version == 0 ? 4 * 48 * 8 : 0) - 4
            data.replaceSubrange(offset..<(offset + 4), with: littleEndian(Float.nan.bitPattern))
            let found = try problem(data)
            let name = version == 0 ? "output_norm.weight" : "blk.1.ffn_up.weight"
            #expect(found.contains("at tensor \(name)") && found.contains("nan"), "\(found)")
        }
        var data = SmallModel(isTied: true).llama2(version: 2)
        data.replaceSubrange(
            (data.count - 4)..<data.count,
            with: littleEndian(Float(1e5).bitPattern)
        )
        #expect(try problem(data).contains("group 63 is 100000.0, which no half can hold"))
    }

    @Test(arguments: [0, 1, 2])
    func everyOtherLengthIsRefused(version: Int) throws {
        let whole = SmallModel(isTied: false).llama2(version: version)
        for count in Array(0..<300) + stride(from: 300, to: whole.count, by: 9973) {
            let found = try problem(whole.prefix(count))
            // Nothing tells the first 28 bytes of version 0 from text, but they are too few.
            #expect(found.contains("is truncated"), "\(count): \(found)")
        }
        #expect(try problem(whole + [0]).contains("bytes, and its header calls for"))
    }

    @Test func whatIsNoModelIsNamed() throws {
        #expect(try problem(Data("GG".utf8), name: "x.gguf").contains("is truncated"))
        #expect(try problem(Data("abcd".utf8), name: "x.gguf").contains("does not begin with GGUF"))
        #expect(try problem(Data(count: 64)).contains("says the hidden size is 0"))
        // A GGUF file is one whatever its name.
        let gguf = SmallModel(isTied: true).gguf().data()
        #expect(throws: Never.self) { try model(gguf, name: "gguf.bin") }
        // And a later version one whatever its name.
        let later = SmallModel(isTied: true).llama2(version: 1)
        #expect(throws: Never.self) { try model(later, name: "later.model") }
    }

    @Test func aHostileTokenizerIsRefused() throws {
        let data = SmallModel(isTied: true).llama2(version: 0)
        let path = try folder.write(data, to: "model.bin")
        let sound = SmallModel.llama2Tokenizer()
        func problem(_ tokenizer: Data) throws -> String {
            _ = try folder.write(tokenizer, to: "tokenizer.bin")
            let error = #expect(throws: ModelsError.self) { try LlamaModel(file: path, pool: pool) }
            return error?.problem ?? ""
        }
        func changed(_ offset: Int, _ bytes: [UInt8]) throws -> String {
            var copy = sound
            copy.replaceSubrange(offset..<(offset + bytes.count), with: bytes)
            return try problem(copy)
        }
        #expect(try problem(Data()).contains("is truncated"))
        #expect(try problem(sound.dropLast()).contains("is truncated"))
        #expect(try problem(sound.prefix(4)).contains("its token 0 is not <unk>"))
        #expect(try changed(0, littleEndian(Int32(-1))).contains("has 5 bytes, of -1 at most"))
        #expect(try changed(8, littleEndian(Int32(-1))).contains("has -1 bytes"))
        #expect(try changed(8, littleEndian(Int32.max)).contains("has 2147483647 bytes"))
        #expect(
            try changed(4, littleEndian(Float.infinity.bitPattern)).contains("has the score inf")
        )
        #expect(try changed(12, [0x3D]).contains("its token 0 is not <unk>"))
    }
}
