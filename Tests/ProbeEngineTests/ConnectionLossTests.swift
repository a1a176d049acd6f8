import Foundation
import NIOCore
import SMTPProtocol
import Testing

@testable import ProbeEngine

@Suite("What the kernel's errors mean")
struct ConnectionLossTests {
    @Test(
        "The peer's and the network's errors have names",
        arguments: [
            (ECONNREFUSED, .refused), (ENETUNREACH, .unreachable), (EHOSTUNREACH, .unreachable),
            (EAFNOSUPPORT, .unreachable), (ETIMEDOUT, .timedOut), (ECONNRESET, .reset), (EPIPE, .closed),
        ] as [(CInt, ConnectionLoss)])
    func remote(code: CInt, loss: ConnectionLoss) {
        #expect(ConnectionLoss(IOError(errnoCode: code, reason: "connect")) == loss)
    }

    @Test(
        "All others are this machine's own", arguments: [EMFILE, ENFILE, ENOMEM, ENOBUFS, EADDRNOTAVAIL, EPERM, EACCES])
    func local(code: CInt) {
        guard case .local = ConnectionLoss(IOError(errnoCode: code, reason: "socket")) else {
            Issue.record("errno \(code) was not counted as local")
            return
        }
    }
}
