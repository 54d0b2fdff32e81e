import Foundation
import Testing

/// Holds the examples to the public interface: they are compiled as another package would be.
@Suite struct ExamplesTests {
    private static let folder = Binary.root.appending(path: "Examples/Sources")
    private static let names = try? FileManager.default.contentsOfDirectory(atPath: folder.path())

    /// Checks a program's types against the modules that were built, and gives the complaints.
    private func complaints(about source: URL) throws -> String {
        let build = Binary.executable.deletingLastPathComponent()
        var arguments = ["-typecheck", "-swift-version", "6", "-I", build.path() + "Modules"]
        for library in ["CKernels", "CTransfer"] {
            let map = build.appending(path: "\(library).build/module.modulemap").path()
            arguments += ["-Xcc", "-fmodule-map-file=\(map)"]
        }
        for library in ["CLMDB", "CZstd", "CZlib", "CStemmer", "CXXHash"] {
            arguments += ["-I", Binary.root.appending(path: "Sources/\(library)").path()]
        }
        let yaml = build.appending(path: "../../checkouts/Yams/Sources/CYaml/include")
        arguments += ["-I", yaml.path()]
        arguments.append(source.path())
        let quoted = arguments.map { "'\($0)'" }.joined(separator: " ")
        let result = try Binary.shell("swiftc \(quoted)")
        return result.status == 0 ? "" : result.errors
    }

    @Test(arguments: names ?? [])
    func anExampleCompilesAgainstThePublicInterface(name: String) throws {
        let source = Self.folder.appending(path: "\(name)/main.swift")
        #expect(try complaints(about: source) == "")
    }

    @Test func thereIsAnExampleOfEachRoomThatIsACapability() throws {
        let names = try #require(Self.names)
        var imported: Set<String> = []
        for name in names {
            let source = Self.folder.appending(path: "\(name)/main.swift")
            let text = try String(contentsOf: source, encoding: .utf8)
            for match in text.matches(of: /import (\w+)/) { imported.insert(String(match.1)) }
        }
        let rooms: Set<String> = [
            "BlockStorage", "Chunking", "Dataflow", "Generation", "Ingestion", "Memory", "Models",
            "Pipelines", "Retrieval", "Servers", "Stages", "Structure", "Tensors",
        ]
        #expect(rooms.subtracting(imported) == [])
    }

    @Test func whatIsNotPublicIsNotSeen() throws {
        let scratch = try Scratch()
        let source = scratch.file("main.swift", "import Tensors\nlet kernels = Kernels.best\n")
        #expect(try complaints(about: source).contains("Kernels"))
    }
}
