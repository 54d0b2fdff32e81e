/// Landmarks between the tokens of a text, where the blocks of Landmark Attention end.
package struct LandmarkInsertion: Sendable, Equatable {
    /// The landmark.
    package let token: Int32
    /// Tokens of a block before it.
    package let blockLength: Int

    /// How the landmark is called in a vocabulary.
    static let name = "<landmark>"

    package init(token: Int32, blockLength: Int) {
        self.token = token
        self.blockLength = blockLength
    }

    /// Tokens of a text from a position on, landmarks before those that begin a block; for each the place
    /// that it had, nil for landmarks.
    func inserted(
        into tokens: [Int32],
        from position: Int
    ) -> (tokens: [Int32], places: [Int?]) {
        var (result, places): ([Int32], [Int?]) = ([], [])
        for (place, token) in tokens.enumerated() {
            if (position + result.count) % (blockLength + 1) == blockLength {
                result.append(self.token)
                places.append(nil)
            }
            result.append(token)
            places.append(place)
        }
        return (result, places)
    }
}
