/// How the next token is drawn from a model's logits.
///
/// The steps go in this order, each over what the one before left: the penalty, the temperature, the
/// most likely `topK`, the most likely that make up `topP`, those at least `minP` times as likely as
/// the most likely one.
public struct SamplingConfiguration: Sendable, Equatable {
    /// What logits are divided by; at 0 the most likely token is taken.
    public var temperature: Float
    /// How many tokens stay; 0 for all.
    public var topK: Int
    /// The share of probability that stays; 1 for all.
    public var topP: Float
    /// The least share of the greatest probability that stays; 0 for all.
    public var minP: Float
    /// What the logits of tokens that were there are divided by if positive, else multiplied by.
    public var repetitionPenalty: Float
    /// How many of the last tokens count as having been there.
    public var penaltyWindow: Int
    /// What fixes every draw.
    public var seed: UInt64

    /// Settings that draw moderately freely.
    public init(
        temperature: Float = 0.8,
        topK: Int = 40,
        topP: Float = 0.95,
        minP: Float = 0.05,
        repetitionPenalty: Float = 1,
        penaltyWindow: Int = 64,
        seed: UInt64 = 0
    ) {
        self.temperature = temperature
        self.topK = topK
        self.topP = topP
        self.minP = minP
        self.repetitionPenalty = repetitionPenalty
        self.penaltyWindow = penaltyWindow
        self.seed = seed
    }

    /// Always the most likely token.
    public static let greedy = SamplingConfiguration(temperature: 0)
}
