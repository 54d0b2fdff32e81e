// swift-tools-version: 6.1
import PackageDescription

let swiftSettings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

/// A room of the house, whose dependencies are exactly those that its sources import.
func room(
    _ name: String,
    _ dependencies: [Target.Dependency] = [],
    exclude: [String] = [],
    resources: [Resource] = []
) -> Target {
    .target(
        name: name,
        dependencies: dependencies,
        exclude: exclude,
        resources: resources,
        swiftSettings: swiftSettings
    )
}

/// The tests of a room, which mirror its sources.
func tests(
    _ name: String,
    _ dependencies: [Target.Dependency] = [],
    exclude: [String] = []
) -> Target {
    .testTarget(
        name: "\(name)Tests",
        dependencies: [.init(stringLiteral: name)] + dependencies,
        exclude: exclude,
        swiftSettings: swiftSettings
    )
}

let argumentParser = Target.Dependency.product(
    name: "ArgumentParser",
    package: "swift-argument-parser"
)
let yams = Target.Dependency.product(name: "Yams", package: "Yams")

/// The house, from the ground up: a room imports only rooms above it in this list.
let rooms: [Target] = [
    .systemLibrary(name: "CLMDB"),
    .systemLibrary(name: "CZstd"),
    .systemLibrary(name: "CZlib"),
    .systemLibrary(name: "CStemmer"),
    .systemLibrary(name: "CXXHash"),
    .target(name: "CKernels"),
    .target(name: "CTransfer", linkerSettings: [.linkedLibrary("dl")]),
    room("Diagnostics"),
    room("Serialization", ["CXXHash", "Diagnostics"]),
    room("Tensors", ["CKernels"]),
    room("Text", ["CKernels", "CStemmer", "Diagnostics"]),
    room(
        "Models",
        ["CKernels", "Diagnostics", "Serialization", "Tensors", "Text"],
        exclude: ["README.md"]
    ),
    room("Ingestion", ["CZlib", "CZstd", "Diagnostics", "Serialization", "Text"]),
    room("Chunking", ["Diagnostics", "Serialization", "Text"]),
    room("Structure", ["Chunking", "Diagnostics", "Serialization"]),
    room(
        "Memory",
        ["CKernels", "Diagnostics", "Serialization", "Tensors"],
        exclude: ["README.md"]
    ),
    room(
        "BlockStorage",
        ["CKernels", "CLMDB", "CZstd", "Diagnostics", "Serialization", "Tensors"],
        exclude: ["FORMAT.md"],
        resources: [.embedInCode("text.dictionary")]
    ),
    room(
        "Retrieval",
        ["BlockStorage", "CKernels", "Diagnostics", "Serialization", "Tensors", "Text"],
        exclude: ["README.md"]
    ),
    room("Servers", ["CTransfer", "Diagnostics"], exclude: ["README.md"]),
    room(
        "Generation",
        ["Diagnostics", "Models", "Servers", "Tensors", "Text"],
        exclude: ["README.md"]
    ),
    room("Dataflow", ["Diagnostics", "Serialization", "Tensors"]),
    room("Pipelines", ["Dataflow", "Diagnostics", yams]),
    room(
        "Stages",
        [
            "BlockStorage", "Chunking", "Dataflow", "Diagnostics", "Generation", "Ingestion",
            "Memory", "Models", "Pipelines", "Retrieval", "Serialization", "Servers", "Structure",
            "Tensors", "Text",
        ],
        resources: [.embedInCode("pipelines")]
    ),
    .executableTarget(
        name: "ChunkingBenchmark",
        dependencies: ["Chunking", "Structure", "Text"],
        path: "Benchmarks/ChunkingBenchmark",
        swiftSettings: swiftSettings
    ),
    .executableTarget(
        name: "riverrun",
        dependencies: [
            "BlockStorage", "Dataflow", "Diagnostics", "Generation", "Ingestion", "Models",
            "Pipelines", "Serialization", "Servers", "Stages", "Tensors", "Text", argumentParser,
        ],
        swiftSettings: swiftSettings
    ),
]

let benchmarks: [Target] = [
    .executableTarget(
        name: "DecoderBenchmark",
        dependencies: ["Generation", "Models", "Tensors"],
        path: "Benchmarks/DecoderBenchmark",
        swiftSettings: swiftSettings
    ),
    .executableTarget(
        name: "EmbeddingBenchmark",
        dependencies: ["Models", "Tensors", "Text"],
        path: "Benchmarks/EmbeddingBenchmark",
        swiftSettings: swiftSettings
    ),
    .executableTarget(
        name: "LexicalBenchmark",
        dependencies: ["BlockStorage", "Retrieval", "Serialization", "Text"],
        path: "Benchmarks/LexicalBenchmark",
        swiftSettings: swiftSettings
    ),
    .executableTarget(
        name: "LandmarkBenchmark",
        dependencies: ["BlockStorage", "Models", "Retrieval", "Serialization", "Tensors"],
        path: "Benchmarks/LandmarkBenchmark",
        swiftSettings: swiftSettings
    ),
    .executableTarget(
        name: "RetrievalBenchmark",
        dependencies: ["BlockStorage", "Diagnostics", "Models", "Retrieval", "Stages", "Tensors"],
        path: "Benchmarks/RetrievalBenchmark",
        swiftSettings: swiftSettings
    ),
]

/// Model files for tests, sound ones and damaged ones, and what damages them.
let modelFiles: [Target] = [
    .target(
        name: "ModelFiles",
        dependencies: ["Diagnostics", "Models", "Tensors", "Text"],
        path: "Tests/ModelFiles",
        swiftSettings: swiftSettings
    ),
    .executableTarget(
        name: "FormatFuzzer",
        dependencies: ["ModelFiles"],
        path: "Benchmarks/FormatFuzzer",
        swiftSettings: swiftSettings
    ),
]

let testTargets: [Target] = [
    .target(name: "Loopback", path: "Tests/Loopback", swiftSettings: swiftSettings),
    tests("CKernels"),
    tests("Serialization"),
    tests("Tensors", ["CKernels"]),
    tests("Text", ["Diagnostics"], exclude: ["Fixtures"]),
    tests(
        "Models",
        ["CZlib", "Diagnostics", "ModelFiles", "Serialization", "Tensors", "Text"],
        exclude: ["Fixtures"]
    ),
    tests(
        "Ingestion",
        ["CZlib", "CZstd", "Diagnostics", "Serialization", "Text"],
        exclude: ["Fixtures"]
    ),
    tests("Chunking", ["CZlib", "Text"]),
    tests("Structure", ["CZlib", "Chunking", "Ingestion"]),
    tests("Memory", ["Serialization", "Tensors"], exclude: ["Fixtures"]),
    tests("BlockStorage", ["Diagnostics", "Serialization", "Tensors"]),
    tests(
        "Retrieval",
        ["BlockStorage", "Serialization", "Tensors", "Text"],
        exclude: ["Fixtures"]
    ),
    tests("Servers", ["Diagnostics", "Loopback"], exclude: ["Fixtures"]),
    tests(
        "Generation",
        ["Loopback", "Models", "Servers", "Tensors", "Text"],
        exclude: ["Fixtures"]
    ),
    tests("Dataflow", ["Diagnostics", "Serialization", "Tensors"]),
    tests("Pipelines", ["Dataflow", "Diagnostics", "Tensors"]),
    tests(
        "Stages",
        [
            "BlockStorage", "Dataflow", "Diagnostics", "Models", "Pipelines", "Retrieval",
            "Serialization", "Tensors",
        ]
    ),
    tests("riverrun", ["BlockStorage", "Loopback"]),
]

let package = Package(
    name: "riverrun",
    products: [
        .executable(name: "riverrun", targets: ["riverrun"]),
        .library(
            name: "RiverrunKit",
            targets: [
                "Diagnostics", "Serialization", "Tensors", "Text", "Models", "Ingestion",
                "Chunking",
                "Structure", "Memory", "BlockStorage", "Retrieval", "Servers", "Generation",
                "Dataflow", "Pipelines", "Stages",
            ]
        ),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.0.0"),
    ],
    targets: rooms + benchmarks + modelFiles + testTargets,
    swiftLanguageModes: [.v6]
)
