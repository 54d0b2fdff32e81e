package import Foundation

/// When a server that cannot answer is asked again: each wait is twice as long as the one before, a
/// random half of it is left out, and what the server asks for holds instead.
///
/// - Source: Brooker 2015, "Exponential backoff and jitter", equal jitter.
public struct RetrySchedule: Sendable, Equatable {
    /// How often it is tried again.
    public var count: Int
    /// The first wait.
    public var firstWait: Duration
    /// The longest wait.
    public var longestWait: Duration

    /// A schedule.
    public init(
        count: Int = 4,
        firstWait: Duration = .milliseconds(500),
        longestWait: Duration = .seconds(30)
    ) {
        self.count = count
        self.firstWait = firstWait
        self.longestWait = longestWait
    }

    /// How long to wait before a retry.
    ///
    /// - Parameters:
    ///   - number: Which retry, from 0.
    ///   - asked: What the server asked for.
    ///   - share: A random number from 0 to 1.
    /// - Returns: The wait, or nil if it is not tried again.
    package func wait(beforeRetry number: Int, asked: Duration?, share: Double) -> Duration? {
        guard number < count else { return nil }
        if let asked { return asked }
        let wait = min(firstWait * (1 << min(number, 20)), longestWait)
        return wait / 2 + wait / 2 * share
    }

    /// The wait that a `Retry-After` header asks for: seconds, or a date.
    package static func wait(retryAfter value: String, now: Date) -> Duration? {
        if let seconds = Double(value) {
            return seconds.isFinite && seconds >= 0 ? .seconds(min(seconds, 1e9)) : nil
        }
        let format = DateFormatter()
        format.locale = Locale(identifier: "en_US_POSIX")
        format.timeZone = TimeZone(identifier: "GMT")
        format.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
        guard let date = format.date(from: value) else { return nil }
        return .seconds(max(date.timeIntervalSince(now), 0))
    }
}
