internal import Foundation
internal import Synchronization

/// A server on loopback that does what a test says, once for each connection.
package final class LoopbackServer: Sendable {
    /// What is done with a connection when its request has been read.
    package enum Action: Sendable {
        /// Sends text as it is.
        case send(String)
        /// Sends text until the other side goes.
        case sendForever(String)
        /// Waits until the other side goes.
        case hang
        /// Ends the connection without saying so.
        case reset
    }

    private let port: UInt16
    private let listener: Int32
    private let connections: Connections
    private let done = DispatchSemaphore(value: 0)

    /// Listens on a port of the system's choice; connections get a script each, all later ones the last.
    ///
    /// - Parameters:
    ///   - scripts: What is done with each connection.
    ///   - readsRequests: False for a server that never understands what comes.
    /// - Throws: If there is no port.
    package init(_ scripts: [Action]..., readsRequests: Bool = true) throws {
        connections = Connections(scripts)
        (listener, port) = try Self.listen()
        Thread { [connections, listener, done] in
            connections.serve(listener, readsRequests)
            done.signal()
        }.start()
    }

    deinit {
        shutdown(listener, Int32(SHUT_RDWR))
        done.wait()
        close(listener)
    }

    /// The address of the server.
    package var url: String { "http://127.0.0.1:\(port)/v1" }

    /// The requests that came, heads and bodies.
    package var requests: [String] { connections.requests }

    /// An address at which nobody listens.
    package static func deadURL() throws -> String {
        let (listener, port) = try listen()
        close(listener)
        return "http://127.0.0.1:\(port)/v1"
    }

    private static func listen() throws -> (Int32, UInt16) {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutableBytes(of: &address) { bytes -> Int32 in
            guard let base = bytes.baseAddress else { return -1 }
            let generic = base.assumingMemoryBound(to: sockaddr.self)
            guard bind(listener, generic, length) == 0, Glibc.listen(listener, 16) == 0 else {
                return -1
            }
            return getsockname(listener, generic, &length)
        }
        guard result == 0 else { throw POSIXError(.EADDRNOTAVAIL) }
        return (listener, UInt16(bigEndian: address.sin_port))
    }
}

/// What the connections of a server are given, and what they sent.
private final class Connections: Sendable {
    private struct State {
        var scripts: [[LoopbackServer.Action]]
        var requests: [String] = []
    }

    private let state: Mutex<State>

    init(_ scripts: [[LoopbackServer.Action]]) {
        state = Mutex(State(scripts: scripts))
    }

    var requests: [String] { state.withLock { $0.requests } }

    func serve(_ listener: Int32, _ readsRequests: Bool) {
        while case let connection = accept(listener, nil, nil), connection >= 0 {
            if readsRequests { read(connection) }
            let script = state.withLock { state in
                state.scripts.count > 1 ? state.scripts.removeFirst() : state.scripts[0]
            }
            for action in script { perform(action, connection) }
            shutdown(connection, Int32(SHUT_WR))
            close(connection)
        }
    }

    private func read(_ connection: Int32) {
        var text = ""
        while !isWhole(text), let more = receive(connection) { text += more }
        state.withLock { $0.requests.append(text) }
    }

    private func isWhole(_ request: String) -> Bool {
        guard let end = request.range(of: "\r\n\r\n") else { return false }
        let head = request[..<end.lowerBound].lowercased()
        guard let key = head.range(of: "content-length: ") else { return true }
        let count = Int(head[key.upperBound...].prefix { $0.isNumber }) ?? 0
        return request[end.upperBound...].utf8.count >= count
    }

    private func receive(_ connection: Int32) -> String? {
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = recv(connection, &bytes, bytes.count, 0)
        return count > 0 ? String(decoding: bytes[..<count], as: UTF8.self) : nil
    }

    private func perform(_ action: LoopbackServer.Action, _ connection: Int32) {
        switch action {
        case .send(let text): _ = send(text, connection)
        case .sendForever(let text): while send(text, connection) {}
        case .hang: while receive(connection) != nil {}
        case .reset:
            var linger = linger(l_onoff: 1, l_linger: 0)
            let size = socklen_t(MemoryLayout.size(ofValue: linger))
            setsockopt(connection, SOL_SOCKET, SO_LINGER, &linger, size)
        }
    }

    private func send(_ text: String, _ connection: Int32) -> Bool {
        let bytes = Array(text.utf8)
        return Glibc.send(connection, bytes, bytes.count, Int32(MSG_NOSIGNAL)) > 0
    }
}

extension LoopbackServer.Action {
    /// The head of an answer that ends with its connection.
    package static func head(
        _ status: String = "200 OK",
        type: String? = "text/event-stream",
        more: String = ""
    ) -> Self {
        let type = type.map { "Content-Type: \($0)\r\n" } ?? ""
        return .send("HTTP/1.1 \(status)\r\n\(type)\(more)Connection: close\r\n\r\n")
    }

    /// An event with some text of the model's.
    package static func word(_ text: String) -> Self {
        .send(#"data: {"choices":[{"index":0,"delta":{"content":"\#(text)"}}]}"# + "\n\n")
    }

    /// The events that end an answer.
    package static func end(_ reason: String = "stop") -> Self {
        .send(
            #"data: {"choices":[{"index":0,"delta":{},"finish_reason":"\#(reason)"}]}"#
                + "\n\ndata: [DONE]\n\n"
        )
    }
}
