/// The greedy choice of sentences under a budget of words.
package struct SentenceSelection {
    package let configuration: SummaryConfiguration
    /// What no sentence covers yet.
    package let targets: WordTargets

    package init(configuration: SummaryConfiguration, targets: WordTargets) {
        self.configuration = configuration
        self.targets = targets
    }

    /// Chooses sentences.
    ///
    /// - Parameters:
    ///   - candidates: The sentences, in the order of the text.
    ///   - isLazy: Whether gains that cannot win are left uncomputed; the choice is the same.
    /// - Returns: The choice, in the order in which it was made.
    /// - Complexity: O(candidates · chosen) at worst; about one pass over the candidates in practice.
    package func choose(from candidates: [Candidate], isLazy: Bool = true) -> [Candidate] {
        var state = State(targets: targets)
        var queue = candidates.indices.map {
            (index: $0, cover: targets.gain(of: candidates[$0], configuration))
        }
        // No bonus makes more of a sentence's cover than this.
        let greatestFactor = 1 + configuration.partWeight
        while Float(state.length) < 0.95 * Float(configuration.words), !queue.isEmpty {
            var best: (place: Int, gain: Float)?
            for place in queue.indices {
                // Cover only shrinks, so what it was bounds what it is.
                if let best, isLazy, queue[place].cover * greatestFactor <= best.gain { continue }
                let candidate = candidates[queue[place].index]
                queue[place].cover = state.targets.gain(of: candidate, configuration)
                let gain = queue[place].cover * factor(of: candidate, state)
                if gain > best?.gain ?? -1 { best = (place, gain) }
            }
            guard let best else { break }
            let candidate = candidates[queue.remove(at: best.place).index]
            if isWelcome(candidate, isLast: queue.isEmpty, state) { state.choose(candidate) }
        }
        return state.chosen
    }

    /// What has been chosen.
    private struct State {
        var targets: WordTargets
        var chosen: [Candidate] = []
        var chosenIndices: Set<Int> = []
        var coveredParts: Set<[String]> = []
        var length = 0

        mutating func choose(_ candidate: Candidate) {
            chosen.append(candidate)
            chosenIndices.insert(candidate.index)
            coveredParts.insert(candidate.part)
            length += candidate.wordCount
            targets.cover(candidate)
        }
    }

    private func factor(of candidate: Candidate, _ state: State) -> Float {
        var factor: Float = 1
        if !state.coveredParts.contains(candidate.part) { factor += configuration.partWeight }
        if candidate.pointsBack, !state.chosenIndices.contains(candidate.index - 1) {
            factor *= configuration.anaphoraFactor
        }
        return factor
    }

    /// Whether the budget allows a sentence and it is no repetition.
    private func isWelcome(_ candidate: Candidate, isLast: Bool, _ state: State) -> Bool {
        let total = Float(state.length + candidate.wordCount)
        let isFirst = state.chosen.isEmpty
        let limit = (isFirst ? 1.5 : 1.1) * Float(configuration.words)
        guard total <= limit || isFirst && isLast else { return false }
        return !state.chosen.contains {
            candidate.repeats($0, cosine: configuration.repetitionCosine)
        }
    }
}
