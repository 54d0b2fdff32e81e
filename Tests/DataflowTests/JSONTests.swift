import Dataflow
import Foundation
import Tensors
import Testing

@Suite struct JSONTests {
    private func check(_ expected: String, _ write: (inout JSONWriter) -> Void) {
        var json = JSONWriter()
        write(&json)
        #expect(String(decoding: json.bytes, as: UTF8.self) == expected)
    }

    @Test(arguments: [
        ("", #""""#), ("plain", #""plain""#), ("say \"\\\"", #""say \"\\\"""#),
        ("a\nb\rc\td", #""a\nb\rc\td""#),
        ("\u{0}\u{1}\u{1F}\u{7F}", "\"\\u0000\\u0001\\u001f\u{7F}\""),
        ("ü☃🌊\u{2028}", "\"ü☃🌊\u{2028}\""), ("/", #""/""#),
    ])
    func stringsAreEscaped(text: String, expected: String) {
        check(expected) { $0.string(text) }
    }

    @Test func malformedBytesAreRepaired() {
        check("\"a\u{FFFD}b\u{FFFD}\"") { $0.string([0x61, 0xFF, 0x62, 0xE2, 0x98] as [UInt8]) }
    }

    @Test func numbersReadBackAndOthersAreNull() throws {
        check("[1,-2,9223372036854775807]") {
            $0.array([1, -2, Int64.max]) { $0.number($1) }
        }
        check("[0.1,-0.0,1e-45,null,null,null]") {
            $0.array([0.1, -0.0, .leastNonzeroMagnitude, .nan, .infinity, -.infinity] as [Float]) {
                $0.number($1)
            }
        }
        check("[0.1,1e+300,5e-324,null]") {
            $0.array([0.1, 1e300, .leastNonzeroMagnitude, .nan] as [Double]) { $0.number($1) }
        }
    }

    @Test func membersAndElementsAreSeparatedAtAnyDepth() {
        check(#"{"a":[],"b":{"c":true,"d":null},"e":[[1,2],[]]}"# + "\n" + "{}\n") { json in
            json.beginObject()
            json.key("a")
            json.array([] as [Int]) { $0.number($1) }
            json.key("b")
            json.beginObject()
            json.key("c")
            json.boolean(true)
            json.key("d")
            json.null()
            json.endObject()
            json.key("e")
            json.array([[1, 2], []]) { $0.array($1) { $0.number($1) } }
            json.endObject()
            json.lineFeed()
            json.beginObject()
            json.endObject()
            json.lineFeed()
        }
    }

    @Test func randomStringsReadBackByAnotherParser() throws {
        var random = SeededGenerator(state: 5)
        for _ in 0..<300 {
            let scalars = (0..<20).compactMap { _ in
                Unicode.Scalar(UInt32.random(in: 0...0x2FF, using: &random))
            }
            let text = String(String.UnicodeScalarView(scalars))
            var json = JSONWriter()
            json.array([text]) { $0.string($1) }
            let read = try JSONSerialization.jsonObject(with: Data(json.bytes)) as? [String]
            #expect(read?.first.map { Array($0.utf8) } == Array(text.utf8))
        }
    }

    @Test func rowsArePrintedAsObjectsBehindTheirDocument() throws {
        var batch = Batch(document: document(2), markers: [.documentBegan(document(2))])
        try batch.set("text", .text(TextColumn([Array("A\n".utf8), [0xFF]])))
        try batch.set("start", numbers([0, 2]))
        try batch.set("vector", .float32(Tensor(width: 2, elements: [1, .nan, 0.5, -2])))
        try batch.set("score", .float32(Tensor(width: 1, elements: [1.5, .infinity])))
        try batch.set("pair", .int64(Tensor(width: 2, elements: [1, 2, 3, 4])))
        try batch.set("path", .labels(RunLengthArray([["One", "\"Two\""], []])))
        let lines = String(decoding: BatchPrinter().lines(of: batch), as: UTF8.self)
        #expect(
            lines == """
                {"document":"d2","text":"A\\n","start":0,"vector":[1.0,null],"score":1.5,\
                "pair":[1,2],"path":["One","\\"Two\\""]}
                {"document":"d2","text":"\u{FFFD}","start":2,"vector":[0.5,-2.0],"score":null,\
                "pair":[3,4],"path":[]}

                """
        )
    }

    @Test func aColumnOfThatNameStandsForTheDocument() throws {
        var batch = Batch(document: document(2))
        try batch.set("document", .text(TextColumn(["other".utf8])))
        #expect(BatchPrinter().lines(of: batch) == Array("{\"document\":\"other\"}\n".utf8))
        #expect(BatchPrinter().lines(of: Batch(markers: [])) == [])
    }
}
