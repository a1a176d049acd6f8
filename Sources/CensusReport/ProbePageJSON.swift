import CensusModel

import struct Foundation.Date

/// The page of a probe as one JSON document.
///
/// Stable keys: `asked`, `notes`, `probes`. A probe has `host` (null for an IP literal), `address`, `port`, `started_at`,
/// `outcome`, `label`, `explanation`, `remedy`, `rfc8460`, `reference`, `handshake_failure`, `conclusive`, `starttls`,
/// `verified`, `error`, `findings` (each `code`, `label`, `explanation`, `remedy`, `rfc8460`, `reference`), `greeting`, `ehlo`, `starttls_reply`, `ehlo_under_tls` (each `code`, `lines`, or
/// null), `masked_keyword`, `plaintext_after_starttls`, `tls` (`version`, `cipher`, `cipher_bits`, `group`,
/// `dh_bits`, `signature_digest`, `forward_secrecy`, `client_certificate_requested`, `ocsp_staple_bytes`, or null),
/// `handshake_step`, `second_look` (null, or `result`: `same`, `other`, `no_certificate`, `unseen`; and `failure`),
/// `verify_error`, `certificates` (each
/// null when unreadable, or `subject`, `issuer`, `names`, `common_name`, `not_before`, `not_after`, `serial`,
/// `key_algorithm`, `key_bits`, `signature_algorithm`, `self_signed`, `ca`, `must_staple`, `fingerprint`), `transcript`
/// (each `ms`, `direction`: `sent`, `received` or `note`, `text`) and `durations_ms`.
extension ProbePage {
    /// The same as JSON; ends with a line end.
    public func json() -> String {
        var json = JSONWriter()
        json.object { json in
            json.key("asked")
            json.string(asked)
            json.key("notes")
            json.array(notes) { $0.string($1) }
            json.key("probes")
            json.array(entries) { json, entry in json.object { probe(entry, &$0) } }
        }
        return String(decoding: json.bytes, as: UTF8.self) + "\n"
    }

    private func probe(_ entry: ProbePageEntry, _ json: inout JSONWriter) {
        let observation = entry.observation
        json.key("host")
        json.string(observation.target.host?.text)
        json.key("address")
        json.string(observation.target.address.description)
        json.key("port")
        json.number(observation.target.port)
        json.key("started_at")
        json.string(Timestamp.text(observation.startedAt, milliseconds: true))
        judgement(entry.verdict, &json)
        dialogue(observation, &json)
        json.key("tls")
        if let tls = observation.tls { session(tls, &json) } else { json.null() }
        json.key("handshake_step")
        json.string(observation.handshakeStep?.rawValue)
        json.key("second_look")
        secondLook(observation, &json)
        json.key("verify_error")
        json.string(entry.evidence?.verifyError)
        json.key("certificates")
        json.array(entry.evidence?.certificates ?? []) { json, facts in
            if let facts { certificate(facts, &json) } else { json.null() }
        }
        json.key("transcript")
        json.array(observation.transcript) { transcriptLine($1, &$0) }
        json.key("durations_ms")
        RowEncoder.durations(observation.durations, &json)
    }

    private func judgement(_ verdict: ProbeVerdict, _ json: inout JSONWriter) {
        json.key("outcome")
        json.string(verdict.outcome.rawValue)
        wording(label(verdict.outcome), words[verdict.outcome.rawValue], &json)
        json.key("handshake_failure")
        json.string(verdict.handshakeFailure?.code)
        json.key("conclusive")
        json.bool(verdict.conclusive)
        json.key("starttls")
        json.bool(verdict.starttls)
        json.key("verified")
        json.bool(verdict.verified)
        json.key("error")
        json.string(verdict.error)
        json.key("findings")
        json.array(verdict.findings) { json, finding in
            json.object { json in
                json.key("code")
                json.string(finding.rawValue)
                wording(label(finding), findingWords[finding.rawValue], &json)
            }
        }
    }

    private func wording(_ label: String, _ words: OutcomeWords?, _ json: inout JSONWriter) {
        json.key("label")
        json.string(label)
        json.key("explanation")
        json.string(words?.explanation)
        json.key("remedy")
        json.string(words?.remedy)
        json.key("rfc8460")
        json.string(words?.rfc8460)
        json.key("reference")
        json.string(words?.reference)
    }

    private func dialogue(_ observation: ProbeObservation, _ json: inout JSONWriter) {
        json.key("greeting")
        reply(observation.greeting, &json)
        json.key("ehlo")
        reply(observation.ehlo, &json)
        json.key("starttls_reply")
        reply(observation.starttls, &json)
        json.key("ehlo_under_tls")
        reply(observation.ehloUnderTLS, &json)
        json.key("masked_keyword")
        json.string(observation.maskedKeyword)
        json.key("plaintext_after_starttls")
        json.string(observation.plaintextAfterSTARTTLS)
    }

    private func reply(_ reply: SMTPReply?, _ json: inout JSONWriter) {
        guard let reply else { return json.null() }
        json.object { json in
            json.key("code")
            json.number(reply.code)
            json.key("lines")
            json.array(reply.lines) { $0.string($1) }
        }
    }

    private func session(_ tls: TLSParameters, _ json: inout JSONWriter) {
        json.object { json in
            json.key("version")
            json.string(tls.version)
            json.key("cipher")
            json.string(tls.cipher)
            json.key("cipher_bits")
            json.number(tls.cipherBits)
            json.key("group")
            json.string(tls.group)
            json.key("dh_bits")
            if let bits = tls.dhBits { json.number(bits) } else { json.null() }
            json.key("signature_digest")
            json.string(tls.signatureDigest)
            json.key("forward_secrecy")
            json.bool(tls.forwardSecrecy)
            json.key("client_certificate_requested")
            json.bool(tls.clientCertificateRequested)
            json.key("ocsp_staple_bytes")
            if let staple = tls.ocspStaple { json.number(staple.count) } else { json.null() }
        }
    }

    private func secondLook(_ observation: ProbeObservation, _ json: inout JSONWriter) {
        guard let look = observation.secondLook else { return json.null() }
        json.object { json in
            json.key("result")
            json.string(SecondLookResult(look, beside: observation.chain).rawValue)
            json.key("failure")
            json.string(look.failure?.code)
        }
    }

    private func certificate(_ facts: CertificateFacts, _ json: inout JSONWriter) {
        json.object { json in
            json.key("subject")
            json.string(facts.subject)
            json.key("issuer")
            json.string(facts.issuer)
            json.key("names")
            json.array(facts.dnsNames) { $0.string($1) }
            json.key("common_name")
            json.string(facts.commonName)
            json.key("not_before")
            json.string(facts.notBefore.map { Timestamp.text($0) })
            json.key("not_after")
            json.string(facts.notAfter.map { Timestamp.text($0) })
            json.key("serial")
            json.string(facts.serial)
            json.key("key_algorithm")
            json.string(facts.keyAlgorithm)
            json.key("key_bits")
            json.number(facts.keyBits)
            json.key("signature_algorithm")
            json.string(facts.signatureAlgorithm)
            json.key("self_signed")
            json.bool(facts.isSelfSigned)
            json.key("ca")
            json.bool(facts.isCA)
            json.key("must_staple")
            json.bool(facts.mustStaple)
            json.key("fingerprint")
            json.string(ProbePageText.hexadecimal(facts.fingerprint))
        }
    }

    private func transcriptLine(_ line: TranscriptLine, _ json: inout JSONWriter) {
        json.object { json in
            json.key("ms")
            json.number(line.milliseconds)
            json.key("direction")
            json.string(line.direction.rawValue)
            json.key("text")
            json.string(line.text)
        }
    }
}
