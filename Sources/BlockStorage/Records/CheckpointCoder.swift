import Serialization

/// How a checkpoint is written, as the payload of a sealed record.
enum CheckpointCoder {
    /// The sealed record of a checkpoint.
    static func record(of checkpoint: CheckpointRecord) -> [UInt8] {
        var writer = ByteWriter()
        writer.write(checkpoint.pipeline)
        writer.write(checkpoint.source)
        writer.write(checkpoint.position)
        writer.write(checkpoint.digest)
        writer.writeCount(checkpoint.states.count)
        for state in checkpoint.states {
            writer.write(state.stage)
            writer.write(state.bytes)
        }
        return SealedRecord.seal(writer.bytes)
    }

    /// Reads the payload of a checkpoint's record.
    static func checkpoint(
        _ reader: inout ByteReader
    ) throws(SerializationError) -> CheckpointRecord {
        let pipeline = try reader.readString()
        let source = try reader.readString()
        let position = try reader.readBytes()
        let digest = try reader.readDigest()
        var states: [StageState] = []
        for _ in 0..<(try BlockCoder.readCount(&reader)) {
            let stage = try reader.readString()
            states.append(StageState(stage: stage, bytes: try reader.readBytes()))
        }
        return CheckpointRecord(
            pipeline: pipeline,
            source: source,
            position: position,
            digest: digest,
            states: states
        )
    }
}

extension CheckpointRecord {
    /// Its key in the checkpoints table.
    var key: [UInt8] { StoreKey.checkpoint(pipeline: pipeline, source: source) }
}
