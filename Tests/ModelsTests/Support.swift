import CZlib
import Foundation
import Models

let fixtures = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures")
let tinyFolder = fixtures.appending(path: "tiny-bert").path

private let packageRoot = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()
let modelFolder = packageRoot.appending(path: "models/all-MiniLM-L6-v2").path
let benchmarkFile = packageRoot.appending(path: "../shared/data/stsb/en.jsonl.gz").path

/// Models and tokenizers' cases that others made, which may not be there.
let modelsFolder = packageRoot.appending(path: "../shared/models").path
private let storiesFolder = modelsFolder + "/stories260K"

/// The GGUF files of the small model, where they are there.
let storiesFiles = ["official", "stories260K-F16", "stories260K-Q8_0", "stories260K-Q4_0"]
    .map { "\(storiesFolder)/\($0).gguf" }.filter(exists)

/// The same model in llama2.c's format, where it is there.
let storiesBinFiles = ["\(storiesFolder)/stories260K.bin"].filter(exists)

func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

/// A folder that goes with the test.
final class TemporaryFolder {
    let url = FileManager.default.temporaryDirectory.appending(path: "models-\(UUID())")

    init() throws {
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    /// A copy of the tiny model, to be damaged.
    func tinyModel() throws -> String {
        let copy = url.appending(path: "tiny-bert")
        try FileManager.default.copyItem(atPath: tinyFolder, toPath: copy.path)
        return copy.path
    }

    func write(_ content: Data, to name: String = "model.safetensors") throws -> String {
        let file = url.appending(path: name)
        try content.write(to: file)
        return file.path
    }

    deinit { try? FileManager.default.removeItem(at: url) }
}

/// The content of a gzip file.
func gunzipped(_ path: String) -> Data {
    guard let file = gzopen(path, "rb") else { return Data() }
    defer { gzclose(file) }
    var content = Data()
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while case let count = gzread(file, &buffer, UInt32(buffer.count)), count > 0 {
        content.append(contentsOf: buffer[..<Int(count)])
    }
    return content
}

/// Spearman's rank correlation; equal values share the mean of their ranks.
func spearmanCorrelation(_ a: [Double], _ b: [Double]) -> Double {
    func ranks(_ values: [Double]) -> [Double] {
        let order = values.indices.sorted { values[$0] < values[$1] }
        var ranks = [Double](repeating: 0, count: values.count)
        var start = 0
        while start < order.count {
            let end =
                order[start...].firstIndex { values[$0] != values[order[start]] } ?? order.count
            for index in order[start..<end] { ranks[index] = Double(start + end - 1) / 2 }
            start = end
        }
        return ranks
    }
    let (x, y) = (ranks(a), ranks(b))
    let mean = Double(a.count - 1) / 2
    func product(_ x: [Double], _ y: [Double]) -> Double {
        zip(x, y).reduce(0) { $0 + ($1.0 - mean) * ($1.1 - mean) }
    }
    return product(x, y) / (product(x, x) * product(y, y)).squareRoot()
}
