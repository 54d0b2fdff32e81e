// Reads files into a store by a declared pipeline and summarizes them.
//
//     swift run --package-path Examples Chain STORE FILE…

import Pipelines
import Stages

let arguments = Array(CommandLine.arguments.dropFirst())
let models = ModelShelf()
let stores = StoreShelf(path: arguments.first, models: models)
let pipeline = try StandardStages.reader.pipeline(
    from: """
        name: short-blocks
        stages:
          - ingest
          - chunk
          - structurize
          - embed
          - encode: {maximum_pieces: 120}
          - store
        """,
    file: "short-blocks.yaml"
)
let environment = StageEnvironment(
    inputs: Array(arguments.dropFirst()),
    models: models,
    stores: stores
)
let report = try await PipelineSession(pipeline: pipeline, environment: environment).run()
for failure in report.failures { print(failure.problem) }
print(try StoredSummary(of: try stores.reader(), words: 100, models: models).text)
