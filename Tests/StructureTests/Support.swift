import CZlib
import Chunking
import Foundation
import Structure

private let packageRoot = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()
let dataFolder = packageRoot.appending(path: "../shared/data")
let licences = "/usr/share/common-licenses"

func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

/// The content of a gzip file.
func gunzipped(_ path: String) -> [UInt8] {
    guard let file = gzopen(path, "rb") else { return [] }
    defer { gzclose(file) }
    var content: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while case let count = gzread(file, &buffer, UInt32(buffer.count)), count > 0 {
        content += buffer[..<Int(count)]
    }
    return content
}

/// Cuts a text into segments.
func segments(of text: [UInt8]) -> [(range: Range<Int>, text: [UInt8])] {
    var segments: [(range: Range<Int>, text: [UInt8])] = []
    var splitter = SentenceSplitter(pieceCounter: BoundingPieceCounter())
    text.withUnsafeBytes { bytes in
        splitter.push(bytes) { segments.append(($0.range, Array($1))) }
    }
    splitter.finish { segments.append(($0.range, Array($1))) }
    return segments
}

/// A segment with its text.
@dynamicMemberLookup struct OutlinedText: Equatable {
    let segment: OutlinedSegment
    let text: [UInt8]

    subscript<Value>(dynamicMember path: KeyPath<OutlinedSegment, Value>) -> Value {
        segment[keyPath: path]
    }

    var trimmed: String {
        String(decoding: text, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }
}

extension Outliner {
    mutating func push(range: Range<Int>, text: [UInt8]) -> [OutlinedText] {
        var settled: [OutlinedText] = []
        text.withUnsafeBytes { bytes in
            push(range: range, text: bytes) {
                settled.append(OutlinedText(segment: $0, text: Array($1)))
            }
        }
        return settled
    }

    mutating func finish() -> [OutlinedText] {
        var settled: [OutlinedText] = []
        finish { settled.append(OutlinedText(segment: $0, text: Array($1))) }
        return settled
    }
}

/// Cuts and outlines a whole text.
func outlined(_ text: [UInt8], title: String? = nil) -> [OutlinedText] {
    var outliner = Outliner(title: title)
    let parts = segments(of: text).flatMap { outliner.push(range: $0.range, text: $0.text) }
    return parts + outliner.finish()
}

func outlined(_ text: String, title: String? = nil) -> [OutlinedText] {
    outlined(Array(text.utf8), title: title)
}
