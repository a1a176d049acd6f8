/// How well a domain's mail exchangers protect mail in transit, from the final outcomes of all its MX hosts.
/// The raw value is the code in the database.
public enum DomainVerdict: String, CaseIterable, Sendable, Codable {
    /// Every MX host that could be looked at is trusted.
    case secure
    /// At least one MX host is trusted, at least one that was seen is not.
    case partlySecure = "partly_secure"
    /// Every MX host that was seen encrypts, none is trusted.
    case encrypted
    /// Some MX hosts encrypt, some do not; none is trusted.
    case partlyEncrypted = "partly_encrypted"
    /// MX hosts were seen and none encrypts.
    case plain
    /// No MX host answers SMTP (refused, no address, forbidden …), and that is certain.
    case unreachable
    /// No MX host could be looked at, at least one only inconclusively.
    case unseen
    /// The domain takes no mail: null MX, no such domain, no mail host.
    case noMail = "no_mail"
    /// DNS failed or the name is invalid: nothing is known.
    case unresolved
}
