import Logging

/// Log lines on standard error, beside the progress display.
enum Log {
    static func logger(_ label: String) -> Logger {
        var logger = Logger(label: "mxcensus.\(label)") { label in StreamLogHandler.standardError(label: label) }
        logger.logLevel = .warning
        return logger
    }
}
