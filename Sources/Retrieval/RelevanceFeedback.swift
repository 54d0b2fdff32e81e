internal import CKernels
internal import Glibc

/// Extends a question by what its best blocks have in common: terms (RM3) and a vector (Rocchio).
///
/// - Source: Abdul-Jaleel et al. 2004, "UMass at TREC 2004: Novelty and HARD" (RM3); Rocchio 1971.
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
        var additions = added
        additions.sort { left, right in
            let (leftScore, rightScore) = (left.weight * left.rarity, right.weight * right.rarity)
            return leftScore != rightScore
                ? leftScore > rightScore : precedes(left.number, right.number)
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
        var weights: [UInt32: Float] = [:]
        for (block, likelihood) in zip(relevant, likelihoods) {
            let terms = block.content.terms
            let weight = likelihood / total / Float(max(terms.count, 1))
            for term in terms { weights[term, default: 0] += weight }
        }
        let sorted = weights.map { (number: Int($0.key), weight: $0.value) }.sorted {
            $0.weight != $1.weight ? $0.weight > $1.weight : precedes($0.number, $1.number)
        }
        return Array(sorted.prefix(configuration.consideredTermCount))
    }

    /// The order of equal terms, which must not depend on what was asked before.
    private func precedes(_ left: Int, _ right: Int) -> Bool {
        let table = pool.workspace.table
        return table[left].lexicographicallyPrecedes(table[right])
    }

    /// The question's unit vector, moved towards the landmarks of the best blocks.
    func moved(_ question: [Float]) -> [Float] {
        let width = question.count
        var mean = [Float](repeating: 0, count: width)
        for landmark in relevant.compactMap(\.landmark) {
            kernels_add_scaled_f32(&mean, landmark, 1, width)
        }
        let length = kernels_dot_f32(mean, mean, width).squareRoot()
        guard length > 0 else { return question }
        var moved = question
        kernels_add_scaled_f32(&moved, mean, configuration.vectorWeight / length, width)
        let norm = kernels_dot_f32(moved, moved, width).squareRoot()
        return norm > 0 ? moved.map { $0 / norm } : question
    }
}
