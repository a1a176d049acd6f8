import CensusModel
import NIOCore
import SMTPProtocol

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

extension ConnectionLoss {
    /// What an error of the channel says of the connection.
    init(_ error: any Error) {
        if let error = error as? IOError {
            self.init(errno: error.errnoCode, description: "\(error)")
        } else if case .connectTimeout? = error as? ChannelError {
            self = .timedOut
        } else if error is ChannelError {
            // eof, alreadyClosed, ioOnClosedChannel …: the connection is gone without an error of its own.
            self = .closed
        } else {
            self = .local(EscapedText.escape("\(error)".utf8, limit: 256))
        }
    }

    /// What an `errno` says. Whatever is not known to come from the peer or the network is this machine's own fault: no
    /// descriptor (EMFILE), no memory, no free port (EADDRNOTAVAIL), a local firewall (EPERM, EACCES).
    init(errno code: CInt, description: String) {
        switch code {
        case ECONNREFUSED: self = .refused
        // EAFNOSUPPORT: this machine has no such address family, so there is no way to the host from here.
        case ENETUNREACH, EHOSTUNREACH, ENETDOWN, EHOSTDOWN, EAFNOSUPPORT: self = .unreachable
        case ETIMEDOUT: self = .timedOut
        case ECONNRESET, ECONNABORTED, ENETRESET: self = .reset
        // We wrote to a connection that the peer had closed.
        case EPIPE: self = .closed
        default: self = .local(EscapedText.escape(description.utf8, limit: 256))
        }
    }
}
