import CensusModel

import struct Foundation.Date

/// What a rule looks at.
struct FindingContext {
    let observation: ProbeObservation
    /// Nil when no chain was judged.
    let evidence: ChainEvidence?
    /// The time of the judgement.
    let time: Date

    /// The server's own certificate; nil without one that can be read.
    var leaf: CertificateFacts? { evidence?.leaf }

    /// How the leaf names the host that was asked for; nil without a leaf.
    var nameMatch: HostNameCheck.Match? {
        leaf.map { leaf in observation.target.host.map { HostNameCheck.match($0, leaf) } ?? .mismatch }
    }

    /// True when path validation reported `finding`.
    func pathHas(_ finding: Finding) -> Bool { evidence?.problems.contains(finding) ?? false }
}

/// One finding: what it is and when it applies. Its doc comment cites the RFC.
protocol FindingRule: Sendable {
    static var finding: Finding { get }
    static func applies(_ context: FindingContext) -> Bool
}

/// All rules.
enum FindingRules {
    static let all: [any FindingRule.Type] = [
        MalformedCertificateRule.self, NegativeSerialRule.self, SelfSignedRule.self, UnknownAuthorityRule.self,
        IncompleteChainRule.self, BadSignatureRule.self, RevokedRule.self, NotYetValidRule.self, ExpiredRule.self,
        WrongPurposeRule.self, ConstraintViolationRule.self, WeakCertificateRule.self, NameMismatchRule.self,
        PlaintextAfterSTARTTLSRule.self, OldProtocolRule.self, WeakCipherRule.self, NoForwardSecrecyRule.self,
        WeakDHRule.self, WeakKeyRule.self, WeakSignatureRule.self, CommonNameOnlyRule.self, WildcardRule.self,
        ExtraCertificatesRule.self, MisorderedChainRule.self, ExpiresSoonRule.self, MustStapleMissingRule.self,
        StapleInvalidRule.self, StapleExpiredRule.self, ZeroSerialRule.self, LongSerialRule.self,
        BareLineFeedRule.self, HELOOnlyRule.self, ClientCertificateRequestedRule.self, SNIDependentRule.self,
    ]

    /// In the order of `Finding`, which is that of `all`.
    static func findings(in context: FindingContext) -> [Finding] {
        all.filter { $0.applies(context) }.map { $0.finding }
    }
}
