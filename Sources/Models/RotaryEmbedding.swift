internal import Foundation

/// Rotary position embedding: pairs of a head's elements are turned by an angle that grows with the
/// position, each pair at its own frequency.
///
/// - Source: Su et al. 2021, arXiv:2104.09864, §3.2; linear scaling: Chen et al. 2023,
///   arXiv:2306.15595; YaRN: Peng et al. 2023, arXiv:2309.00071, §3.
struct RotaryEmbedding: Sendable {
    private let layout: RotaryConfiguration.Layout
    /// Radians a position, for each pair.
    private let frequencies: [Double]
    /// What turned elements are multiplied by.
    private let gain: Double

    init(_ configuration: RotaryConfiguration) {
        layout = configuration.layout
        let count = configuration.dimensionCount
        var frequencies = (0..<(count / 2)).map { pair in
            pow(configuration.base, -2 * Double(pair) / Double(count))
        }
        if let factors = configuration.frequencyFactors {
            frequencies = zip(frequencies, factors).map { $0 / Double($1) }
        }
        switch configuration.scaling {
        case .none: gain = 1
        case .linear(let factor):
            frequencies = frequencies.map { $0 / factor }
            gain = 1
        case .yarn(let factor, let originalLength, let fast, let slow, let attentionFactor):
            /// The pair that turns so many times in the original length.
            func pair(turning turns: Double) -> Double {
                Double(count) * log(originalLength / (turns * 2 * .pi))
                    / (2 * log(configuration.base))
            }
            let first = max(pair(turning: fast).rounded(.down), 0)
            let last = min(pair(turning: slow).rounded(.up), Double(count - 1))
            frequencies = frequencies.enumerated().map { index, frequency in
                let ramp = (Double(index) - first) / max(last - first, 0.001)
                let scaled = min(max(ramp, 0), 1)
                return frequency / factor * scaled + frequency * (1 - scaled)
            }
            gain = attentionFactor * (factor > 1 ? 0.1 * log(factor) + 1 : 1)
        }
        self.frequencies = frequencies
    }

    /// The cosine and the sine of each pair's angle at a position, times the gain.
    func turns(at position: Int) -> [SIMD2<Float>] {
        frequencies.map { frequency in
            let angle = Double(position) * frequency
            return SIMD2(Float(cos(angle) * gain), Float(sin(angle) * gain))
        }
    }

    /// Turns a head in place.
    func apply(_ turns: [SIMD2<Float>], to head: UnsafeMutablePointer<Float>) {
        for (pair, turn) in turns.enumerated() {
            let (first, second) =
                switch layout {
                case .interleaved: (2 * pair, 2 * pair + 1)
                case .halves: (pair, pair + turns.count)
                }
            let (x, y) = (head[first], head[second])
            head[first] = x * turn.x - y * turn.y
            head[second] = x * turn.y + y * turn.x
        }
    }
}
