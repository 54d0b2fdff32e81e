import BlockStorage
import Diagnostics
import Foundation
import Testing

@Suite struct StoreOpeningTests {
    @Test func keepsSettingsAndContent() throws {
        let folder = try TemporaryFolder()
        var random = RandomActions(seed: 1)
        let model = try folder.store().commit(
            random.actions(60),
            most: 20,
            &random.generator
        )
        let path = folder.path + "/store"
        for mode in [StoreMode.readOnly, .readWrite(create: false), .readWrite(create: true)] {
            let store = try Store.open(at: path, mode: mode)
            #expect(store.settings == testSettings)
            try model.expectHeld(by: store)
        }
    }

    @Test func refusesWhatIsNotThere() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/none"
        for mode in [StoreMode.readOnly, .readWrite(create: false)] {
            #expect(throws: StoreError.missing(path: path)) {
                try Store.open(at: path, mode: mode)
            }
        }
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test func refusesAFile() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/file"
        try Data("text".utf8).write(to: URL(fileURLWithPath: path))
        check(path, .readWrite(create: true), is: "\(path) is not a store: it is not a folder")
    }

    @Test func refusesAFolderOfOtherThings() throws {
        let folder = try TemporaryFolder()
        let path = folder.path
        try Data("text".utf8).write(to: URL(fileURLWithPath: path + "/letter.txt"))
        for mode in [StoreMode.readOnly, .readWrite(create: true)] {
            check(path, mode, is: "\(path) is not a store: it has no data.mdb")
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: path) == ["letter.txt"])
    }

    @Test(arguments: [0, 100, 20_000]) func refusesADataFileThatIsNotLMDBs(size: Int) throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/store"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        let bytes = Data((0..<size).map { UInt8(truncatingIfNeeded: $0 * 7) })
        try bytes.write(to: URL(fileURLWithPath: path + "/data.mdb"))
        let error = #expect(throws: StoreError.self) {
            try Store.open(at: path, mode: .readOnly)
        }
        #expect(error?.problem.hasPrefix("\(path) is not a store") == true)
        #expect(error?.exitCode == .dataError)
    }

    @Test func refusesAnotherFormat() throws {
        let folder = try TemporaryFolder()
        _ = try folder.store()
        try folder.replaceInData(
            SealedRecordBytes.seal([5, 0, 0, 0]),
            with: SealedRecordBytes.seal([9, 0, 0, 0])
        )
        let path = folder.path + "/store"
        let error = #expect(throws: StoreError.self) {
            try Store.open(at: path, mode: .readOnly)
        }
        #expect(error == .otherFormat(path: path, found: 9, expected: 5))
        #expect(error?.exitCode == .configuration)
        #expect(error?.mend == "ingest the sources again into a new store")
    }

    @Test func refusesAnotherEncoderAndOtherSettings() throws {
        let folder = try TemporaryFolder()
        _ = try folder.store()
        let path = folder.path + "/store"
        var other = testSettings
        other.encoder = "another"
        #expect(
            throws: StoreError.otherEncoder(path: path, stored: "test-encoder", given: "another")
        ) { try Store.open(at: path, mode: .readOnly, settings: other) }
        other = testSettings
        other.chain["block"] = "300"
        let error = StoreError.otherSetting(path: path, name: "block", stored: "200", given: "300")
        #expect(throws: error) {
            try Store.open(at: path, mode: .readWrite(create: true), settings: other)
        }
        other = testSettings
        other.vectorWidth = 9
        #expect(throws: StoreError.self) {
            try Store.open(at: path, mode: .readOnly, settings: other)
        }
        #expect(try Store.open(at: path, mode: .readOnly).settings == testSettings)
    }

    @Test func refusesASecondHandleInThisProcess() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/store"
        let store = try folder.store()
        let error = StoreError.alreadyOpen(path: path + "/.")
        #expect(throws: error) { try Store.open(at: path + "/.", mode: .readOnly) }
        #expect(store.mode == .readWrite(create: true))
    }

    @Test func refusesATruncatedDataFile() throws {
        let folder = try TemporaryFolder()
        var random = RandomActions(seed: 3)
        _ = try folder.store().commit(random.actions(60), most: 20, &random.generator)
        let file = folder.path + "/store/data.mdb"
        let size = try fileSize(file)
        truncate(file, size - 8192)
        let error = #expect(throws: StoreError.self) {
            try Store.open(at: folder.path + "/store", mode: .readOnly)
        }
        #expect(error?.problem.contains("is damaged: file data.mdb") == true)
    }

    /// A writer that is killed right behind a commit leaves a file without the last pages, where
    /// those are free; a file that lacks others is damaged, and stays as it is.
    @Test func aFileThatLacksFreePagesOnlyIsWhole() throws {
        var wholeCount = 0
        for seed in 0..<60 {
            let folder = try TemporaryFolder()
            var random = RandomActions(seed: UInt64(seed))
            _ = try folder.store().commit(random.actions(80), most: 15, &random.generator)
            let file = folder.path + "/store/data.mdb"
            let size = try fileSize(file)
            truncate(file, size - 4096)
            do {
                let store = try Store.open(at: folder.path + "/store", mode: .readOnly)
                #expect(try store.verify().problems == [])
                #expect(try fileSize(file) >= size)
                wholeCount += 1
            } catch let error as StoreError {
                #expect(error.problem.contains("is damaged: file data.mdb"))
                #expect(try fileSize(file) == size - 4096)
            }
        }
        #expect((1..<60).contains(wholeCount))
    }

    private func fileSize(_ path: String) throws -> Int {
        try #require(try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int)
    }

    @Test func aReaderDoesNotCommit() throws {
        let folder = try TemporaryFolder()
        _ = try folder.store()
        let path = folder.path + "/store"
        let store = try Store.open(at: path, mode: .readOnly)
        #expect(throws: StoreError.readOnly(path: path)) { try store.commit(StoreChanges()) }
    }

    @Test func aFolderWhoseMakingWasKilledIsMadeAgain() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/store"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        try Data().write(to: URL(fileURLWithPath: path + "/writer.lock"))
        try Data().write(to: URL(fileURLWithPath: path + "/data.mdb"))
        #expect(try folder.store().settings == testSettings)
    }

    private func check(_ path: String, _ mode: StoreMode, is problem: String) {
        let error = #expect(throws: StoreError.self) {
            try Store.open(at: path, mode: mode, settings: testSettings)
        }
        #expect(error?.problem == problem)
        #expect(error?.exitCode == .dataError)
    }
}
