import Text

/// Reads a line of NDJSON as a document, or a line of a list of questions.
struct LineDocument {
    let path: String
    let number: Int
    let configuration: IngestionConfiguration

    /// The text of a line, and what it says of its document.
    func text(
        of line: [UInt8],
        into description: inout DocumentDescription
    ) throws(IngestionError) -> [UInt8] {
        try refuseInvalidBytes(in: line)
        let isObject = line.first { $0 > 0x20 } == UInt8(ascii: "{")
        if configuration.format == .questions, !isObject {
            description.id = String(decoding: line, as: UTF8.self)
            return line
        }
        let json = try parse(line)
        for member in json.members { try add(member, to: &description) }
        guard let text = json.string(configuration.textField) else {
            throw failure("the object has no text in `\(configuration.textField)`")
        }
        if configuration.format == .questions, json.member("id") == nil {
            description.id = String(decoding: text, as: UTF8.self)
        }
        return text
    }

    private func refuseInvalidBytes(in line: [UInt8]) throws(IngestionError) {
        guard configuration.invalidUTF8 == .refused else { return }
        // The line feed behind the line ends a character that is cut off.
        let invalid = (line + [0x0A]).withUnsafeBytes { UTF8Validation.firstInvalid(in: $0) }
        if let invalid { throw .invalidUTF8(path: "\(path):\(number)", offset: invalid) }
    }

    private func parse(_ line: [UInt8]) throws(IngestionError) -> JSONLine {
        do throws(JSONLine.Failure) {
            return try line.withUnsafeBufferPointer { bytes throws(JSONLine.Failure) in
                try JSONLine(bytes)
            }
        } catch {
            throw failure(error.reason, at: error.offset)
        }
    }

    private func add(
        _ member: JSONLine.Member,
        to description: inout DocumentDescription
    ) throws(IngestionError) {
        let value = String(decoding: member.value, as: UTF8.self)
        switch String(decoding: member.key, as: UTF8.self) {
        case configuration.textField: break
        case "id":
            if !member.isString, value == "null" { break }
            let isNumber = value.first.map { $0 == "-" || $0.isNumber } ?? false
            guard member.isString || isNumber else {
                throw failure("the `id` is neither a string nor a number", at: member.offset)
            }
            guard !value.isEmpty else { throw failure("the `id` is empty", at: member.offset) }
            description.id = value
        case "title" where member.isString: description.title = value.isEmpty ? nil : value
        case "uri" where member.isString: description.uri = value
        case let key: description.metadata.append(.init(key: key, value: value))
        }
    }

    private func failure(_ reason: String, at offset: Int = 0) -> IngestionError {
        .badLine(path: path, line: number, column: offset + 1, reason: reason)
    }
}
