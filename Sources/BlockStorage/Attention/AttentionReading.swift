package import Serialization

/// A document as a language model has read it, or is reading it.
package struct AttentionReading: Sendable, Equatable {
    /// How far it is.
    package enum State: UInt8, Sendable {
        /// Its tokens are being written down.
        case listing
        /// Its tokens are all there, its blocks are not.
        case reading
        /// All of it has been read.
        case complete
    }

    /// What its blocks are laid out by; a reading goes on and is used with the same only.
    package struct Layout: Sendable, Equatable {
        package var initialTokenCount: Int
        package var windowLength: Int
        package var blockLength: Int
        package var representativeCount: Int
        package var retrievedBlockCount: Int
        package var stepLength: Int
        package var layerCount: Int
        /// Floats in a landmark.
        package var landmarkWidth: Int

        package init(
            initialTokenCount: Int,
            windowLength: Int,
            blockLength: Int,
            representativeCount: Int,
            retrievedBlockCount: Int,
            stepLength: Int,
            layerCount: Int,
            landmarkWidth: Int
        ) {
            self.initialTokenCount = initialTokenCount
            self.windowLength = windowLength
            self.blockLength = blockLength
            self.representativeCount = representativeCount
            self.retrievedBlockCount = retrievedBlockCount
            self.stepLength = stepLength
            self.layerCount = layerCount
            self.landmarkWidth = landmarkWidth
        }
    }

    /// The key of all that belongs to it.
    package internal(set) var number: UInt32 = 0
    /// The digest of the model's file.
    package let modelFingerprint: String
    /// What the model is called.
    package let modelName: String
    /// The document's id.
    package let document: String
    package let layout: Layout
    /// The most bytes that its keys and values may take; the first blocks are kept.
    package let budgetBytes: Int
    package var state = State.listing
    package var tokenCount = 0
    /// What its text is recognized by, once all of it is there.
    package var textBytes = 0
    package var digest = ContentDigest(high: 0, low: 0)
    /// How many tokens have gone through the model.
    package var readCount = 0
    /// How many blocks each layer has.
    package var blockCount = 0
    /// How many of them are kept with keys and values.
    package var keptCount = 0
    /// How many bytes these take.
    package var keptBytes = 0

    /// A document of which nothing has been read.
    package init(
        modelFingerprint: String,
        modelName: String,
        document: String,
        layout: Layout,
        budgetBytes: Int
    ) {
        self.modelFingerprint = modelFingerprint
        self.modelName = modelName
        self.document = document
        self.layout = layout
        self.budgetBytes = budgetBytes
    }
}

// MARK: - Record

extension AttentionReading {
    /// The record's payload; `FORMAT.md` has its fields.
    var payload: [UInt8] {
        var writer = ByteWriter()
        for text in [modelFingerprint, modelName, document] { writer.write(text) }
        for count in [
            layout.initialTokenCount, layout.windowLength, layout.blockLength,
            layout.representativeCount, layout.retrievedBlockCount, layout.stepLength,
            layout.layerCount, layout.landmarkWidth, budgetBytes, tokenCount, textBytes, readCount,
            blockCount, keptCount, keptBytes,
        ] {
            writer.writeCount(count)
        }
        writer.write(state.rawValue)
        writer.write(digest)
        return writer.bytes
    }

    /// Reads what `payload` wrote.
    init(number: UInt32, from reader: inout ByteReader) throws(SerializationError) {
        self.number = number
        modelFingerprint = try reader.readString()
        modelName = try reader.readString()
        document = try reader.readString()
        layout = Layout(
            initialTokenCount: try reader.readCount(),
            windowLength: try reader.readCount(),
            blockLength: try reader.readCount(),
            representativeCount: try reader.readCount(),
            retrievedBlockCount: try reader.readCount(),
            stepLength: try reader.readCount(),
            layerCount: try reader.readCount(),
            landmarkWidth: try reader.readCount()
        )
        budgetBytes = try reader.readCount()
        tokenCount = try reader.readCount()
        textBytes = try reader.readCount()
        readCount = try reader.readCount()
        blockCount = try reader.readCount()
        keptCount = try reader.readCount()
        keptBytes = try reader.readCount()
        let offset = reader.offset
        guard let state = State(rawValue: try reader.read(UInt8.self)) else {
            throw .malformed(offset: offset, expected: "a state")
        }
        self.state = state
        digest = try reader.readDigest()
        guard readCount <= tokenCount, keptCount <= blockCount, layout.landmarkWidth > 0,
            layout.blockLength > 0, layout.layerCount > 0, layout.layerCount < 1 << 16
        else { throw .malformed(offset: offset, expected: "counts that fit each other") }
    }
}
