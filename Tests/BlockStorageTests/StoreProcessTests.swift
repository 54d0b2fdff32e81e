import BlockStorage
import Diagnostics
import Foundation
import Testing

/// What needs a process of its own: a second writer, a full disk, a kill.
@Suite struct StoreProcessTests {
    @Test func aSecondWriterIsToldSo() async throws {
        let folder = try TemporaryFolder()
        let store = try folder.store()
        let path = store.path
        await #expect(processExitsWith: .exitCode(ExitCode.temporaryFailure.rawValue)) {
            [path = path as String] in
            do {
                _ = try Store.open(at: path, mode: .readWrite(create: false))
            } catch let error as StoreError {
                #expect(error == .writerActive(path: path))
                exit(error.exitCode.rawValue)
            }
        }
        await #expect(processExitsWith: .success) { [path = path as String] in
            let reader = try Store.open(at: path, mode: .readOnly)
            #expect(try reader.verify().isSound)
        }
    }

    @Test func aReaderFollowsAnotherProcessesGrowthOfTheMap() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/store"
        _ = try folder.store(mapSizeBytes: 1)
        let reader = try Store.open(at: path, mode: .readOnly, settings: nil, mapSizeBytes: 1)
        #expect(try reader.read { try $0.statistics().blockCount } == 0)
        await #expect(processExitsWith: .success) { [path = path as String] in
            let store = try Store.open(
                at: path,
                mode: .readWrite(create: false),
                settings: nil,
                mapSizeBytes: 1
            )
            var random = RandomActions(seed: 1)
            var changes = StoreChanges()
            changes.beginDocument(NewDocument(id: "a", uri: "a"))
            for _ in 0..<3000 { changes.addBlock(random.block(of: "a"), to: "a") }
            try store.commit(changes)
        }
        #expect(try reader.read { try $0.statistics().blockCount } == 3000)
        #expect(try reader.verify().problems == [])
    }

    @Test func aFullDiskIsToldAndChangesNothing() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/store"
        await #expect(processExitsWith: .exitCode(ExitCode.ioError.rawValue)) {
            [path = path as String] in
            signal(SIGXFSZ, SIG_IGN)
            var limit = rlimit(rlim_cur: 600_000, rlim_max: 600_000)
            setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
            let store = try Store.open(
                at: path,
                mode: .readWrite(create: true),
                settings: testSettings
            )
            var random = RandomActions(seed: 1)
            var committedCount = 0
            do {
                while true {
                    var changes = StoreChanges()
                    if committedCount == 0 {
                        changes.beginDocument(NewDocument(id: "a", uri: "a"))
                    }
                    for _ in 0..<100 { changes.addBlock(random.block(of: "a"), to: "a") }
                    try store.commit(changes)
                    committedCount += 100
                }
            } catch let error as StoreError {
                #expect(error == .diskFull(path: path))
                let verification = try store.verify()
                #expect(verification.problems == [])
                #expect(verification.blockCount == committedCount)
                #expect(committedCount > 0)
                exit(error.exitCode.rawValue)
            }
        }
        let verification = try Store.open(at: path, mode: .readWrite(create: false)).verify()
        #expect(verification.problems == [])
        #expect(verification.blockCount > 0)
    }

    @Test(arguments: [2000, 9000, 16_000, 30_000] as [UInt32])
    func aKilledWriterLeavesWholeCommits(microseconds: UInt32) async throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/store"
        await #expect(processExitsWith: .signal(SIGKILL)) {
            [path = path as String, microseconds = microseconds as UInt32] in
            let store = try Store.open(
                at: path,
                mode: .readWrite(create: true),
                settings: testSettings
            )
            Thread.detachNewThread {
                usleep(microseconds)
                kill(getpid(), SIGKILL)
            }
            var random = RandomActions(seed: 1)
            var isBegun = false
            while true {
                var changes = StoreChanges()
                if !isBegun { changes.beginDocument(NewDocument(id: "a", uri: "a")) }
                isBegun = true
                for _ in 0..<50 { changes.addBlock(random.block(of: "a"), to: "a") }
                try store.commit(changes)
            }
        }
        let store = try Store.open(at: path, mode: .readWrite(create: false))
        let verification = try store.verify()
        #expect(verification.problems == [])
        #expect(verification.blockCount.isMultiple(of: 50))
    }
}
