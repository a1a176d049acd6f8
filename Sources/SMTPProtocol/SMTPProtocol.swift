// SMTPProtocol: the client's side of one probe as pure values: events in, actions out.
//
// Owns: parsing of replies and EHLO keywords, the order of the dialogue, which deadline applies at which step, what a
// closing, a reset or a time-out means at each step, and the observation that results.
// Must not know: sockets, TLS libraries, event loops, clocks. Time comes in with each event, in milliseconds since the
// probe began.
// Concurrency: everything is a Sendable value; whoever runs a machine feeds it one event after another.
// Entry types: `ProbeMachine`, `ReplyParser`, `EHLOKeywords`.

/// A command that the probe sends (RFC 5321 §4.1, RFC 3207 §4).
public enum SMTPCommand: Hashable, Sendable {
    case ehlo(String)
    case helo(String)
    case starttls
    case quit

    /// The command without its line end.
    public var line: String {
        switch self {
        case .ehlo(let name): "EHLO \(name)"
        case .helo(let name): "HELO \(name)"
        case .starttls: "STARTTLS"
        case .quit: "QUIT"
        }
    }
}
