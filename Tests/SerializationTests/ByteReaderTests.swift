import Serialization
import Testing

@Suite struct ByteReaderTests {
    @Test func everythingWrittenIsReadBack() throws {
        var writer = ByteWriter()
        writer.write(UInt32(0xDEAD_BEEF))
        writer.write(Float(-1.5))
        writer.write(Double.pi)
        writer.write(true)
        for value in [0, 127, 128, UInt64.max] { writer.writeVarint(value) }
        writer.write("straße 日本")
        writer.write([Float](arrayLiteral: 1, -2, .infinity))
        var reader = ByteReader(writer.bytes)
        #expect(try reader.read(UInt32.self) == 0xDEAD_BEEF)
        #expect(try reader.readFloat() == -1.5)
        #expect(try reader.readDouble() == .pi)
        #expect(try reader.readBool())
        for value in [0, 127, 128, UInt64.max] { #expect(try reader.readVarint() == value) }
        #expect(try reader.readString() == "straße 日本")
        #expect(try reader.readFloats() == [1, -2, .infinity])
        try reader.expectEnd()
    }

    @Test func everyTruncationIsAnError() throws {
        var writer = ByteWriter()
        writer.write("some text")
        writer.write([Float](repeating: 1, count: 3))
        for length in 0..<writer.bytes.count {
            var reader = ByteReader(Array(writer.bytes.prefix(length)))
            #expect(throws: SerializationError.self) {
                _ = try reader.readString()
                _ = try reader.readFloats()
            }
        }
    }

    @Test(arguments: [
        [UInt8](repeating: 0xFF, count: 11),
        [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x02],
    ])
    func varintsBeyond64BitsAreRefused(bytes: [UInt8]) {
        var reader = ByteReader(bytes)
        #expect(throws: SerializationError.self) { try reader.readVarint() }
    }

    @Test func hugeCountsDoNotAllocate() {
        var writer = ByteWriter()
        writer.writeVarint(UInt64(Int.max))
        var reader = ByteReader(writer.bytes)
        #expect(throws: SerializationError.self) { try reader.readFloats() }
    }
}
