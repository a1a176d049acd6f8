-- The vocabularies: every code that a result may carry, with the words that explain it to people.
--
-- These tables are the single source of labels, explanations and remedies. The enumerations of the program are tested to
-- equal them.

CREATE TABLE census.outcome (
  code text COLLATE "C" PRIMARY KEY,
  stage text COLLATE "C" NOT NULL
    CHECK (stage IN ('connect', 'greeting', 'starttls', 'handshake', 'certificate', 'session', 'trusted')),
  label text NOT NULL,
  explanation text NOT NULL,
  remedy text NOT NULL,
  rfc8460 text,
  study_class text,
  ordinal smallint NOT NULL UNIQUE,
  answered_smtp boolean NOT NULL,
  protection text COLLATE "C" NOT NULL CHECK (protection IN ('trusted', 'encrypted', 'plain', 'unreachable'))
);
COMMENT ON TABLE census.outcome IS 'What a probe of one host address can find: its first cause, or trusted.';
COMMENT ON COLUMN census.outcome.code IS 'The code in results.';
COMMENT ON COLUMN census.outcome.stage IS 'The stage of the dialogue at which this outcome is decided.';
COMMENT ON COLUMN census.outcome.label IS 'A few words for tables.';
COMMENT ON COLUMN census.outcome.explanation IS 'What it means, for people who do not know TLS.';
COMMENT ON COLUMN census.outcome.remedy IS 'What the postmaster can do about it.';
COMMENT ON COLUMN census.outcome.rfc8460 IS 'Result type in TLS reports (RFC 8460 §4.3); NULL where there is none.';
COMMENT ON COLUMN census.outcome.study_class IS 'Class in the 2014 study''s table of failures; NULL where it had none.';
COMMENT ON COLUMN census.outcome.ordinal IS 'Order: earliest stage first; among certificate causes the order in which they are preferred.';
COMMENT ON COLUMN census.outcome.answered_smtp IS 'The host''s SMTP server was heard: a greeting of its own was read, whatever came after.';
COMMENT ON COLUMN census.outcome.protection IS 'What a conclusive look with this outcome says of the host: trusted, encrypted, plain or unreachable. An inconclusive look says nothing.';

INSERT INTO census.outcome
  (code, stage, label, explanation, remedy, rfc8460, study_class, ordinal, answered_smtp, protection)
VALUES
  ('refused', 'connect', 'connection refused',
    'The address answered, but nothing accepts connections on the SMTP port.',
    'Start the mail server on this address, open the port in its firewall, or take the host out of the MX records.',
    NULL, NULL, 1, false, 'unreachable'),
  ('unreachable', 'connect', 'no route to the host',
    'The network said that the address cannot be reached from the scanner, so the host was not seen.',
    'Check that the address in DNS is right and routed; if the scanner has no route of this address family, scan from a machine that has one.',
    NULL, NULL, 2, false, 'unreachable'),
  ('connect_timeout', 'connect', 'no answer to the connection',
    'Nothing answered the connection request in time: the host is down, or a firewall drops the scanner silently. The host was not seen.',
    'Check that the host is up and that its firewall rejects, rather than drops, what it does not want.',
    NULL, NULL, 3, false, 'unreachable'),
  ('reset', 'connect', 'connection reset',
    'The connection was broken off by the other side before the mail server said a word. The host was not seen.',
    'Look for a firewall, load balancer or connection limit in front of the mail server that resets new connections.',
    NULL, NULL, 4, false, 'unreachable'),
  ('greeting_timeout', 'greeting', 'no greeting in time',
    'The connection stood, but the mail server did not finish its greeting before the deadline. The host was not seen.',
    'Check that the server is not overloaded and does not wait for a slow DNS, ident or blocklist look-up; RFC 5321 §4.5.3.2.1 lets a client wait five minutes, many wait less.',
    NULL, NULL, 5, false, 'unreachable'),
  ('greeting_rejected', 'greeting', 'greeted with a refusal',
    'The mail server greeted with a 4xx or 5xx reply instead of 220. A refusal that speaks of rate, reputation or blocklists is about the scanner and counts as not seen; a plain 554 means that the host takes no mail.',
    'If the host is meant to take mail, look in its log why this client was refused; otherwise take it out of the MX records.',
    NULL, NULL, 6, true, 'unreachable'),
  ('not_smtp', 'greeting', 'not a mail server',
    'The first bytes were no SMTP reply: another service (a web server, TLS, a remote shell) answers on this port.',
    'Correct the address in DNS, or the port forwarding in front of the mail server.',
    NULL, NULL, 7, false, 'unreachable'),
  ('ehlo_rejected', 'greeting', 'EHLO and HELO refused',
    'The mail server greeted, then refused to be introduced to, so nothing more could be learned.',
    'Accept EHLO from every client that has not done anything wrong yet (RFC 5321 §4.1.1.1); refuse later, at MAIL or RCPT, with a reason.',
    NULL, NULL, 8, true, 'plain'),
  ('closed', 'greeting', 'closed without a greeting',
    'The mail server, or something before it, accepted the connection and closed it without a word. The host was not seen.',
    'Answer with a 421 or 554 greeting that states the reason before closing (RFC 5321 §3.1, §3.8).',
    NULL, NULL, 9, false, 'unreachable'),
  ('stalled', 'greeting', 'stopped in mid-dialogue',
    'After its greeting the mail server stopped answering, or closed the connection, before the answer to STARTTLS. Whether it protects mail was not seen.',
    'Check for inspection devices, tarpits and process limits that hold or cut connections in mid-dialogue.',
    NULL, NULL, 10, true, 'plain'),
  ('protocol_error', 'greeting', 'malformed reply',
    'The mail server sent something that is no SMTP reply after a correct greeting, or a reply without end.',
    'Look for a broken content filter or proxy in front of the mail server; replies must have the form of RFC 5321 §4.2.',
    NULL, NULL, 11, true, 'plain'),
  ('starttls_not_offered', 'starttls', 'STARTTLS not offered',
    'The mail server does not offer STARTTLS: every message to it travels in the clear.',
    'Install a certificate and turn STARTTLS on (Postfix: smtpd_tls_security_level = may; Exim: tls_advertise_hosts = *).',
    'starttls-not-supported', NULL, 12, true, 'plain'),
  ('starttls_stripped', 'starttls', 'STARTTLS masked on the way',
    'In place of STARTTLS a masked keyword (such as XXXXXXXA) was announced: a device between the scanner and the mail server removes the offer, so mail travels in the clear.',
    'Turn SMTP inspection off on the firewall before the mail server (Cisco: no inspect esmtp, or allow-tls), or ask the network operator who does it.',
    'starttls-not-supported', NULL, 13, true, 'plain'),
  ('starttls_refused', 'starttls', 'STARTTLS offered, then refused',
    'The mail server offers STARTTLS but answers the command with an error.',
    'Look in the server log: usually the certificate or key file is missing, unreadable or of another key.',
    'validation-failure', 'connection problems', 14, true, 'plain'),
  ('handshake_failed', 'handshake', 'TLS handshake failed',
    'STARTTLS was accepted, but no TLS session came about; the reason is recorded (alert, no common version or cipher, weak Diffie-Hellman group, no TLS at all, closed, time-out).',
    'Test with: openssl s_client -starttls smtp -connect HOST:25. Allow TLS 1.2 and 1.3 with current cipher suites, Diffie-Hellman groups of 2048 bits or more, and do not require a client certificate.',
    'validation-failure', 'connection problems', 15, true, 'plain'),
  ('malformed_certificate', 'certificate', 'certificate cannot be read',
    'The certificate is not well-formed DER, or its dates or fields are not what RFC 5280 allows, so no client can judge it.',
    'Replace the certificate with one from a current certification authority or tool.',
    'certificate-not-trusted', 'unknown authority', 16, true, 'encrypted'),
  ('negative_serial', 'certificate', 'negative serial number',
    'The serial number of the certificate is negative. RFC 5280 §4.1.2.2 requires a positive one; strict TLS libraries abort the handshake.',
    'Replace the certificate; make sure that the tool which issues it writes a positive serial number of at most 20 octets.',
    'certificate-not-trusted', 'negative serial', 17, true, 'encrypted'),
  ('self_signed', 'certificate', 'self-signed certificate',
    'The certificate is signed by itself and is not among the trusted authorities, so it proves nothing about who holds it.',
    'Use a certificate from a public certification authority (free ones exist), or publish TLSA records for this one (RFC 7672).',
    'certificate-not-trusted', 'unknown authority', 18, true, 'encrypted'),
  ('unknown_authority', 'certificate', 'signed by an unknown authority',
    'The chain ends at an authority that is not in the trust store.',
    'Use a certificate from a public certification authority; if this one is, check that the current intermediate certificates are installed.',
    'certificate-not-trusted', 'unknown authority', 19, true, 'encrypted'),
  ('incomplete_chain', 'certificate', 'intermediate certificate missing',
    'The certificate comes from an authority that could be trusted, but the server does not send the certificates in between, so clients cannot build the path.',
    'Install the full chain: the certificate followed by the intermediates, without the root (with ACME clients: fullchain.pem, not cert.pem).',
    'certificate-not-trusted', 'unknown authority', 20, true, 'encrypted'),
  ('bad_signature', 'certificate', 'bad signature in the chain',
    'A signature in the chain does not verify: a certificate was altered, or an intermediate of the same name but another key is installed.',
    'Install the intermediates that belong to this certificate, as delivered by the authority.',
    'certificate-not-trusted', 'unknown authority', 21, true, 'encrypted'),
  ('revoked', 'certificate', 'certificate revoked',
    'The authority has revoked the certificate.',
    'Request a new certificate with a new key and find out why this one was revoked.',
    'certificate-not-trusted', 'unknown authority', 22, true, 'encrypted'),
  ('not_yet_valid', 'certificate', 'certificate not yet valid',
    'The validity of the certificate, or of one in its chain, begins in the future.',
    'Check the clock of the machine that issues certificates, and install the certificate only after its notBefore.',
    'certificate-not-trusted', 'expired', 23, true, 'encrypted'),
  ('expired', 'certificate', 'expired certificate',
    'The certificate, or one in its chain, has expired.',
    'Renew it, restart or reload the mail server (many keep the old file in memory), and automate both.',
    'certificate-expired', 'expired', 24, true, 'encrypted'),
  ('wrong_purpose', 'certificate', 'certificate for another purpose',
    'Key usage or extended key usage of the certificate, or of an authority above it, does not allow a TLS server.',
    'Request a certificate with extended key usage serverAuth.',
    'certificate-not-trusted', 'unknown authority', 25, true, 'encrypted'),
  ('constraint_violation', 'certificate', 'chain breaks a constraint',
    'An authority in the chain may not issue this certificate: it is no CA, its path length or name constraints forbid it, or a critical extension is not understood.',
    'Use a certificate issued directly by a proper authority; for a private authority, correct its basic, path-length and name constraints.',
    'certificate-not-trusted', 'unknown authority', 26, true, 'encrypted'),
  ('weak_certificate', 'certificate', 'weak key or signature',
    'A certificate in the path has a key that can be broken (RSA or DSA under 1024 bits, an elliptic curve under 160) or is signed with MD5 or SHA-1.',
    'Replace it by one with at least RSA 2048 or P-256, signed with SHA-256.',
    'certificate-not-trusted', 'unknown authority', 27, true, 'encrypted'),
  ('name_mismatch', 'certificate', 'certificate name does not match the MX host',
    'The certificate is trusted but does not name the MX host. A wildcard covers exactly one label: *.example.net is good for mx.example.net, not for a.mx.example.net.',
    'Add the MX host name to the subject alternative names, or change the MX record to a name that is in the certificate.',
    'certificate-host-mismatch', 'name mismatch', 28, true, 'encrypted'),
  ('post_tls_failure', 'session', 'session under TLS failed',
    'The handshake and the certificate are fine, but the mail server does not answer EHLO under TLS.',
    'Test with: openssl s_client -starttls smtp -connect HOST:25, then type EHLO. Look for a TLS proxy whose inner connection fails.',
    'validation-failure', 'connection problems', 29, true, 'encrypted'),
  ('trusted', 'trusted', 'trusted',
    'The mail server encrypts, its certificate is trusted and names the MX host.',
    'Nothing to do. Consider MTA-STS (RFC 8461) or DANE (RFC 7672), which stop an attacker from stripping STARTTLS.',
    NULL, NULL, 30, true, 'trusted');

CREATE TABLE census.finding (
  code text COLLATE "C" PRIMARY KEY,
  label text NOT NULL,
  explanation text NOT NULL,
  ordinal smallint NOT NULL UNIQUE
);
COMMENT ON TABLE census.finding IS 'Something worth telling the postmaster about a probe, whether or not it is the outcome.';
COMMENT ON COLUMN census.finding.code IS 'The code in results.';
COMMENT ON COLUMN census.finding.label IS 'A few words for tables.';
COMMENT ON COLUMN census.finding.explanation IS 'What it means, in a sentence.';
COMMENT ON COLUMN census.finding.ordinal IS 'Order in tables.';

INSERT INTO census.finding (code, label, explanation, ordinal)
VALUES
  ('malformed_certificate', 'certificate cannot be read',
    'The certificate is not well-formed DER, or its dates or fields are not what RFC 5280 allows, so no client can judge it.', 1),
  ('negative_serial', 'negative serial number',
    'The serial number of the certificate is negative. RFC 5280 §4.1.2.2 requires a positive one; strict TLS libraries abort the handshake.', 2),
  ('self_signed', 'self-signed certificate',
    'The certificate is signed by itself and is not among the trusted authorities, so it proves nothing about who holds it.', 3),
  ('unknown_authority', 'signed by an unknown authority',
    'The chain ends at an authority that is not in the trust store.', 4),
  ('incomplete_chain', 'intermediate certificate missing',
    'The certificate comes from an authority that could be trusted, but the server does not send the certificates in between, so clients cannot build the path.', 5),
  ('bad_signature', 'bad signature in the chain',
    'A signature in the chain does not verify: a certificate was altered, or an intermediate of the same name but another key is installed.', 6),
  ('revoked', 'certificate revoked',
    'The authority has revoked the certificate.', 7),
  ('not_yet_valid', 'certificate not yet valid',
    'The validity of the certificate, or of one in its chain, begins in the future.', 8),
  ('expired', 'expired certificate',
    'The certificate, or one in its chain, has expired.', 9),
  ('wrong_purpose', 'certificate for another purpose',
    'Key usage or extended key usage of the certificate, or of an authority above it, does not allow a TLS server.', 10),
  ('constraint_violation', 'chain breaks a constraint',
    'An authority in the chain may not issue this certificate: it is no CA, its path length or name constraints forbid it, or a critical extension is not understood.', 11),
  ('weak_certificate', 'weak key or signature',
    'A certificate in the path has a key that can be broken (RSA or DSA under 1024 bits, an elliptic curve under 160) or is signed with MD5 or SHA-1.', 12),
  ('name_mismatch', 'certificate name does not match the MX host',
    'The certificate does not name the MX host. A wildcard covers exactly one label: *.example.net is good for mx.example.net, not for a.mx.example.net.', 13),
  ('plaintext_after_starttls', 'plaintext after the 220',
    'Bytes followed the 220 to STARTTLS in the clear. A client that reads them after the handshake takes injected text for protected (RFC 3207 §4.2, CVE-2011-0411); the scanner drops them.', 14),
  ('old_protocol', 'old protocol version',
    'The best version that the server agrees to is SSL 3.0, TLS 1.0 or TLS 1.1, deprecated by RFC 8996.', 15),
  ('weak_cipher', 'weak cipher',
    'The negotiated cipher suite is broken or has no more than 112 bits of strength: RC4, DES, triple DES, export, NULL or anonymous (RFC 9325 §4.1).', 16),
  ('no_forward_secrecy', 'no forward secrecy',
    'The key exchange is static RSA: whoever gets the key of the server later can read what was recorded before (RFC 9325 §4.1).', 17),
  ('common_name_only', 'host name only in the common name',
    'The certificate has no DNS name in its subject alternative names; the name of the host was taken from the common name, which RFC 9525 §2 no longer allows.', 18),
  ('wildcard', 'wildcard certificate',
    'The host is named by a wildcard. That is allowed; the key is shared by everything under the name.', 19),
  ('extra_certificates', 'unneeded certificates sent',
    'The server sends certificates that are no part of the path from its own certificate upwards: doubles, or certificates of other chains.', 20),
  ('misordered_chain', 'chain out of order',
    'The certificates are not sent in the order leaf, issuer, issuer of the issuer (RFC 5246 §7.4.2). Most clients cope, some do not.', 21),
  ('expires_soon', 'expires within 30 days',
    'The certificate is valid but expires within 30 days of the probe.', 22),
  ('must_staple_missing', 'must-staple without staple',
    'The certificate demands a stapled OCSP response (RFC 7633) and the server sent none; clients that enforce it abort.', 23),
  ('zero_serial', 'serial number zero',
    'The serial number is zero, and RFC 5280 §4.1.2.2 asks for a positive one.', 24),
  ('long_serial', 'serial number too long',
    'The serial number takes more than the 20 octets that RFC 5280 §4.1.2.2 allows.', 25),
  ('bare_line_feed', 'lines end with LF alone',
    'A reply ended with LF instead of CR LF (RFC 5321 §2.3.8).', 26),
  ('helo_only', 'HELO only',
    'The server refused EHLO and accepted HELO, so it can offer no extension, STARTTLS included.', 27),
  ('client_certificate_requested', 'client certificate requested',
    'The server asked the client for a certificate. Ordinary senders have none; it must not be required.', 28);

CREATE TABLE census.domain_status_code (
  code text COLLATE "C" PRIMARY KEY,
  label text NOT NULL,
  explanation text NOT NULL,
  ordinal smallint NOT NULL UNIQUE
);
COMMENT ON TABLE census.domain_status_code IS 'Where the mail of a domain goes, as DNS says.';
COMMENT ON COLUMN census.domain_status_code.code IS 'The code in results.';
COMMENT ON COLUMN census.domain_status_code.label IS 'A few words for tables.';
COMMENT ON COLUMN census.domain_status_code.explanation IS 'What it means, in a sentence.';
COMMENT ON COLUMN census.domain_status_code.ordinal IS 'Order in tables.';

INSERT INTO census.domain_status_code (code, label, explanation, ordinal)
VALUES
  ('mx', 'has MX records',
    'The domain names its mail hosts by MX records.', 1),
  ('implicit_mx', 'implicit MX',
    'No MX record but an address: the domain is its own mail host (RFC 5321 §5.1).', 2),
  ('null_mx', 'null MX',
    'A single MX record of "." says that the domain takes no mail (RFC 7505).', 3),
  ('no_mail_host', 'no mail host',
    'The name exists but has neither an MX record nor an address, so mail to it cannot be delivered.', 4),
  ('nxdomain', 'no such domain',
    'The name does not exist in DNS.', 5),
  ('dns_failure', 'DNS failure',
    'DNS gave no usable answer, and the kind is kept: SERVFAIL, time-out, bogus DNSSEC signatures, or a loop of aliases. Nothing is known about the mail of the domain.', 6),
  ('invalid_name', 'invalid name',
    'The name cannot exist in DNS.', 7);

CREATE TABLE census.host_status_code (
  code text COLLATE "C" PRIMARY KEY,
  label text NOT NULL,
  explanation text NOT NULL,
  ordinal smallint NOT NULL UNIQUE
);
COMMENT ON TABLE census.host_status_code IS 'Whether an MX host can be dialled.';
COMMENT ON COLUMN census.host_status_code.code IS 'The code in results.';
COMMENT ON COLUMN census.host_status_code.label IS 'A few words for tables.';
COMMENT ON COLUMN census.host_status_code.explanation IS 'What it means, in a sentence.';
COMMENT ON COLUMN census.host_status_code.ordinal IS 'Order in tables.';

INSERT INTO census.host_status_code (code, label, explanation, ordinal)
VALUES
  ('ok', 'can be dialled',
    'The host has at least one address that may be contacted.', 1),
  ('ip_literal', 'IP address instead of a name',
    'The MX record names an IP address instead of a host, which RFC 5321 §5.1 forbids; most senders cannot deliver to it.', 2),
  ('invalid_name', 'invalid host name',
    'The MX record holds something that is no host name.', 3),
  ('no_address', 'no address',
    'The host name exists but has no address.', 4),
  ('nxdomain', 'no such host',
    'The host name does not exist in DNS.', 5),
  ('dns_failure', 'DNS failure',
    'DNS gave no usable answer for the addresses of the host, so it was not seen.', 6),
  ('forbidden', 'only forbidden addresses',
    'The host has only private, reserved or opted-out addresses, which the census never contacts.', 7);

CREATE TABLE census.verdict_code (
  code text COLLATE "C" PRIMARY KEY,
  label text NOT NULL,
  explanation text NOT NULL,
  ordinal smallint NOT NULL UNIQUE
);
COMMENT ON TABLE census.verdict_code IS 'How well the MX hosts of a domain, taken together, protect its mail.';
COMMENT ON COLUMN census.verdict_code.code IS 'The code in results.';
COMMENT ON COLUMN census.verdict_code.label IS 'A few words for tables.';
COMMENT ON COLUMN census.verdict_code.explanation IS 'What it means, in a sentence.';
COMMENT ON COLUMN census.verdict_code.ordinal IS 'Order in tables.';

INSERT INTO census.verdict_code (code, label, explanation, ordinal)
VALUES
  ('secure', 'secure',
    'Every mail host that was seen encrypts, with a trusted certificate for its own name.', 1),
  ('partly_secure', 'partly secure',
    'At least one mail host is trusted and at least one that was seen is not: an attacker can choose the weaker one.', 2),
  ('encrypted', 'encrypted',
    'Every mail host that was seen encrypts, none with a trusted certificate: safe from listeners, not from impostors.', 3),
  ('partly_encrypted', 'partly encrypted',
    'Some mail hosts encrypt and some do not; none is trusted.', 4),
  ('plain', 'plain text',
    'Mail hosts were seen, and none encrypts.', 5),
  ('unreachable', 'unreachable',
    'No mail host takes mail (refused, no address, forbidden address), and that is certain.', 6),
  ('unseen', 'not seen',
    'No mail host could be looked at, at least one of them only inconclusively (blocked, silent, DNS failure). Says nothing about how the domain protects mail.', 7),
  ('no_mail', 'takes no mail',
    'The domain takes no mail: null MX, no such domain, or no mail host.', 8),
  ('unresolved', 'unresolved',
    'DNS failed or the name is invalid, so nothing is known.', 9);

CREATE TYPE census.dnssec_status AS ENUM ('secure', 'insecure', 'bogus', 'indeterminate');
COMMENT ON TYPE census.dnssec_status IS 'DNSSEC status of an answer (RFC 4033 §5).';
CREATE TYPE census.dns_failure AS ENUM ('servfail', 'timeout', 'bogus', 'loop');
COMMENT ON TYPE census.dns_failure IS 'Why a DNS question got no usable answer.';
