import CensusModel

import struct Foundation.Date

/// What is wrong with a certificate, in words and with its particulars.
enum CertificateText {
    static func text(for outcome: Outcome, in context: FindingContext) -> String {
        guard let evidence = context.evidence else { return "the server's certificate could not be judged" }
        let specific: String? =
            switch outcome {
            case .negativeSerial: context.leaf.map { "the serial number \($0.serial) is negative" }
            case .expired: expired(evidence, context)
            case .notYetValid: notYetValid(evidence, context)
            case .selfSigned: context.leaf.map { "the certificate is signed by itself: \($0.subject)" }
            case .unknownAuthority, .incompleteChain: unknownIssuer(outcome, evidence)
            case .nameMismatch: nameMismatch(context)
            default: nil
            }
        return specific ?? evidence.verifyError ?? "the certificate is not acceptable"
    }

    private static func expired(_ evidence: ChainEvidence, _ context: FindingContext) -> String? {
        let time = context.time
        for (index, facts) in evidence.certificates.enumerated() {
            guard let facts, let end = facts.notAfter, end <= time else { continue }
            return
                "\(name(index, facts)) expired on \(day(end)), \(days(from: end, to: time)) before \(moment(context))"
        }
        return nil
    }

    private static func notYetValid(_ evidence: ChainEvidence, _ context: FindingContext) -> String? {
        let time = context.time
        for (index, facts) in evidence.certificates.enumerated() {
            guard let facts, let begin = facts.notBefore, begin > time else { continue }
            return
                "\(name(index, facts)) is valid from \(day(begin)), \(days(from: time, to: begin)) after \(moment(context))"
        }
        return nil
    }

    /// The time of the judgement, which is another than that of the probe when it is judged again.
    private static func moment(_ context: FindingContext) -> String {
        context.time == context.observation.startedAt ? "the probe" : "the date of this judgement"
    }

    private static func unknownIssuer(_ outcome: Outcome, _ evidence: ChainEvidence) -> String? {
        // The first certificate whose issuer was not sent; in a complete chain the self-signed one at its end.
        let sent = evidence.certificates.compactMap(\.self)
        guard
            let top = sent.first(where: { facts in
                facts.isSelfSigned || !sent.contains { $0.subject == facts.issuer }
            })
        else { return nil }
        return outcome == .incompleteChain
            ? "the certificate of the issuer was not sent: \(top.issuer)" : "the issuer is not trusted: \(top.issuer)"
    }

    private static func nameMismatch(_ context: FindingContext) -> String? {
        guard let leaf = context.leaf else { return nil }
        guard let host = context.observation.target.host else { return "no host name was asked for" }
        let names = !leaf.hasAlternativeNames ? leaf.commonName.map { [$0] } ?? [] : leaf.dnsNames
        guard !names.isEmpty else { return "the certificate names no host at all, hence not \(host)" }
        let shown = names.prefix(5).joined(separator: ", ")
        let more = names.count > 5 ? " and \(names.count - 5) more" : ""
        let hint = HostNameCheck.isWildcardTooDeep(host, leaf) ? " (a wildcard covers one label only)" : ""
        return "the certificate does not name \(host), but \(shown)\(more)\(hint)"
    }

    private static func name(_ index: Int, _ facts: CertificateFacts) -> String {
        index == 0 ? "the certificate" : "certificate \(index) of the chain (\(facts.subject))"
    }

    private static func days(from start: Date, to end: Date) -> String {
        let days = Int(end.timeIntervalSince(start) / 86400)
        return days == 0 ? "less than a day" : days == 1 ? "1 day" : "\(days) days"
    }

    /// `YYYY-MM-DD` in UTC, by the civil calendar: counted in 400-year eras that begin on 1 March.
    static func day(_ date: Date) -> String {
        let days = Int((date.timeIntervalSince1970 / 86400).rounded(.down)) + 719_468
        let era = (days >= 0 ? days : days - 146_096) / 146_097
        let dayOfEra = days - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        let padded = { (number: Int, width: Int) in
            String(repeating: "0", count: max(0, width - String(number).count)) + String(number)
        }
        return "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
    }
}
