internal import Foundation

/// The shape of a BERT encoder, from `config.json`.
struct BertConfiguration: Sendable, Equatable {
    var hiddenSize: Int
    var layerCount: Int
    var headCount: Int
    var intermediateSize: Int
    var positionCount: Int
    var vocabularySize: Int
    var typeCount: Int
    var layerNormEpsilon: Float

    /// Elements of a query, key or value of one head.
    var headSize: Int { hiddenSize / headCount }

    /// Reads the configuration in `folder` and checks that the encoder can run it.
    init(folder: String) throws(ModelsError) {
        let file = folder + "/config.json"
        let written = try JSONFile.read(Written.self, from: file)
        func require(_ setting: String, _ found: String?, _ supported: String) throws(ModelsError) {
            guard let found, found != supported else { return }
            throw .unsupported(file: file, setting: setting, found: found, supported: supported)
        }
        try require("model_type", written.model_type, "bert")
        try require("hidden_act", written.hidden_act, "gelu")
        try require("position_embedding_type", written.position_embedding_type, "absolute")

        let sizes = [
            ("hidden_size", written.hidden_size), ("num_hidden_layers", written.num_hidden_layers),
            ("num_attention_heads", written.num_attention_heads),
            ("intermediate_size", written.intermediate_size),
            ("max_position_embeddings", written.max_position_embeddings),
            ("vocab_size", written.vocab_size), ("type_vocab_size", written.type_vocab_size),
        ]
        for (name, size) in sizes where !(1...1_000_000).contains(size) {
            throw .malformed(file: file, reason: "\(name) is \(size)")
        }
        hiddenSize = written.hidden_size
        layerCount = written.num_hidden_layers
        headCount = written.num_attention_heads
        intermediateSize = written.intermediate_size
        positionCount = written.max_position_embeddings
        vocabularySize = written.vocab_size
        typeCount = written.type_vocab_size
        layerNormEpsilon = Float(written.layer_norm_eps)
        let headSize = hiddenSize / headCount
        let isWhole = hiddenSize.isMultiple(of: headCount) && headSize.isMultiple(of: 16)
        guard isWhole, headSize <= 64 else {
            throw .unsupported(
                file: file,
                setting: "hidden_size over num_attention_heads",
                found: "\(hiddenSize) over \(headCount)",
                supported: "16, 32, 48 or 64"
            )
        }
    }

    private struct Written: Decodable {
        var model_type: String
        var hidden_act: String
        var position_embedding_type: String?
        var hidden_size: Int
        var num_hidden_layers: Int
        var num_attention_heads: Int
        var intermediate_size: Int
        var max_position_embeddings: Int
        var vocab_size: Int
        var type_vocab_size: Int
        var layer_norm_eps: Double
    }
}

/// Reading a small JSON file of a model.
enum JSONFile {
    static func read<Value: Decodable>(
        _ type: Value.Type,
        from file: String
    ) throws(ModelsError) -> Value {
        let content: Data
        do {
            content = try Data(contentsOf: URL(filePath: file))
        } catch {
            throw .unreadable(file: file, reason: error.localizedDescription)
        }
        do {
            return try JSONDecoder().decode(type, from: content)
        } catch DecodingError.keyNotFound(let key, _) {
            throw .malformed(file: file, reason: "it lacks \(key.stringValue)")
        } catch DecodingError.typeMismatch(_, let context) {
            let key = context.codingPath.last?.stringValue ?? "its content"
            throw .malformed(file: file, reason: "\(key) is of the wrong kind")
        } catch {
            throw .malformed(file: file, reason: "it is not JSON")
        }
    }
}
