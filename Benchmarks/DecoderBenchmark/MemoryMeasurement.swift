import Foundation
import Tensors

/// Measures how fast the machine's memory can be read.
enum MemoryMeasurement {
    private static let byteCount = 1 << 30
    private static let partBytes = 4 << 20
    private static let roundCount = 5

    /// Bytes a second, by the clock and by the process's time on processors, of several threads that read a
    /// gibibyte from end to end; the best of some rounds.
    static func bytesPerSecond(threads: Int) -> (wall: Double, processor: Double) {
        let pool = ComputePool(threadCount: threads)
        let memory = AlignedBytes(uninitializedCount: byteCount)
        // Pages that nobody has written are all the same one.
        memory.pointer.initializeMemory(as: UInt8.self, repeating: 1, count: byteCount)
        let sums = AlignedBytes(count: byteCount / partBytes * 8)
        var best = (wall: 0.0, processor: 0.0)
        for _ in 0..<roundCount {
            let start = clock()
            let duration = ContinuousClock().measure {
                pool.parallelFor(count: byteCount / partBytes, grain: 1) { range in
                    for part in range {
                        let sum = sum(memory.pointer + part * partBytes)
                        sums.pointer.storeBytes(of: sum, toByteOffset: part * 8, as: UInt64.self)
                    }
                }
            }
            let (seconds, attoseconds) = duration.components
            let processor = Double(clock() - start) / 1e6
            let wall = Double(seconds) + Double(attoseconds) / 1e18
            best.wall = max(best.wall, Double(byteCount) / wall)
            best.processor = max(best.processor, Double(byteCount) / processor)
        }
        return best
    }

    /// A sum over a part, in as many chains as keep the loads going.
    private static func sum(_ start: UnsafeMutableRawPointer) -> UInt64 {
        let vectors = start.assumingMemoryBound(to: SIMD8<UInt64>.self)
        let count = partBytes / MemoryLayout<SIMD8<UInt64>>.size
        var (first, second) = (SIMD8<UInt64>.zero, SIMD8<UInt64>.zero)
        for index in stride(from: 0, to: count, by: 2) {
            first &+= vectors[index]
            second &+= vectors[index + 1]
        }
        return (first &+ second).wrappedSum()
    }
}
