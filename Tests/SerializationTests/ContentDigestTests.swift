import Serialization
import Testing

@Suite struct ContentDigestTests {
    /// The published XXH3-128 value of the empty input, seed 0.
    @Test func agreesWithTheReference() {
        #expect(ContentDigest(of: []).description == "99aa06d3014798d86001c324468d497f")
    }

    @Test func doesNotDependOnCuts() {
        let bytes = (0..<5000).map { UInt8(truncatingIfNeeded: $0 * 31) }
        let whole = ContentDigest(of: bytes)
        for cut in [0, 1, 17, 256, 4999, 5000] {
            var digester = ContentDigester()
            bytes.withUnsafeBytes { all in
                digester.update(.init(rebasing: all[..<cut]))
                digester.update(.init(rebasing: all[cut...]))
            }
            #expect(digester.digest() == whole)
        }
    }
}
