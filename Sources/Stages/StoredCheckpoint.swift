import BlockStorage
import Dataflow
import Serialization

/// Checkpoints as the store keeps them: the stages' states behind the settings that they were made
/// with.
extension StageEnvironment {
    /// The name of the state that holds the settings; no stage's.
    private static let settingsState = "settings"

    /// What an earlier run of the same pipeline on the same inputs left.
    enum EarlierRun {
        /// It came to its end, or there was none.
        case finished
        /// It can be gone on from.
        case unfinished(Checkpoint)
        /// It had other settings: those that differ, as they were.
        case differs([String])
    }

    /// A checkpoint's record; a run that came to its end has nothing to go on from.
    func record(of checkpoint: Checkpoint) -> CheckpointRecord {
        let settings = StageState(stage: Self.settingsState, bytes: Array(pipelineSettings.utf8))
        let states = checkpoint.states.map { StageState(stage: $0.stage, bytes: $0.bytes) }
        let position = checkpoint.isFinal ? [] : checkpoint.position
        return CheckpointRecord(
            pipeline: pipelineName,
            source: sourceName,
            position: position,
            digest: ContentDigest(of: position),
            states: checkpoint.isFinal ? [] : [settings] + states
        )
    }

    /// What the store says of an earlier run.
    func earlierRun() throws -> EarlierRun {
        guard let store = stores.opened else { return .finished }
        let record = try store.read {
            try $0.checkpoint(pipeline: pipelineName, source: sourceName)
        }
        guard let record, let first = record.states.first else { return .finished }
        let settings = first.stage == Self.settingsState ? first.bytes : []
        guard settings.elementsEqual(pipelineSettings.utf8) else {
            let ours = Set(pipelineSettings.split(separator: "\n"))
            let theirs = String(decoding: settings, as: UTF8.self).split(separator: "\n")
            return .differs(theirs.filter { !ours.contains($0) }.map(String.init))
        }
        return .unfinished(
            Checkpoint(
                ordinal: 0,
                position: record.position,
                states: record.states.dropFirst().map { .init(stage: $0.stage, bytes: $0.bytes) }
            )
        )
    }
}
