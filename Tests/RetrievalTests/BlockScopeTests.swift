import Retrieval
import Testing

@Suite struct BlockScopeTests {
    @Test func theComplementLeavesOutWhatIsHidden() {
        let scope = BlockScope(allBut: [0..<2, 5..<5, 5..<7])
        #expect(scope.ranges == [2..<5, 7..<UInt64.max])
    }

    @Test func rangesAreSortedAndJoined() {
        let scope = BlockScope([8..<9, 1..<3, 2..<5, 5..<6, 7..<7])
        #expect(scope.ranges == [1..<6, 8..<9])
    }

    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func partsHoldTheSameBlocksAsASet(seed: UInt64) {
        var generator = SeededGenerator(state: seed)
        for _ in 0..<200 {
            let ranges = (0..<Int.random(in: 0...6, using: &generator)).map { _ in
                let start = UInt64.random(in: 0..<50, using: &generator)
                return start..<(start + UInt64.random(in: 0..<10, using: &generator))
            }
            let bounds = UInt64.random(in: 0..<30, using: &generator)..<45
            let expected = Set(ranges.joined()).intersection(bounds).sorted()
            #expect(Array(BlockScope(ranges).parts(in: bounds).joined()) == expected)
        }
    }
}
