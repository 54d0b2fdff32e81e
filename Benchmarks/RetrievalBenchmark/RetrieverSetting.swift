import Diagnostics
import Retrieval

/// The retriever's settings by name, for ablations.
enum RetrieverSetting {
    private static var numbers: [String: WritableKeyPath<RetrieverConfiguration, Float>] {
        [
            "weights.lexical": \.weights.lexical,
            "weights.landmark": \.weights.landmark,
            "weights.concept": \.weights.concept,
            "saturation": \.saturation,
            "lengthShare": \.lengthShare,
            "repetitionPenalty": \.repetitionPenalty,
            "coverageWeight": \.coverageWeight,
            "feedback.questionShare": \.feedback.questionShare,
            "clustering.weight": \.clustering.weight,
        ]
    }
    private static var counts: [String: WritableKeyPath<RetrieverConfiguration, Int>] {
        [
            "candidateCount": \.candidateCount,
            "routedBlockCount": \.routedBlockCount,
            "feedback.blockCount": \.feedback.blockCount,
            "feedback.termCount": \.feedback.termCount,
            "feedback.consideredTermCount": \.feedback.consideredTermCount,
            "clustering.neighbourCount": \.clustering.neighbourCount,
            "clustering.power": \.clustering.power,
        ]
    }

    /// The configuration that `setting` makes of the defaults.
    ///
    /// - Throws: `UnknownSetting` where it names something else.
    static func configuration(_ setting: String) throws(UnknownSetting) -> RetrieverConfiguration {
        var configuration = RetrieverConfiguration()
        for part in setting.split(separator: ",") {
            let halves = part.split(separator: "=", maxSplits: 1).map(String.init)
            guard let name = halves.first, let value = halves.last, halves.count == 2 else {
                throw UnknownSetting(text: String(part))
            }
            if let path = numbers[name], let value = Float(value) {
                configuration[keyPath: path] = value
            } else if let path = counts[name], let value = Int(value) {
                configuration[keyPath: path] = value
            } else {
                throw UnknownSetting(text: String(part))
            }
        }
        return configuration
    }
}

/// A setting that there is not.
struct UnknownSetting: DiagnosticError {
    let text: String

    var problem: String { "there is no setting `\(text)`" }
    var mend: String? { "see the names in RetrieverSetting.swift" }
    var exitCode: ExitCode { .usage }
}
