// swift-tools-version: 6.1
import PackageDescription

/// Short programs that use Riverrun's rooms from outside: `swift run --package-path Examples NAME`.
let examples = ["Answer", "Chain", "Digest", "Flow", "Library", "Remember", "Sentences", "Vectors"]

let package = Package(
    name: "Examples",
    dependencies: [.package(name: "riverrun", path: "..")],
    targets: examples.map { name in
        .executableTarget(
            name: name,
            dependencies: [.product(name: "RiverrunKit", package: "riverrun")],
            path: "Sources/\(name)"
        )
    },
    swiftLanguageModes: [.v6]
)
