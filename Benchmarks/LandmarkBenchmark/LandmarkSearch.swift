import BlockStorage
import Foundation
import Retrieval

/// Many questions to one store, by several methods.
struct LandmarkSearch {
    private static let roundCount = 3

    private let store: Store
    private let questions: [[Float]]
    private let count: Int
    private let directory = LandmarkDirectory()

    init(store path: String, questions: String, count: Int) throws {
        let store = try Store.open(at: path, mode: .readOnly)
        let width = store.settings.vectorWidth
        self.store = store
        self.count = count
        self.questions = try Data(contentsOf: URL(filePath: questions)).withUnsafeBytes { bytes in
            let all = bytes.bindMemory(to: Float.self)
            return (0..<(all.count / width)).map { Array(all[($0 * width)..<(($0 + 1) * width)]) }
        }
    }

    /// Prints the speed of each method, the best of three rounds, and its recall.
    func run(_ names: [String], recalled: Int) throws {
        let recalled = min(recalled, questions.count)
        let expected = try questions[..<recalled].map { try nearest($0, .landmarks) }
        for name in names {
            let method: LandmarkScan.Method =
                switch name {
                case "landmarks": .landmarks
                case "lists": .lists
                default: .codes
                }
            var best = Double.infinity
            var found: [[UInt64]] = []
            for _ in 0..<Self.roundCount {
                found = []
                let start = threadSeconds()
                for question in questions { found.append(try nearest(question, method)) }
                best = min(best, threadSeconds() - start)
            }
            let shared = zip(expected, found).reduce(0) { $0 + Set($1.0).intersection($1.1).count }
            let total = expected.reduce(0) { $0 + $1.count }
            print(
                "\(name) questions_per_second \(Double(questions.count) / best)",
                "recall \(Double(shared) / Double(max(total, 1)))"
            )
        }
    }

    private func nearest(_ question: [Float], _ method: LandmarkScan.Method) throws -> [UInt64] {
        try store.read { transaction in
            try LandmarkScan.nearest(
                count,
                to: question,
                method: method,
                directory: directory,
                in: transaction
            ).map(\.block)
        }
    }

    private func threadSeconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
}
