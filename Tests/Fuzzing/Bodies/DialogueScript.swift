import CensusModel
import SMTPProtocol

/// One event of a dialogue, as an input spells it: bytes stand for themselves as what the server sends; the byte FF and
/// a letter are another event, in front of which a portion of bytes ends.
///
///     FF c   connected                FF u N   TLS is established with N % 4 certificates
///     FF s   the handshake begins     FF f N   TLS failed for reason N
///     FF d   the deadline passes      FF l N   the connection is lost for reason N
///     FF w N N × 500 ms pass          FF x     cancelled
///     FF b   a portion ends           FF m     too many bytes
///     FF * N the byte before, N × 32 times more
enum DialogueEvent {
    case bytes([UInt8])
    case connected, handshakeStarted, deadline, cancelled, tooManyBytes
    case established(certificates: Int)
    case tlsFailed(HandshakeFailure)
    case lost(ConnectionLoss)
    case wait(milliseconds: Int)

    static func events(of input: [UInt8]) -> [DialogueEvent] {
        var result: [DialogueEvent] = []
        var portion: [UInt8] = []
        var rest = input[...]
        while let byte = rest.popFirst() {
            guard byte == 0xff, let letter = rest.popFirst() else {
                portion.append(byte)
                continue
            }
            if letter == UInt8(ascii: "*") {
                let count = Int(rest.popFirst() ?? 0) * 32
                if let last = portion.last { portion += Array(repeating: last, count: count) }
                continue
            }
            if !portion.isEmpty { result.append(.bytes(portion)) }
            portion = []
            if let event = event(letter, &rest) { result.append(event) }
        }
        if !portion.isEmpty { result.append(.bytes(portion)) }
        return result
    }

    private static func event(_ letter: UInt8, _ rest: inout ArraySlice<UInt8>) -> DialogueEvent? {
        switch letter {
        case UInt8(ascii: "c"): .connected
        case UInt8(ascii: "s"): .handshakeStarted
        case UInt8(ascii: "d"): .deadline
        case UInt8(ascii: "x"): .cancelled
        case UInt8(ascii: "m"): .tooManyBytes
        case UInt8(ascii: "w"): .wait(milliseconds: Int(rest.popFirst() ?? 0) * 500)
        case UInt8(ascii: "u"): .established(certificates: Int(rest.popFirst() ?? 0) % 4)
        case UInt8(ascii: "f"): .tlsFailed(failures[Int(rest.popFirst() ?? 0) % failures.count])
        case UInt8(ascii: "l"): .lost(losses[Int(rest.popFirst() ?? 0) % losses.count])
        default: nil
        }
    }

    private static let failures: [HandshakeFailure] = [
        .alert(40), .alert(116), .noCommonVersion, .noCommonCipher, .weakDH, .notTLS, .malformed, .closed, .reset,
        .timeout, .clientCertificateRequired, .other("bad luck"),
    ]
    private static let losses: [ConnectionLoss] = [
        .closed, .reset, .refused, .unreachable, .timedOut, .local("no descriptor"),
    ]
}
