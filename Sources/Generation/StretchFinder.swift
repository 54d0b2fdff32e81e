/// Finds the stretches of a sentence that look like an answer.
struct StretchFinder {
    let words: [SpanWord]
    /// The words of the question.
    let known: Set<String>

    /// The stretches of a type, in their order.
    func stretches(of type: AnswerType) -> [Range<Int>] {
        switch type {
        case .percentage: numbers().filter(isPercentage).map(withUnit)
        case .count(let nouns): counts(of: nouns)
        case .amount: amounts()
        case .measure: numbers().filter { hasUnit($0) && !isPercentage($0) }.map(withUnit)
        case .time(let unit): times(unit)
        case .person: persons()
        case .place: places()
        }
    }

    /// Runs `find` from each word; where it finds a stretch, the search goes on behind it.
    private func scan(_ find: (Int) -> Range<Int>?) -> [Range<Int>] {
        var found: [Range<Int>] = []
        var index = 0
        while index < words.count {
            if let stretch = find(index), stretch.upperBound > index {
                found.append(stretch)
                index = stretch.upperBound
            } else {
                index += 1
            }
        }
        return found
    }

    private func word(_ index: Int) -> SpanWord? {
        words.indices.contains(index) ? words[index] : nil
    }

    private func isBefore(_ index: Int, _ set: Set<String>) -> Bool {
        word(index - 1).map { set.contains($0.folded) } ?? false
    }
}

// MARK: - Numbers

extension StretchFinder {
    private func isNumber(_ word: SpanWord) -> Bool {
        word.isDigits || SpanLexicon.numbers.contains(word.folded)
    }

    /// Numbers and ranges of numbers, without units.
    private func numbers() -> [Range<Int>] {
        scan { start in
            guard isNumber(words[start]) else { return nil }
            var end = start + 1
            while let next = word(end), isNumber(next), [" ", "-"].contains(next.gap),
                !words[end - 1].isDigits || SpanLexicon.magnitudes.contains(next.folded)
            {
                end += 1
            }
            if let joint = word(end), let next = word(end + 1), isNumber(next),
                next.isDigits == words[start].isDigits,
                ["to", "or"].contains(joint.folded)
                    || joint.folded == "and" && isBefore(start, ["between"])
            {
                end += 2
            } else if let next = word(end), isNumber(next), ["–", "-", "—"].contains(next.gap) {
                end += 1
            }
            return start..<end
        }
    }

    private func hasUnit(_ number: Range<Int>) -> Bool {
        guard let next = word(number.upperBound) else { return false }
        return [" ", "-"].contains(next.gap) && SpanLexicon.units.contains(next.folded)
    }

    private func isPercentage(_ number: Range<Int>) -> Bool {
        if words[number.upperBound - 1].isPercentage { return true }
        guard let next = word(number.upperBound) else { return false }
        return [" ", "-"].contains(next.gap) && ["percent", "per"].contains(next.folded)
    }

    private func withUnit(_ number: Range<Int>) -> Range<Int> {
        let takesUnit =
            !words[number.upperBound - 1].isPercentage && (hasUnit(number) || isPercentage(number))
        return number.lowerBound..<(number.upperBound + (takesUnit ? 1 : 0))
    }

    /// A single `one` is rather a pronoun.
    private func isPlainOne(_ number: Range<Int>) -> Bool {
        number.count == 1 && words[number.lowerBound].folded == "one"
    }

    /// Numbers that count; those before the question's noun if there are any.
    private func counts(of nouns: [String]) -> [Range<Int>] {
        let following = { (number: Range<Int>, count: Int) in
            Set(words[number.upperBound...].prefix(count).map(\.singular))
        }
        let numbers = numbers().filter { number in
            !isPercentage(number)
                && (!words[number.lowerBound].isYear
                    || !following(number, 2).isDisjoint(with: nouns.prefix(1)))
        }
        let matching = numbers.filter { !following($0, 3).isDisjoint(with: nouns.prefix(2)) }
        return matching.isEmpty ? numbers : matching
    }

    /// Amounts; those of money if there are any.
    private func amounts() -> [Range<Int>] {
        let isMoney = { (number: Range<Int>) in
            words[number.lowerBound].isMoney
                || word(number.upperBound).map { SpanLexicon.currencies.contains($0.singular) }
                    ?? false
        }
        let numbers = numbers().filter {
            !isPlainOne($0) && (!words[$0.lowerBound].isYear || isMoney($0))
        }
        let money = numbers.filter(isMoney)
        return (money.isEmpty ? numbers : money).map(withUnit)
    }
}

// MARK: - Times

extension StretchFinder {
    private func isMonth(_ word: SpanWord) -> Bool {
        word.isCapitalized && SpanLexicon.months.contains(word.folded)
    }

    private func isDatePart(_ index: Int) -> Bool {
        guard let part = word(index) else { return false }
        if isMonth(part) || part.isYear { return true }
        let neighbours = [word(index - 1), word(index + 1)].compactMap { $0 }
        return part.isDayOfMonth && neighbours.contains(where: isMonth)
    }

    private func isCentury(_ index: Int) -> Bool {
        guard let ordinal = word(index), let noun = word(index + 1) else { return false }
        return ["century", "centuries"].contains(noun.folded)
            && (ordinal.isDigits || ordinal.folded.hasSuffix("th"))
    }

    private func times() -> [Range<Int>] {
        scan { start in
            if isCentury(start) { return start..<(start + 2) }
            var end = start
            while isDatePart(end), end == start || [" ", ", "].contains(words[end].gap) { end += 1 }
            guard words[start..<end].contains(where: { isMonth($0) || $0.isYear }) else {
                return nil
            }
            if let next = word(end), next.isYear, ["–", "-"].contains(next.gap) {
                end += 1
            } else if word(end)?.folded == "to", let next = word(end + 1), next.isYear {
                end += 2
            }
            return start..<end
        }
    }

    private func times(_ unit: AnswerType.TimeUnit) -> [Range<Int>] {
        let times = times()
        let parts = { (isWanted: (SpanWord) -> Bool) in
            times.flatMap { $0.filter { isWanted(words[$0]) }.map { $0..<($0 + 1) } }
        }
        return switch unit {
        case .any: times
        case .month: parts(isMonth)
        case .century: times.filter { words[$0.upperBound - 1].folded.hasPrefix("centur") }
        case .decade: times.filter { words[$0.upperBound - 1].text.hasSuffix("0s") }
        case .date: times.filter { $0.count > 1 }
        case .year:
            times.compactMap { time in
                let years = time.filter { words[$0].isYear }
                return years.count == 1 ? years[0]..<(years[0] + 1) : years.isEmpty ? nil : time
            }
        }
    }
}

// MARK: - Names

extension StretchFinder {
    private func isName(_ word: SpanWord) -> Bool {
        word.isCapitalized && !SpanLexicon.unnamed.contains(word.folded)
    }

    /// Runs of capitalized words, but single ones at the beginning of a sentence, which are capital
    /// by their place.
    private func names(joints: Set<String>, gaps: Set<String>) -> [Range<Int>] {
        scan { start in
            guard isName(words[start]) else { return nil }
            var end = start + 1
            while let next = word(end) {
                if isName(next), gaps.contains(next.gap) {
                    end += 1
                } else if joints.contains(next.folded), next.isAttached, let after = word(end + 1),
                    after.isCapitalized, after.isAttached
                {
                    end += 2
                } else {
                    break
                }
            }
            return start..<end
        }.filter { !($0.count == 1 && beginsSentence($0.lowerBound)) }
    }

    private func beginsSentence(_ index: Int) -> Bool {
        let gap = words[index].gap.filter { !$0.isWhitespace }
        return index == 0 || gap.last.map { ".!?:\"“".contains($0) } ?? false
    }

    private func isUnknown(_ name: Range<Int>) -> Bool {
        !words[name].contains { known.contains($0.folded) }
    }

    /// Names of persons; none if one only tells whose something is, which may be the answer.
    private func persons() -> [Range<Int>] {
        let names = names(joints: SpanLexicon.personJoints, gaps: [" ", ". ", "-", "’", "."])
            .filter { !words[$0].allSatisfy { known.contains($0.folded) } }
        guard !names.contains(where: { words[$0.upperBound - 1].isPossessive }) else { return [] }
        return names.filter { name in
            isUnknown(name) && !isBefore(name.lowerBound, SpanLexicon.placePrepositions)
                && !isBefore(name.lowerBound, ["the"])
                && !(name.count == 1 && isGroup(words[name.lowerBound]))
        }
    }

    /// Acronyms, peoples and abstractions are no persons.
    private func isGroup(_ word: SpanWord) -> Bool {
        let endings = ["ish", "ese", "ian", "an", "ans", "ic", "ism", "ity"]
        return word.text == word.text.uppercased() || endings.contains { word.folded.hasSuffix($0) }
    }

    /// Names behind a preposition of place; none where several are listed.
    private func places() -> [Range<Int>] {
        var prepositions: Set<String> = ["in", "at", "near"]
        if known.contains("from") { prepositions.insert("from") }
        if !known.isDisjoint(with: SpanLexicon.movements) {
            prepositions.formUnion(["to", "into"])
        }
        var places: [Range<Int>] = []
        for name in names(joints: SpanLexicon.placeJoints, gaps: [" ", ". ", "-", "'s ", "’s "]) {
            if let last = places.last, last.upperBound == name.lowerBound,
                words[name.lowerBound].gap == ", "
            {
                places[places.count - 1] = last.lowerBound..<name.upperBound
                continue
            }
            places.append(name)
        }
        let isListed = places.contains { place in
            let commas = words[place].dropFirst().count { $0.gap == ", " }
            let isJoined =
                word(place.upperBound).map { ["and", "or"].contains($0.folded) } ?? false
            return commas > 1
                || isJoined
                    && (commas > 0 || word(place.upperBound + 1)?.isCapitalized ?? false)
        }
        guard !isListed else { return [] }
        return places.filter { place in
            let start =
                isBefore(place.lowerBound, ["the"]) ? place.lowerBound - 1 : place.lowerBound
            return isUnknown(place) && isBefore(start, prepositions)
                && !(place.count == 1 && isLanguage(words[place.lowerBound]))
        }
    }

    private func isLanguage(_ word: SpanWord) -> Bool {
        ["ish", "ese", "ian", "ic"].contains { word.folded.hasSuffix($0) }
    }
}
