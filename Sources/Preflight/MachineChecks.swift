import CensusModel
import Foundation

/// Whether enough files can be open at once: a connection is a file.
enum DescriptorCheck {
    /// Files needed beside the connections of probes: databases, DNS, event loops, the program itself.
    static let overhead: UInt64 = 128

    static func judge(_ limit: DescriptorLimit, concurrency: Int) -> CheckResult {
        let name = "file descriptors"
        let needed = UInt64(max(0, concurrency)) + overhead
        let why =
            "Each probe in flight holds a descriptor. When they run out, probes fail through no fault of the mail host."
        if limit.soft >= needed {
            return CheckResult(
                name: name, status: .ok, found: "\(text(limit.soft)) allowed, \(needed) needed.", why: why, remedy: "")
        }
        if limit.hard >= needed {
            return CheckResult(
                name: name, status: .ok,
                found: "\(text(limit.soft)) allowed; a scan raises that to \(text(limit.hard)), \(needed) needed.",
                why: why,
                remedy: "")
        }
        let possible = limit.hard > overhead ? limit.hard - overhead : 1
        return CheckResult(
            name: name, status: .problem, found: "At most \(text(limit.hard)) allowed, \(needed) needed.", why: why,
            remedy: """
                Scan with --concurrency \(possible), or raise the hard limit (ulimit -Hn as root, LimitNOFILE= in a \
                systemd unit, --ulimit nofile= for a container).
                """)
    }

    /// RLIM_INFINITY has different values on different systems; all are beyond any real table.
    private static func text(_ value: UInt64) -> String { value > 1 << 40 ? "any number" : "\(value)" }
}

/// Whether certificates are judged at the right time.
enum ClockCheck {
    /// 2025-01-01 and 2100-01-01 in UTC: before this program was written, and after it is still used.
    static let plausible: Range<Double> = 1_735_689_600..<4_102_444_800

    static func judge(_ reading: ClockReading) -> CheckResult {
        let why = "Certificates are judged by date. A wrong clock makes good ones look expired or not yet valid."
        let remedy = "Turn time synchronisation on, for example with systemd-timesyncd or chrony, and set the clock."
        let seconds = reading.now.timeIntervalSince1970
        guard plausible.contains(seconds) else {
            return CheckResult(
                name: "clock", status: .problem, found: "\(utc(reading.now)), which cannot be.", why: why,
                remedy: remedy)
        }
        switch reading.synchronised {
        case true?:
            var found = "\(utc(reading.now)), synchronised by NTP as the kernel says"
            if let error = reading.maximumErrorMicroseconds { found += " (error at most \(error / 1000) ms)" }
            return CheckResult(name: "clock", status: .ok, found: found + ".", why: why, remedy: "")
        case false?:
            return CheckResult(
                name: "clock", status: .warning,
                found:
                    "\(utc(reading.now)). The date is plausible; the kernel says that nothing synchronises the clock.",
                why: why, remedy: remedy)
        case nil:
            return CheckResult(
                name: "clock", status: .warning,
                found:
                    "\(utc(reading.now)). The date is plausible; the kernel does not say whether it is synchronised.",
                why: why, remedy: remedy)
        }
    }

    private static func utc(_ date: Date) -> String {
        date.formatted(.iso8601)
    }
}

/// Whether there are authorities to trust.
enum TrustStoreCheck {
    static func judge(_ facts: TrustStoreFacts) -> CheckResult {
        let why = "Without the public authorities every certificate counts as signed by an unknown one."
        let remedy =
            "Install the system's authorities (Debian: apt install ca-certificates), or name a file with --trust-file."
        switch facts {
        case .loaded(let roots, let origin) where roots > 0:
            return CheckResult(
                name: "trust store", status: .ok, found: "\(roots) \(roots == 1 ? "root" : "roots") from \(origin).",
                why: why,
                remedy: "")
        case .loaded(_, let origin):
            return CheckResult(
                name: "trust store", status: .problem, found: "No root in \(origin).", why: why, remedy: remedy)
        case .failed(let reason):
            return CheckResult(name: "trust store", status: .problem, found: reason, why: why, remedy: remedy)
        }
    }
}

/// Whether results can be stored.
enum PostgresCheck {
    static func judge(_ facts: PostgresFacts) -> CheckResult {
        let why =
            "All results are kept in PostgreSQL. Without a server of your own, mxcensus starts one from these binaries."
        switch facts {
        case .found(let version, let directory):
            return CheckResult(
                name: "PostgreSQL", status: .ok, found: "Version \(version) in \(directory).", why: why, remedy: "")
        case .external(let server):
            return CheckResult(
                name: "PostgreSQL", status: .ok, found: "The server \(server) is used.", why: why, remedy: "")
        case .missing(let reason):
            return CheckResult(
                name: "PostgreSQL", status: .problem, found: reason, why: why,
                remedy: "Install the server (Debian: apt install postgresql), or name a database with --database.")
        }
    }
}
