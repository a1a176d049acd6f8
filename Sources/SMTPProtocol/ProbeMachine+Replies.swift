import CensusModel

extension ProbeMachine {
    /// Reads at most one reply: the peer has to wait for the next command, so whatever follows is unsolicited.
    mutating func read(_ bytes: Span<UInt8>, at now: Int) -> Action {
        var offset = 0
        let result = parser.parse(bytes, from: &offset)
        if parser.sawBareLineFeed { recorded.bareLineFeed = true }
        switch result {
        case .incomplete:
            return .wait
        case .malformed(let fault):
            return malformed(fault, at: now)
        case .reply(let reply):
            transcript.received(reply, at: now)
            let action = replied(reply, at: now)
            if offset < bytes.count { followed(by: bytes.extracting(offset...), at: now) }
            return action
        }
    }

    private mutating func replied(_ reply: SMTPReply, at now: Int) -> Action {
        switch state {
        case .clear(var dialogue):
            let decision = dialogue.replied(reply, into: &recorded)
            state = .clear(dialogue)
            return carryOut(decision, at: now)
        case .secure(let dialogue):
            let failure = dialogue.replied(reply, into: &recorded)
            return end(failure, Farewell(after: failure), at: now)
        case .leaving:
            return finish(at: now)
        case .idle, .connecting, .readyForTLS, .handshaking, .finished:
            return .wait
        }
    }

    private mutating func carryOut(_ decision: ClearDialogue.Decision, at now: Int) -> Action {
        switch decision {
        case .send(let command, let step):
            return send(command, step: step, at: now)
        case .startTLS:
            state = .readyForTLS
            clock.enter(.handshake, at: now)
            return .startTLS
        case .end(let failure):
            return end(failure, Farewell(after: failure), at: now)
        }
    }

    /// Bytes that came together with the reply, behind it.
    private mutating func followed(by bytes: Span<UInt8>, at now: Int) {
        switch state {
        case .readyForTLS:
            plaintextAfterGo(bytes, at: now)
        case .clear, .secure, .leaving:
            // They cannot answer a command that was not sent yet: dropped, or every later reply would be taken for another.
            transcript.note("dropped \(bytes.count) bytes that came unasked after the reply", at: now)
        case .idle, .connecting, .handshaking, .finished:
            break
        }
    }

    /// Bytes in the clear between the 220 and the handshake: recorded and dropped (RFC 3207 §4.2, CVE-2011-0411).
    mutating func plaintextAfterGo(_ bytes: Span<UInt8>, at now: Int) {
        plaintext.append(bytes)
        transcript.note("dropped \(bytes.count) bytes of plaintext after the 220", at: now)
    }

    private mutating func malformed(_ fault: ReplyFault, at now: Int) -> Action {
        if case .leaving = state { return finish(at: now) }
        transcript.note(fault.description, at: now)
        let failure: ProbeFailure
        if case .notAReply(line: 1, _) = fault, clock.step == .greeting {
            failure = .notSMTP
        } else {
            failure = .protocolError(clock.step)
        }
        return end(failure, Farewell(after: failure), at: now)
    }

    mutating func send(_ command: SMTPCommand, step: ProbeStep, at now: Int) -> Action {
        transcript.sent(command, at: now)
        clock.enter(step, at: now)
        return .send(command)
    }

    /// The result stands; what remains is the farewell.
    mutating func end(_ failure: ProbeFailure?, _ farewell: Farewell, at now: Int) -> Action {
        recorded.failure = failure
        transcript.received(unfinished: parser.unfinished, at: now)
        parser = ReplyParser()
        if let failure { transcript.note(failure.explanation, at: now) }
        switch farewell {
        case .politely:
            state = .leaving
            return send(.quit, step: .quit, at: now)
        case .inPassing:
            transcript.sent(.quit, at: now)
            _ = finish(at: now)
            return .sendAndFinish(.quit)
        case .silently:
            return finish(at: now)
        }
    }

    mutating func finish(at now: Int) -> Action {
        clock.stop(at: now)
        state = .finished
        return .finish
    }
}
