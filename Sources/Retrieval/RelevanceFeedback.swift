internal import Glibc

/// Extends a question by the terms that its best blocks have in common (RM3).
///
/// - Source: Abdul-Jaleel et al. 2004, "UMass at TREC 2004: Novelty and HARD".
///   Differs: a term's weight is multiplied with its inverse document frequency.
struct RelevanceFeedback {
    let configuration: RetrieverConfiguration.Feedback
    let pool: CandidatePool

    /// The blocks taken for relevant.
    private var relevant: ArraySlice<PooledBlock> {
        pool.blocks.prefix(configuration.blockCount)
    }

    /// The question's terms and the rarest of those added, each share weighing its part of 1.
    func extended(_ terms: [WeightedTerm], by added: [WeightedTerm]) -> [WeightedTerm] {
        // Of equal terms the order is that of their bytes, which does not depend on what was asked
        // before.
        let table = pool.workspace.table
        var additions = added
        additions.sort { left, right in
            let (leftScore, rightScore) = (left.weight * left.rarity, right.weight * right.rarity)
            return leftScore != rightScore
                ? leftScore > rightScore : table.precedes(left.number, right.number)
        }
        additions.removeLast(max(additions.count - configuration.termCount, 0))
        let total = additions.reduce(0) { $0 + $1.weight * $1.rarity }
        let questionTotal = terms.reduce(0) { $0 + $1.weight }
        guard total > 0 else { return terms }
        let share = questionTotal > 0 ? configuration.questionShare : 0
        var extended = terms
        for index in extended.indices { extended[index].weight *= share / questionTotal }
        for var term in additions {
            term.weight = (1 - share) * term.weight * term.rarity / total
            if let index = extended.firstIndex(where: { $0.number == term.number }) {
                extended[index].weight += term.weight
            } else {
                extended.append(term)
            }
        }
        return extended
    }

    /// The most frequent terms of the best blocks, by number, with their mean frequency in one.
    func considered() -> [(number: Int, weight: Float)] {
        guard let best = relevant.first?.fused else { return [] }
        let likelihoods = relevant.map { exp($0.fused - best) }
        let total = likelihoods.reduce(0, +)
        let table = pool.workspace.table
        var weights: [UInt32: Float] = [:]
        for (block, likelihood) in zip(relevant, likelihoods) {
            let terms = block.content.terms
            let weight = likelihood / total / Float(max(terms.count, 1))
            for term in terms { weights[term, default: 0] += weight }
        }
        let sorted = weights.map { (number: Int($0.key), weight: $0.value) }.sorted {
            $0.weight != $1.weight ? $0.weight > $1.weight : table.precedes($0.number, $1.number)
        }
        return Array(sorted.prefix(configuration.consideredTermCount))
    }
}
