internal import Foundation

/// How a sentence encoder makes one vector of many, from the files that sentence-transformers adds.
struct SentencePooling: Sendable, Equatable {
    /// Pieces of a sequence at most, `[CLS]` and `[SEP]` counted.
    var longestSequence: Int

    /// Reads the settings in `folder`; a folder without them means 256 pieces and the mean.
    ///
    /// - Throws: If a file cannot be read or asks for another pooling than the mean.
    init(folder: String) throws(ModelsError) {
        let pooling = folder + "/1_Pooling/config.json"
        if FileManager.default.fileExists(atPath: pooling) {
            let modes = try JSONFile.read(Modes.self, from: pooling)
            let isMean = modes.pooling_mode_mean_tokens
            guard isMean, !modes.pooling_mode_cls_token, !modes.pooling_mode_max_tokens else {
                throw .unsupported(
                    file: pooling,
                    setting: "pooling_mode_mean_tokens",
                    found: isMean ? "true among others" : "false",
                    supported: "true alone"
                )
            }
        }
        longestSequence = 256
        let limits = folder + "/sentence_bert_config.json"
        if FileManager.default.fileExists(atPath: limits) {
            longestSequence = try JSONFile.read(Limits.self, from: limits).max_seq_length
        }
        guard longestSequence >= 3 else {
            throw .malformed(file: limits, reason: "max_seq_length is \(longestSequence)")
        }
    }

    private struct Modes: Decodable {
        var pooling_mode_cls_token: Bool
        var pooling_mode_mean_tokens: Bool
        var pooling_mode_max_tokens: Bool
    }

    private struct Limits: Decodable {
        var max_seq_length: Int
    }
}
