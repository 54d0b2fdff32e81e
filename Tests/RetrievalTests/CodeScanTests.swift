import BlockStorage
import Foundation
import Retrieval
import Serialization
import Testing

/// The search by codes and by lists beside the search by landmarks, on vectors that lie as sentences'
/// do: many directions, each with its likes.
@Suite struct CodeScanTests {
    /// How many of the ten nearest of each question `method` finds.
    private static func recall(
        of method: LandmarkScan.Method,
        in store: Store,
        scope: BlockScope,
        _ questions: [[Float]]
    ) throws -> Double {
        var shared = 0
        for question in questions {
            let expected = Set(try nearest(.landmarks, to: question, scope, in: store))
            #expect(expected.count == 10)
            let found = try nearest(method, to: question, scope, in: store)
            #expect(found.allSatisfy { scope.contains($0) })
            shared += expected.intersection(found).count
        }
        return Double(shared) / Double(questions.count * 10)
    }

    private static func nearest(
        _ method: LandmarkScan.Method,
        to question: [Float],
        _ scope: BlockScope,
        in store: Store
    ) throws -> [UInt64] {
        try scan(method, to: question, scope, in: store).neighbours.map(\.block)
    }

    private static func scan(
        _ method: LandmarkScan.Method?,
        to question: [Float],
        _ scope: BlockScope,
        count: Int = 10,
        in store: Store
    ) throws -> LandmarkScan {
        try store.read { transaction in
            try LandmarkScan(
                count,
                to: question,
                scope: scope,
                method: method ?? .suiting(scope, in: transaction),
                in: transaction
            )
        }
    }

    @Test func codesFindWhatLandmarksFind() throws {
        let topics = try Topics(rowCount: 18_000, deleting: nil)
        let all = BlockScope(allBut: [])
        let recall = try Self.recall(of: .codes, in: topics.store, scope: all, topics.questions)
        #expect(recall >= 0.995)
    }

    @Test func listsFindMostOfWhatLandmarksFind() throws {
        let topics = try Topics(rowCount: 66_000, deleting: nil)
        let all = BlockScope(allBut: [])
        let recall = try Self.recall(of: .lists, in: topics.store, scope: all, topics.questions)
        #expect(recall >= 0.95)
    }

    /// A merged run has four times as many lists, of which a row is multiplied with those of some families:
    /// their rows are more alike than in runs whose rows are multiplied with all (0.32 and 0.20 of the squares).
    @Test func listsOfAMergedRunAreOfAlikeRows() throws {
        let few = try Topics(rowCount: 49_200, deleting: nil).alikeness()
        let many = try Topics(rowCount: 65_600, deleting: nil).alikeness()
        #expect(few.map { $0.listCount > 512 } == [false, false, false])
        #expect(many.map { $0.listCount > 512 } == [true])
        for run in few { #expect(many[0].share > run.share * 1.4) }
    }

    /// Deleted blocks and those outside a scope are not found, by whichever method; what they leave is.
    @Test(arguments: [LandmarkScan.Method.codes, .lists])
    func onlyBlocksOfTheScopeAreFound(method: LandmarkScan.Method) throws {
        let topics = try Topics(rowCount: 18_000, deleting: "3")
        let scope = BlockScope([100..<4_000, 5_000..<5_001, 9_000..<17_500])
        let recall = try Self.recall(of: method, in: topics.store, scope: scope, topics.questions)
        #expect(recall >= 0.97)
        let deleted = UInt64(topics.documentSize * 3)..<UInt64(topics.documentSize * 4)
        let all = BlockScope(allBut: [])
        for question in topics.questions {
            let found = try Self.nearest(method, to: question, all, in: topics.store)
            #expect(!found.contains { deleted.contains($0) })
        }
    }

    /// The mean and the spread that the fusion measures scores by.
    @Test func momentsAgree() throws {
        let topics = try Topics(rowCount: 36_000, deleting: "2")
        let all = BlockScope(allBut: [])
        for question in topics.questions {
            let exact = try Self.scan(.landmarks, to: question, all, in: topics.store).moments
            for (method, bound) in [(LandmarkScan.Method.codes, 0.02), (.lists, 0.15)] {
                let found = try Self.scan(method, to: question, all, in: topics.store).moments
                #expect(found.count == exact.count)
                let spread = exact.spread(expected: 0.1)
                #expect(abs(found.mean - exact.mean) < Float(bound) * spread)
                #expect(abs(found.spread(expected: 0.1) / spread - 1) < Float(bound))
            }
        }
    }

    @Test func aSmallScopeIsSearchedByLandmarks() throws {
        let topics = try Topics(rowCount: 18_000, deleting: nil)
        let scope = BlockScope([300..<330])
        let scan = try Self.scan(
            nil,
            to: topics.questions[0],
            scope,
            count: 40,
            in: topics.store
        )
        #expect(scan.neighbours.map(\.block).sorted() == Array(300..<330))
        #expect(scan.moments.count == 30)
    }
}

/// A store of unit vectors of 256 dimensions about 1,500 directions, and questions near some.
private final class Topics {
    let store: Store
    let questions: [[Float]]
    let documentSize = Topics.rowsPerDocument
    private let path: String
    private static let width = 256
    private static let rowsPerDocument = 4_000

    init(rowCount: Int, deleting deleted: String?) throws {
        let path = NSTemporaryDirectory() + "topics-" + UUID().uuidString
        let store = try Store.open(
            at: path,
            mode: .readWrite(create: true),
            settings: StoreSettings(encoder: "test", vectorWidth: Topics.width)
        )
        var generator = SeededGenerator(state: 17)
        let centers = (0..<1_500).map { _ in generator.vector(Topics.width) }
        func near(_ center: [Float], _ generator: inout SeededGenerator) -> [Float] {
            let other = generator.vector(Topics.width)
            let sum = zip(center, other).map { $0 + 0.9 * $1 }
            let length = sum.reduce(0) { $0 + $1 * $1 }.squareRoot()
            return sum.map { $0 / length }
        }
        var changes = StoreChanges()
        for row in 0..<rowCount {
            let document = String(row / Topics.rowsPerDocument)
            if row % Topics.rowsPerDocument == 0 {
                changes.beginDocument(NewDocument(id: document, uri: document))
            }
            // A document is about some of the topics, as in a stream of texts.
            let center =
                (row / Topics.rowsPerDocument * 200 + Int.random(in: 0..<450, using: &generator))
                % 1_500
            let block = NewBlock(
                startByte: 0,
                bytes: [],
                paths: [],
                segments: [],
                tokenCount: 0,
                landmark: near(centers[center], &generator)
            )
            changes.addBlock(block, to: document)
            if row % Topics.rowsPerDocument == Topics.rowsPerDocument - 1 || row == rowCount - 1 {
                changes.endDocument(document, lengthBytes: 0, digest: ContentDigest(of: []))
                try store.commit(changes)
                changes.removeAll()
            }
        }
        if let deleted {
            changes.deleteDocument(deleted)
            try store.commit(changes)
        }
        self.path = path
        self.store = store
        questions = (0..<40).map { near(centers[$0 * 7], &generator) }
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// For each run how many lists it has, and which share of its rows' squares their lists' means hold.
    func alikeness() throws -> [(listCount: Int, share: Float)] {
        try store.read { transaction throws in
            try transaction.codeRuns().map { run in
                let squares = (0..<run.lists.count).reduce(Float(0)) { sum, list in
                    let length = run.lists.meanLengths[list]
                    return sum + Float(run.lists.positions(of: list).count) * length * length
                }
                return (run.lists.count, squares / Float(run.rowCount))
            }
        }
    }
}

extension SeededGenerator {
    /// A unit vector of any width, by the sums of four uniform numbers nearly of any direction alike.
    fileprivate mutating func vector(_ width: Int) -> [Float] {
        let values = (0..<width).map { _ in
            (0..<4).reduce(Float(-2)) { sum, _ in sum + Float.random(in: 0...1, using: &self) }
        }
        let length = values.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return values.map { $0 / length }
    }
}
