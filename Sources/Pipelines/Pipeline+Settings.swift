private import Foundation

extension Pipeline {
    /// The pipeline with settings given outside its file, each `STAGE.KEY=VALUE`.
    ///
    /// - Throws: `PipelineError.badSetting` for one that does not fit.
    public func applying(_ settings: [String]) throws(PipelineError) -> Pipeline {
        var copy = self
        for setting in settings { try copy.apply(setting) }
        return copy
    }

    private mutating func apply(_ setting: String) throws(PipelineError) {
        let halves = setting.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let names = halves[0].split(separator: ".", maxSplits: 1)
        guard halves.count == 2, names.count == 2 else {
            throw .badSetting(setting: setting, reason: "this is not a setting")
        }
        let stage = String(names[0])
        guard let index = items.firstIndex(where: { $0.spec.name == stage }) else {
            throw .noSuchStage(name: stage, present: items.map(\.spec.name))
        }
        let spec = items[index].spec
        guard let field = spec.fields.first(where: { $0.name == names[1] }) else {
            let keys = spec.fields.map(\.name).joined(separator: ", ")
            let reason = "`\(stage)` has no key `\(names[1])`, it has \(keys)"
            throw .badSetting(setting: setting, reason: reason)
        }
        guard let value = field.kind.value(of: String(halves[1])) else {
            throw .badSetting(setting: setting, reason: "it takes \(field.kind.demand)")
        }
        if let problem = field.kind.problem(with: value) {
            throw .badSetting(setting: setting, reason: "\(problem), it takes \(field.kind.demand)")
        }
        items[index].settings.set(field.name, value)
    }
}

extension PipelineReader {
    /// Reads a pipeline file.
    public func pipeline(atPath path: String) throws(PipelineError) -> Pipeline {
        let data: Data
        do {
            let file = try FileHandle(forReadingFrom: URL(filePath: path))
            // One byte more than there may be: a file of any size is refused soon.
            data = try file.read(upToCount: Self.maximumBytes + 1) ?? Data()
        } catch {
            throw .unreadable(path: path, reason: PipelineReader.reason(of: error))
        }
        guard data.count <= Self.maximumBytes else {
            throw .unreadable(path: path, reason: "it has more than 1 MiB")
        }
        guard let yaml = String(validating: data, as: UTF8.self) else {
            throw .unreadable(path: path, reason: "it is not UTF-8")
        }
        return try pipeline(from: yaml, file: path)
    }

    /// What the operating system says, without the path that is told anyway.
    private static func reason(of error: any Error) -> String {
        let underlying = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError
        guard let code = underlying?.code else { return error.localizedDescription }
        return String(cString: strerror(Int32(code))).lowercased()
    }
}
