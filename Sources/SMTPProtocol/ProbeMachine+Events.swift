import CensusModel

extension ProbeMachine {
    /// Begins the probe.
    public mutating func start(at now: Int) -> Action {
        guard case .idle = state else { return .wait }
        state = .connecting
        clock.enter(.connect, at: now)
        return .connect
    }

    /// The connection stands. Nothing is sent before the greeting is complete.
    public mutating func connected(at now: Int) -> Action {
        guard case .connecting = state else { return .wait }
        state = .clear(ClearDialogue(ehloName: ehloName))
        transcript.note("connected to \(recorded.target.address) port \(recorded.target.port)", at: now)
        clock.enter(.greeting, at: now)
        return .wait
    }

    /// Bytes of the dialogue: as they came before the handshake, decrypted after it.
    public mutating func received(_ bytes: Span<UInt8>, at now: Int) -> Action {
        switch state {
        case .clear, .secure, .leaving:
            return read(bytes, at: now)
        case .readyForTLS:
            plaintextAfterGo(bytes, at: now)
            return .wait
        case .idle, .connecting, .handshaking, .finished:
            return .wait
        }
    }

    /// The client's first flight is about to be sent: from here on all bytes belong to the TLS layer.
    public mutating func handshakeStarted(at now: Int) {
        guard case .readyForTLS = state else { return }
        state = .handshaking
        parser = ReplyParser()
        recorded.handshakeStep = .clientHello
    }

    /// The newest handshake message of the server is this.
    public mutating func handshakeReached(_ step: HandshakeStep) {
        if recorded.handshakeStep != nil { recorded.handshakeStep = step }
    }

    /// The handshake is complete on our side.
    public mutating func tlsEstablished(_ parameters: TLSParameters, chain: [[UInt8]], at now: Int) -> Action {
        guard case .handshaking = state else { return .wait }
        recorded.tls = parameters
        recorded.chain = chain
        let certificates = chain.count == 1 ? "1 certificate" : "\(chain.count) certificates"
        transcript.note("\(parameters.version) \(parameters.cipher), \(certificates)", at: now)
        state = .secure(SecureDialogue())
        return send(.ehlo(ehloName), step: .ehloUnderTLS, at: now)
    }

    /// The handshake, or the session after it, failed in the TLS layer. `chain` as far as it was received.
    public mutating func tlsFailed(_ failure: HandshakeFailure, chain: [[UInt8]], at now: Int) -> Action {
        switch state {
        case .handshaking:
            recorded.chain = chain
            return end(.handshake(failure), .silently, at: now)
        case .secure(let dialogue):
            return end(dialogue.tlsFailed(failure), .silently, at: now)
        case .leaving:
            return finish(at: now)
        case .idle, .connecting, .clear, .readyForTLS, .finished:
            return .wait
        }
    }

    /// There is no connection, or none any more.
    public mutating func connectionLost(_ loss: ConnectionLoss, at now: Int) -> Action {
        abort(loss.failure(at: clock.step), at: now)
    }

    /// `deadline` has passed.
    public mutating func deadlineReached(at now: Int) -> Action {
        let failure: ProbeFailure = clock.step == .handshake ? .handshake(.timeout) : .timeout(clock.step)
        switch state {
        case .connecting, .clear, .readyForTLS, .handshaking, .secure:
            return end(failure, Farewell(after: failure), at: now)
        case .leaving:
            return finish(at: now)
        case .idle, .finished:
            return .wait
        }
    }

    /// Nobody wants the result any more.
    public mutating func cancelled(at now: Int) -> Action { abort(.local("cancelled"), at: now) }

    /// The peer sent more bytes than any dialogue needs.
    public mutating func byteLimitReached(at now: Int) -> Action {
        abort(clock.step == .handshake ? .handshake(.malformed) : .protocolError(clock.step), at: now)
    }

    /// Ends without farewell; once QUIT was sent the result stands.
    private mutating func abort(_ failure: ProbeFailure, at now: Int) -> Action {
        switch state {
        case .idle, .connecting, .clear, .readyForTLS, .handshaking, .secure:
            return end(failure, .silently, at: now)
        case .leaving:
            return finish(at: now)
        case .finished:
            return .wait
        }
    }
}
