internal import CKernels
internal import Foundation
internal import Serialization
internal import Synchronization
public import Tensors
public import Text

/// Turns sentences into unit vectors whose cosine says how alike their meanings are.
///
///     let encoder = try SentenceEncoder(folder: "models/all-MiniLM-L6-v2", pool: ComputePool())
///     let vectors = encoder.encode([Array("A river.".utf8), Array("A stream.".utf8)])
///
/// A BERT encoder, the mean of its last layer over all pieces, scaled to length 1, as
/// sentence-transformers computes it for all-MiniLM-L6-v2. Text beyond 254 pieces is not read.
/// - Concurrency: any thread may encode at any time. A vector depends on its own text only, to
///   the bit: not on the texts beside it, the number of threads or, but for bf16 in tiles (AMX), the processor.
public final class SentenceEncoder: Sendable {
    /// The length of a vector.
    public let width: Int
    /// A digest of the weights, and the precision: stores made with another encoder are recognized
    /// by it.
    public let fingerprint: String
    /// The numbers in which it computes.
    public let precision: EncoderPrecision
    /// How text is cut into pieces.
    public let tokenizer: WordPieceTokenizer
    /// How many pieces of a text are read at most, `[CLS]` and `[SEP]` not counted.
    public let pieceLimit: Int

    private let pool: ComputePool
    private let kernels: Kernels
    private let model: BertModel
    private let workspaces = Mutex<[BertWorkspace]>([])

    /// Pieces that one pass takes: enough that reading the weights, 42 MB, is a small part of it.
    private static let passPieceCount = 512

    /// Loads the model in `folder`, as Hugging Face lays it out.
    ///
    /// - Throws: `ModelsError` that names the file, what is wrong with it and the mend.
    public convenience init(
        folder: String,
        pool: ComputePool,
        precision: EncoderPrecision = .float32
    ) throws(ModelsError) {
        try self.init(folder: folder, pool: pool, precision: precision, kernels: .best)
    }

    /// Loads the model and computes with one variant of the kernels.
    package init(
        folder: String,
        pool: ComputePool,
        precision: EncoderPrecision = .float32,
        kernels: Kernels
    ) throws(ModelsError) {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder),
            isFolder.boolValue
        else { throw .missingFolder(folder) }
        let configuration = try BertConfiguration(folder: folder)
        let pooling = try SentencePooling(folder: folder)
        let (tokenizer, (digest, model)) = try pool.both({ () throws(ModelsError) in
            do throws(WordPieceError) {
                return try WordPieceTokenizer(vocabularyFile: folder + "/vocab.txt")
            } catch {
                throw .vocabulary(error)
            }
        }) { () throws(ModelsError) in
            let weights = try SafetensorsFile(path: folder + "/model.safetensors")
            return try pool.both({ () throws(ModelsError) in
                try weights.digest().description
            }) { () throws(ModelsError) in
                try BertModel(
                    configuration: configuration,
                    weights: weights,
                    precision: precision,
                    kernels: kernels
                )
            }
        }
        guard tokenizer.vocabularySize == configuration.vocabularySize else {
            throw .malformed(
                file: folder + "/vocab.txt",
                reason: "\(configuration.vocabularySize) pieces are expected, "
                    + "\(tokenizer.vocabularySize) are there"
            )
        }
        self.tokenizer = tokenizer
        self.model = model
        fingerprint = digest + precision.fingerprintSuffix
        self.precision = precision
        width = configuration.hiddenSize
        pieceLimit = min(pooling.longestSequence, configuration.positionCount) - 2
        self.pool = pool
        self.kernels = kernels
    }

    /// The vectors of `texts`, which are UTF-8.
    ///
    /// - Shapes: [texts, width], in the order of the texts.
    public func encode(_ texts: [[UInt8]]) -> Tensor<Float> {
        let sequences = RowBuffer<[Int32]>(count: texts.count, repeating: [])
        pool.parallelFor(count: texts.count, grain: 64) { [self] range in
            for index in range {
                let pieces = texts[index].withUnsafeBytes { text in
                    tokenizer.tokenIDs(of: text, limit: pieceLimit)
                }
                sequences.set([pieces], at: index)
            }
        }
        return encode(pieces: sequences.values())
    }

    /// The vectors of texts that are already cut into pieces, `[CLS]` and `[SEP]` left out.
    ///
    /// - Shapes: [sequences, width], in the order of the sequences.
    /// - Precondition: Every piece is in the vocabulary.
    public func encode(pieces sequences: [[Int32]]) -> Tensor<Float> {
        let lengths = sequences.map { min($0.count, pieceLimit) + 2 }
        let passes = model.groups(lengths: lengths).flatMap { group in
            EncoderPass.plan(
                lengths: group.map { lengths[$0] },
                passPieceCount: Self.passPieceCount,
                threadCount: pool.threadCount
            ).map { group[$0] }
        }
        model.prepare(forPieces: lengths.reduce(0, +), pool)
        let vectors = RowBuffer<Float>(count: sequences.count * width, repeating: 0)
        pool.parallelFor(count: passes.count, grain: 1) { [self] range in
            for pass in passes[range] {
                let rows = run(pass.map { sequences[$0] })
                for (index, sequence) in pass.enumerated() {
                    vectors.set(
                        Array(rows[index * width..<(index + 1) * width]),
                        at: sequence * width
                    )
                }
            }
        }
        return Tensor(width: width, elements: vectors.values())
    }

    /// The vectors of sequences, in one pass through the model.
    private func run(_ sequences: [[Int32]]) -> [Float] {
        var pieces: [Int32] = []
        var ranges: [Range<Int>] = []
        for sequence in sequences {
            let start = pieces.count
            pieces.append(tokenizer.classificationID)
            pieces += sequence.prefix(pieceLimit)
            pieces.append(tokenizer.separatorID)
            ranges.append(start..<pieces.count)
        }
        let workspace = workspaces.withLock { $0.popLast() } ?? makeWorkspace()
        defer { workspaces.withLock { $0.append(workspace) } }
        // The mean differs from the sum in length only, which is scaled away.
        var vectors = model.forward(
            kernels,
            pieces: pieces,
            sequences: ranges,
            workspace: workspace
        )
        vectors.withUnsafeMutableBufferPointer { vectors in
            guard let start = vectors.baseAddress else { return }
            for vector in stride(from: start, to: start + vectors.count, by: width) {
                let length = kernels.table.pointee.dot_f32(vector, vector, width).squareRoot()
                let scale = 1 / max(length, .leastNormalMagnitude)
                for element in 0..<width { vector[element] *= scale }
            }
        }
        return vectors
    }

    private func makeWorkspace() -> BertWorkspace {
        BertWorkspace(
            kernels,
            configuration: model.configuration,
            precision: precision,
            pieceCount: Self.passPieceCount + pieceLimit + 2,
            longestSequence: pieceLimit + 2
        )
    }
}
