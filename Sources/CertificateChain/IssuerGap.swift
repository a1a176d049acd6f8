import CMXOpenSSL
import CensusModel

/// Tells a missing intermediate from an unknown authority, when the chain that was sent stops at a certificate whose
/// issuer is neither sent nor trusted.
///
/// Both look the same to path validation. The server is taken to have forgotten an intermediate (`incompleteChain`)
/// when the last certificate of the path shows that its issuer belongs to a published or trusted authority, that is
/// when one of these holds:
///
/// 1. its authorityCertIssuer (RFC 5280 §4.2.1.1: the issuer of its issuer's certificate) is the subject of a trusted
///    root: the missing certificate was issued by that root;
/// 2. the organisation in its issuer's name is the organisation of a trusted root, as with all public authorities,
///    which name their intermediates after themselves;
/// 3. its authority information access extension gives an http or https URL of the issuer's certificate (RFC 5280
///    §4.2.2.1): anyone can fetch what the server did not send. (ldap and file URLs do not count: they are the mark
///    of an authority inside an organisation.)
///
/// When the issuer's name is itself the subject of a trusted root, no certificate is missing in between: that root did
/// not sign this one, so the authority is unknown whatever else holds. Everything else is an unknown authority too.
enum IssuerGap {
    static func finding(at top: Certificate, trusting store: TrustStore) -> Finding {
        let issuer = X509_get_issuer_name(top.pointer)
        if store.isRootSubject(issuer) { return .unknownAuthority }
        for index in 0..<cmx_authority_issuer_count(top.pointer)
        where store.isRootSubject(cmx_authority_issuer_name(top.pointer, index)) {
            return .incompleteChain
        }
        if let organization = DistinguishedName.last(NID_organizationName, of: issuer),
            store.isRootOrganization(organization)
        {
            return .incompleteChain
        }
        return top.facts.namesIssuerLocation ? .incompleteChain : .unknownAuthority
    }
}
