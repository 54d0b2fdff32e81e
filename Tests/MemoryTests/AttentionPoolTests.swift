import Memory
import Serialization
import Testing

@Suite struct AttentionPoolTests {
    private struct Case: Decodable {
        let rows: [[Float]]
        let scores: [Float]
        let mean: [Float]
    }

    private func pool(_ rows: [[Float]], _ scores: [Float], of range: Range<Int>) -> AttentionPool {
        var pool = AttentionPool(width: rows[0].count)
        for row in range { pool.add(rows[row], score: scores[row]) }
        return pool
    }

    @Test func oneByOneEqualsSoftmaxInDoublePrecision() throws {
        for fixture in try fixture("pool.json", as: [Case].self) {
            let whole = pool(fixture.rows, fixture.scores, of: 0..<fixture.rows.count)
            #expect(greatestDifference(whole.mean, fixture.mean) < 2e-6)
        }
    }

    @Test func mergedPartsEqualTheWholeHoweverTheyAreBracketed() throws {
        for fixture in try fixture("pool.json", as: [Case].self) {
            let count = fixture.rows.count
            for first in 0...count {
                for second in [first, (first + count) / 2, count] {
                    let parts = [0..<first, first..<second, second..<count]
                        .map { pool(fixture.rows, fixture.scores, of: $0) }
                    var left = parts[0]
                    left.merge(parts[1])
                    left.merge(parts[2])
                    var rest = parts[1]
                    rest.merge(parts[2])
                    var right = parts[0]
                    right.merge(rest)
                    #expect(greatestDifference(left.mean, fixture.mean) < 2e-6)
                    #expect(greatestDifference(right.mean, fixture.mean) < 2e-6)
                    #expect(left.maximum == right.maximum)
                }
            }
        }
    }

    @Test func theEmptyPoolChangesNothing() {
        var pool = AttentionPool(width: 2)
        #expect(pool.isEmpty && pool.mean == [0, 0])
        pool.merge(AttentionPool(width: 2))
        #expect(pool == AttentionPool(width: 2))
        pool.add([3, 4], score: -50)
        var merged = AttentionPool(width: 2)
        merged.merge(pool)
        #expect(merged == pool)
        pool.merge(AttentionPool(width: 2))
        #expect(merged == pool)
    }

    @Test func scoresFarApartNeitherOverflowNorVanish() {
        var pool = AttentionPool(width: 1)
        pool.add([1], score: -1e30)
        pool.add([2], score: 1e30)
        pool.add([3], score: 1e30)
        #expect(pool.mean == [2.5])
    }

    @Test func aPoolOfAnotherWidthIsNotRead() {
        var wide = AttentionPool(width: 3)
        wide.add([1, 2, 3], score: 0)
        var reader = ByteReader(bytes { wide.write(to: &$0) })
        var narrow = AttentionPool(width: 2)
        #expect(throws: SerializationError.self) { try narrow.read(from: &reader) }
    }
}
