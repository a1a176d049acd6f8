import CensusModel
import Foundation

@testable import SMTPProtocol

/// A scripted dialogue with simulated time, read from a `.dialogue` file.
///
///     # comment
///     USE ehlo 5000          a deadline of ProbeTimeouts in ms: connect, greeting, command, handshake, total
///     USE chunks             bytes of one S or s line must arrive together (see `byteByByte` of the runner)
///     CONNECT                the connection stands; or: CONNECT refused|unreachable|timeout|reset|local TEXT
///     S: text                the server sends a line with CRLF; s: sends exactly the text.
///                            \r \n \\ \xNN and *N (the character before, N times) are understood
///     C: text                the probe must just have sent this line
///     TLS start              the probe must just have asked for the handshake, which begins
///     TLS at STEP            the newest message of the server is this (a code of HandshakeStep)
///     TLS up                 the handshake completes with one certificate
///     TLS fail CODE          the handshake fails (a code of HandshakeFailure: alert_40, not_tls …)
///     WAIT 2500              milliseconds pass; deadlines that are due fire at their time
///     CLOSE, RESET, CANCEL   the connection ends, or interest in it
///     FLOOD                  the peer has sent more bytes than any dialogue needs
///     END                    the probe must just have closed the connection
///     = key: value           expected in the observation at the end; every key not named must be empty or false
struct DialogueScript {
    enum Step: Equatable {
        case connect(ConnectionLoss?)
        case server([UInt8])
        case client(String)
        case tlsStart, tlsUp
        case tlsAt(HandshakeStep)
        case tlsFail(HandshakeFailure)
        case wait(Int)
        case close, reset, cancel, flood, end
    }

    struct Malformed: Error { let line: Int, text: String }

    var timeouts = ProbeTimeouts()
    var needsChunks = false
    var steps: [(line: Int, step: Step)] = []
    var expected: [String: String] = [:]

    init(_ text: String) throws {
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let words = line.split(separator: " ", maxSplits: 2).map(String.init)
            guard let first = words.first, !first.hasPrefix("#") else { continue }
            do {
                if first == "USE" {
                    try use(words)
                } else if first == "=" {
                    let pair = line.dropFirst(2).split(separator: ":", maxSplits: 1)
                    guard pair.count == 2 else { throw Malformed(line: index + 1, text: String(line)) }
                    expected[String(pair[0])] = pair[1].trimmingCharacters(in: .whitespaces)
                } else {
                    steps.append((index + 1, try Self.step(String(line), words)))
                }
            } catch is Unreadable {
                throw Malformed(line: index + 1, text: String(line))
            }
        }
    }

    private struct Unreadable: Error {}

    private mutating func use(_ words: [String]) throws {
        if words == ["USE", "chunks"] {
            needsChunks = true
            return
        }
        guard words.count == 3, let value = Int(words[2]) else { throw Unreadable() }
        switch words[1] {
        case "connect": timeouts.connect = value
        case "greeting": timeouts.greeting = value
        case "command": timeouts.command = value
        case "handshake": timeouts.handshake = value
        case "total": timeouts.total = value
        default: throw Unreadable()
        }
    }

    private static func step(_ line: String, _ words: [String]) throws -> Step {
        switch words[0] {
        case "S:": return .server(try bytes(line.dropFirst(3)) + Array("\r\n".utf8))
        case "s:": return .server(try bytes(line.dropFirst(3)))
        case "C:": return .client(String(line.dropFirst(3)))
        case "CONNECT": return .connect(try loss(words))
        case "TLS": return try tls(words)
        case "WAIT":
            guard words.count == 2, let time = Int(words[1]) else { throw Unreadable() }
            return .wait(time)
        case "CLOSE": return .close
        case "RESET": return .reset
        case "CANCEL": return .cancel
        case "FLOOD": return .flood
        case "END": return .end
        default: throw Unreadable()
        }
    }

    private static func loss(_ words: [String]) throws -> ConnectionLoss? {
        guard words.count > 1 else { return nil }
        switch words[1] {
        case "refused": return .refused
        case "unreachable": return .unreachable
        case "timeout": return .timedOut
        case "reset": return .reset
        case "local": return .local(words.last ?? "")
        default: throw Unreadable()
        }
    }

    private static func tls(_ words: [String]) throws -> Step {
        switch words.dropFirst().first {
        case "start": return .tlsStart
        case "up": return .tlsUp
        case "at":
            guard let step = words.last.flatMap(HandshakeStep.init(rawValue:)) else { throw Unreadable() }
            return .tlsAt(step)
        case "fail":
            let fixed: [HandshakeFailure] = [
                .noCommonVersion, .noCommonCipher, .weakDH, .notTLS, .malformed, .closed, .reset, .timeout,
                .clientCertificateRequired,
            ]
            guard let code = words.last else { throw Unreadable() }
            if code.hasPrefix("alert_"), let number = UInt8(code.dropFirst(6)) { return .tlsFail(.alert(number)) }
            guard let failure = fixed.first(where: { $0.code == code }) else { throw Unreadable() }
            return .tlsFail(failure)
        default: throw Unreadable()
        }
    }

    /// Undoes the escapes of the format.
    static func bytes(_ text: Substring) throws -> [UInt8] {
        var result: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "*"), let last = result.last {
                let digits = rest.prefix { (48...57).contains($0) }
                guard let count = Int(String(decoding: digits, as: UTF8.self)), count > 0 else { throw Unreadable() }
                rest.removeFirst(digits.count)
                result += Array(repeating: last, count: count - 1)
                continue
            }
            guard byte == UInt8(ascii: "\\") else {
                result.append(byte)
                continue
            }
            switch rest.popFirst() {
            case UInt8(ascii: "r"): result.append(13)
            case UInt8(ascii: "n"): result.append(10)
            case UInt8(ascii: "\\"): result.append(UInt8(ascii: "\\"))
            case UInt8(ascii: "x"):
                guard let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) else {
                    throw Unreadable()
                }
                rest.removeFirst(2)
                result.append(value)
            default: throw Unreadable()
            }
        }
        return result
    }
}
