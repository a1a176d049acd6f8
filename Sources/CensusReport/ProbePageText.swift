import CensusModel

import struct Foundation.Date

/// The part of one address on the page of a probe.
struct ProbePageText {
    let page: ProbePage
    let entry: ProbePageEntry

    private var observation: ProbeObservation { entry.observation }
    private var verdict: ProbeVerdict { entry.verdict }

    func append(to lines: inout PageLines) {
        lines.blank()
        lines.heading(ProbePage.place(observation.target))
        lines.paragraph(Timestamp.text(observation.startedAt, milliseconds: true), .dim)
        dialogue(&lines)
        session(&lines)
        certificates(&lines)
        secondLook(&lines)
        findings(&lines)
        outcome(&lines)
    }

    // MARK: Dialogue

    private func dialogue(_ lines: inout PageLines) {
        lines.blank()
        lines.heading("Dialogue")
        let transcript = observation.transcript.isEmpty ? remembered : observation.transcript
        guard !transcript.isEmpty else { return lines.paragraph("Nothing was said.") }
        let timed = !observation.transcript.isEmpty
        let times = transcript.map { timed ? "\(NumberFormat.count(Int64($0.milliseconds))) ms" : "" }
        let column = times.map(\.count).max() ?? 0
        for (time, line) in zip(times, transcript) {
            let arrow =
                switch line.direction {
                case .sent: "→"
                case .received: "←"
                case .note: "·"
                }
            lines.item(TextLayout.padLeft(time, column) + "  " + arrow, line.text, column: column + 3)
        }
    }

    /// The replies, when no transcript was recorded.
    private var remembered: [TranscriptLine] {
        [observation.greeting, observation.ehlo, observation.starttls, observation.ehloUnderTLS].compactMap { reply in
            reply.map { TranscriptLine(direction: .received, text: $0.summary, milliseconds: 0) }
        }
    }

    // MARK: TLS

    private func session(_ lines: inout PageLines) {
        guard let tls = observation.tls else { return }
        lines.blank()
        lines.heading("TLS")
        lines.item("version", tls.version)
        lines.item("cipher", "\(tls.cipher), \(tls.cipherBits) bits")
        lines.item("key exchange", (tls.group ?? "without group") + (tls.forwardSecrecy ? "" : ", no forward secrecy"))
        if let bits = tls.dhBits { lines.item("DH key", "\(bits) bits") }
        lines.item("signed with", tls.signatureDigest ?? "")
        if let staple = tls.ocspStaple { lines.item("OCSP staple", "\(staple.count) bytes") }
        if tls.clientCertificateRequested { lines.item("client", "a certificate was requested; none was sent") }
    }

    private func certificates(_ lines: inout PageLines) {
        guard let evidence = entry.evidence, !evidence.certificates.isEmpty else { return }
        lines.blank()
        let count = Int64(evidence.certificates.count)
        lines.heading("Certificates: \(count), as sent")
        for (index, certificate) in evidence.certificates.enumerated() {
            if index > 0 { lines.blank() }
            guard let certificate else {
                lines.item("\(index + 1)", "cannot be read")
                continue
            }
            self.certificate(certificate, number: index + 1, &lines)
        }
        lines.blank()
        lines.item("path", evidence.verifyError.map { "not valid: \($0)" } ?? "valid")
    }

    private func certificate(_ facts: CertificateFacts, number: Int, _ lines: inout PageLines) {
        lines.item("\(number) subject", facts.subject.isEmpty ? "(empty)" : facts.subject)
        lines.item(
            "  issuer", (facts.issuer.isEmpty ? "(empty)" : facts.issuer) + (facts.isSelfSigned ? " (itself)" : ""))
        lines.item("  names", Self.names(facts.dnsNames))
        lines.item("  valid", "\(Self.date(facts.notBefore)) to \(Self.date(facts.notAfter))")
        lines.item("  serial", facts.serial)
        lines.item("  key", "\(facts.keyAlgorithm), \(facts.keyBits) bits")
        lines.item("  signature", facts.signatureAlgorithm)
        lines.item("  SHA-256", Self.hexadecimal(facts.fingerprint))
    }

    /// At most this many names are listed: a certificate can carry thousands.
    private static let namesShown = 20

    private static func names(_ names: [String]) -> String {
        guard names.count > namesShown else { return names.joined(separator: ", ") }
        let rest = NumberFormat.count(Int64(names.count - namesShown))
        return names.prefix(namesShown).joined(separator: ", ") + " and \(rest) more"
    }

    private static func date(_ date: Date?) -> String { date.map { Timestamp.text($0) } ?? "unreadable" }

    static func hexadecimal(_ bytes: [UInt8]) -> String {
        var result: [UInt8] = []
        for byte in bytes { JSONWriter.appendHex(byte, to: &result) }
        return String(decoding: result, as: UTF8.self)
    }

    private func secondLook(_ lines: inout PageLines) {
        guard let look = observation.secondLook else { return }
        lines.blank()
        lines.heading("Asked once more, without SNI")
        switch SecondLookResult(look, beside: observation.chain) {
        case .same: lines.paragraph("The same certificate.")
        case .other: lines.paragraph("Another certificate.")
        case .noCertificate: lines.paragraph("No certificate: the handshake ended before one came.")
        case .unseen: lines.paragraph("The host could not be looked at again: this says nothing.")
        }
        lines.item("ended by", look.failure?.code ?? "")
    }

    // MARK: Judgement

    private func findings(_ lines: inout PageLines) {
        guard !verdict.findings.isEmpty else { return }
        lines.blank()
        lines.heading("Findings")
        for finding in verdict.findings {
            let words = page.findingWords[finding.rawValue]
            let remarks = [words.map { _ in finding.rawValue } ?? "", words?.reference ?? ""].filter { !$0.isEmpty }
            lines.paragraph(page.label(finding) + (remarks.isEmpty ? "" : " (\(remarks.joined(separator: "; ")))"))
            if let words {
                lines.paragraph(words.explanation, indent: 4, .dim)
                if !words.remedy.isEmpty { lines.paragraph(words.remedy, indent: 4, .dim) }
            }
        }
    }

    private func outcome(_ lines: inout PageLines) {
        lines.blank()
        let face: TextStyle.Face = verdict.outcome == .trusted ? .green : verdict.conclusive ? .red : .yellow
        lines.heading("Outcome: \(page.label(verdict.outcome))", face)
        let words = page.words[verdict.outcome.rawValue]
        if let words { lines.paragraph(words.explanation) }
        lines.item("code", verdict.outcome.rawValue)
        if let reason = verdict.handshakeFailure { lines.item("reason", reason.code) }
        if let step = observation.handshakeStep, observation.tls == nil { lines.item("got as far as", step.rawValue) }
        if let error = verdict.error { lines.item("error", error) }
        lines.item("STARTTLS", verdict.starttls.map { $0 ? "offered" : "not offered" } ?? "could not be seen")
        if !verdict.conclusive {
            lines.item("conclusive", "no: this says nothing about how the host protects mail; try again later")
        }
        if let words {
            lines.item("what to do", words.remedy)
            lines.item("judged by", words.reference)
        }
    }
}
