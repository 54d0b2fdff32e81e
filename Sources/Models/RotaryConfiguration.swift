/// How positions turn queries and keys: the base, the scaling and where the pairs lie.
struct RotaryConfiguration: Sendable {
    /// Which elements of a head are turned together.
    enum Layout: Sendable {
        /// Elements 2 i and 2 i + 1.
        case interleaved
        /// Elements i and i + half of those that are turned.
        case halves
    }

    /// How frequencies are changed for texts longer than the model was first trained on.
    enum Scaling: Sendable {
        case none
        /// All frequencies by the same factor.
        case linear(factor: Double)
        /// Low frequencies by the factor, high ones not at all, with a ramp between.
        case yarn(factor: Double, originalLength: Double, fast: Double, slow: Double, gain: Double)
    }

    let layout: Layout
    /// How many elements of a head are turned, the first ones.
    let dimensionCount: Int
    let base: Double
    let scaling: Scaling
    /// What each frequency is divided by, or none: Llama 3's own scaling.
    let frequencyFactors: [Float]?
}

extension RotaryConfiguration {
    init(
        _ file: GGUFFile,
        architecture: String,
        layout: Layout,
        headSize: Int,
        contextLength: Int
    ) throws(ModelsError) {
        func key(_ name: String) -> String { "\(architecture).rope.\(name)" }
        self.layout = layout
        let count = try file.count(key("dimension_count")) ?? headSize
        guard count > 0, count <= headSize, count.isMultiple(of: 2) else {
            throw .malformed(
                file: file.path,
                reason: "\(key("dimension_count")) is \(count), of heads of \(headSize)"
            )
        }
        dimensionCount = count
        base = try file.positiveNumber(key("freq_base")) ?? 10_000
        frequencyFactors =
            file.tensors["rope_freqs.weight"] == nil
            ? nil : try file.floats("rope_freqs.weight", shape: [count / 2])
        let older = try file.positiveNumber(key("scale_linear"))
        let factor = try file.positiveNumber(key("scaling.factor")) ?? older ?? 1
        let named = try file.text(key("scaling.type"))
        switch named ?? (factor == 1 ? "none" : "linear") {
        case "none": scaling = .none
        case "linear": scaling = .linear(factor: factor)
        case "yarn":
            scaling = .yarn(
                factor: factor,
                originalLength: try file.positiveNumber(key("scaling.original_context_length"))
                    ?? Double(contextLength),
                fast: try file.positiveNumber(key("scaling.yarn_beta_fast")) ?? 32,
                slow: try file.positiveNumber(key("scaling.yarn_beta_slow")) ?? 1,
                gain: try file.positiveNumber(key("scaling.attn_factor")) ?? 1
            )
        default:
            throw .unsupported(
                file: file.path,
                setting: key("scaling.type"),
                found: named ?? "",
                supported: "none, linear or yarn"
            )
        }
    }
}
