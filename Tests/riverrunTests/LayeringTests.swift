import Foundation
import Testing

/// Holds every import to the dependencies that the manifest declares, in both directions.
///
/// The package manager builds a target that imports a sibling which it did not declare, so the
/// order of the rooms is only kept by this test.
@Suite struct LayeringTests {
    private struct Manifest: Decodable {
        struct Target: Decodable {
            let name: String
            let type: String
            let dependencies: [Dependency]
        }
        struct Dependency: Decodable {
            let byName: [String?]?
            let product: [ProductField]?
            var name: String? {
                if let byName { return byName.first ?? nil }
                guard case .name(let name)? = product?.first else { return nil }
                return name
            }
        }
        enum ProductField: Decodable {
            case name(String)
            case other
            init(from decoder: any Decoder) throws {
                let container = try decoder.singleValueContainer()
                self = (try? container.decode(String.self)).map(Self.name) ?? .other
            }
        }
        let targets: [Target]
    }

    private static let root = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    private static func manifest() throws -> Manifest {
        // A scratch folder of its own: the running `swift test` keeps the package's own locked.
        let scratch = try Scratch()
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [
            "swift", "package", "--package-path", root.path(),
            "--scratch-path", scratch.folder.path(), "dump-package",
        ]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return try JSONDecoder().decode(Manifest.self, from: data)
    }

    /// The modules that a folder's Swift files import.
    private static func imports(of folder: URL) throws -> Set<String> {
        let import_ = /^\s*(?:@\w+ )*(?:(?:public|package|internal|private) )?import (?:\w+ )?(\w+)/
            .anchorsMatchLineEndings()
        var modules: Set<String> = []
        let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
        while let file = files?.nextObject() as? URL {
            guard file.pathExtension == "swift" else { continue }
            let text = try String(contentsOf: file, encoding: .utf8)
            for match in text.matches(of: import_) { modules.insert(String(match.1)) }
        }
        return modules
    }

    @Test func everyImportIsDeclaredAndEveryDeclarationIsImported() throws {
        let targets = try Self.manifest().targets
        let inner = Set(targets.map(\.name)).union(["ArgumentParser", "Yams"])
        try #require(targets.count > 20)
        for target in targets where target.type != "system-target" {
            let areas = target.type == "test" ? ["Tests"] : ["Sources", "Benchmarks", "Tests"]
            let folder = try #require(
                areas.lazy.map { Self.root.appending(path: "\($0)/\(target.name)") }
                    .first { FileManager.default.fileExists(atPath: $0.path()) }
            )
            let used = try Self.imports(of: folder).intersection(inner)
            let declared = Set(target.dependencies.compactMap(\.name))
            let excused: Set<String> = target.type == "test" ? ["riverrun"] : []
            #expect(
                used.subtracting(declared) == [],
                "\(target.name) imports what it does not declare"
            )
            #expect(
                declared.subtracting(used).subtracting(excused) == [],
                "\(target.name) declares what it does not import"
            )
        }
    }

    @Test func roomsImportOnlyRoomsBelowThem() throws {
        let targets = try Self.manifest().targets.filter { $0.type != "test" }
        var below: Set<String> = ["ArgumentParser", "Yams"]
        for target in targets {
            let names = Set(target.dependencies.compactMap(\.name))
            #expect(names.subtracting(below) == [], "\(target.name) imports a room above it")
            below.insert(target.name)
        }
    }
}
