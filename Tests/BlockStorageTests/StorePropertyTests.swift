import BlockStorage
import Testing

@Suite struct StorePropertyTests {
    @Test(arguments: [1, 2, 3, 4, 5, 6] as [UInt64])
    func holdsWhatAModelHolds(seed: UInt64) throws {
        let folder = try TemporaryFolder()
        let store = try folder.store()
        var random = RandomActions(seed: seed)
        var model = ModelStore()
        for _ in 0..<4 {
            let actions = random.actions(120)
            model = try store.commit(actions, most: 60, &random.generator, model: model)
            try model.expectHeld(by: store)
        }
    }

    @Test(arguments: [11, 12, 13, 14] as [UInt64])
    func doesNotDependOnWhereCommitsFall(seed: UInt64) throws {
        let folder = try TemporaryFolder()
        var random = RandomActions(seed: seed)
        let actions = random.actions(1500, burst: 150)
        let whole = try folder.store("whole")
        _ = try whole.commit(actions, most: actions.count, &random.generator)
        for most in [2, 40, 700] {
            let other = try folder.store("most \(most)")
            let model = try other.commit(actions, most: most, &random.generator)
            #expect(try whole.firstDifference(from: other) == nil)
            if most == 700 { try model.expectHeld(by: other) }
        }
    }

    @Test func crossesTheBordersOfGroups() throws {
        let folder = try TemporaryFolder()
        let store = try folder.store()
        var random = RandomActions(seed: 21)
        var actions: [Action] = []
        for id in ["a", "b", "c"] {
            actions.append(.begin(NewDocument(id: id, uri: id)))
            for _ in 0..<3000 { actions.append(.add(random.block(of: id), to: id)) }
            actions.append(.end(id))
        }
        var model = try store.commit(actions, most: 1000, &random.generator)
        try model.expectHeld(by: store)
        model = try store.commit([.delete("b")], most: 1, &random.generator, model: model)
        try model.expectHeld(by: store)
        model = try store.commit([.delete("a")], most: 1, &random.generator, model: model)
        try model.expectHeld(by: store)
        model = try store.commit([.delete("c")], most: 1, &random.generator, model: model)
        try model.expectHeld(by: store)
        try store.read { transaction throws in
            for table in ["blocks", "concepts", "landmarks", "codes", "postings", "lengths"] {
                #expect(transaction.tableSize(of: table) == 0)
            }
        }
    }
}
