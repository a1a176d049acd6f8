import Logging

/// Log lines on standard error, beside the progress display.
enum Log {
    /// - Parameter level: of a service; commands that people watch only show what is wrong.
    static func logger(_ label: String, level: Logger.Level = .warning) -> Logger {
        var logger = Logger(label: "mxcensus.\(label)") { label in StreamLogHandler.standardError(label: label) }
        logger.logLevel = level
        return logger
    }
}
