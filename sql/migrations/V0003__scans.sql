-- Scans and what they find. Each scan is one set of partitions (see create_scan): nothing of one scan is ever mixed
-- with another, and dropping a scan leaves nothing to vacuum.

CREATE TABLE census.trust_store (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  sha256 bytea NOT NULL UNIQUE CHECK (sha256 = sha256(pem)),
  pem bytea NOT NULL
);
COMMENT ON TABLE census.trust_store IS 'The authorities that scans trust, each set stored once.';
COMMENT ON COLUMN census.trust_store.id IS 'Number of the set.';
COMMENT ON COLUMN census.trust_store.sha256 IS 'SHA-256 of pem.';
COMMENT ON COLUMN census.trust_store.pem IS 'The certificates, PEM.';

CREATE TABLE census.scan (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text COLLATE "C" NOT NULL UNIQUE CHECK (name <> ''),
  list_id integer NOT NULL REFERENCES census.list,
  state text COLLATE "C" NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'paused', 'finished', 'cancelled')),
  settings jsonb NOT NULL,
  trust_store_id integer NOT NULL REFERENCES census.trust_store,
  domains bigint NOT NULL CHECK (domains >= 0),
  lane_gap interval NOT NULL,
  reclaim_gap interval NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  finished_at timestamptz,
  rolled_up_at timestamptz,
  CHECK ((state IN ('finished', 'cancelled')) = (finished_at IS NOT NULL))
);
COMMENT ON TABLE census.scan IS 'One scan of one list.';
COMMENT ON COLUMN census.scan.id IS 'Number of the scan.';
COMMENT ON COLUMN census.scan.name IS 'Name of the scan.';
COMMENT ON COLUMN census.scan.list_id IS 'The list that is scanned.';
COMMENT ON COLUMN census.scan.state IS 'running, paused (nothing is leased), finished or cancelled.';
COMMENT ON COLUMN census.scan.settings IS 'Everything that decides what the scan finds: port, deadlines, limits, policy …';
COMMENT ON COLUMN census.scan.trust_store_id IS 'The authorities it trusts.';
COMMENT ON COLUMN census.scan.domains IS 'It covers the domains 1 to this number of its list, as the list was when the scan began.';
COMMENT ON COLUMN census.scan.lane_gap IS 'How long a network rests between two leases: one over its rate, so that the rate holds across leases.';
COMMENT ON COLUMN census.scan.reclaim_gap IS 'How long a network rests after its lease was taken back from a worker that vanished.';
COMMENT ON COLUMN census.scan.created_at IS 'When it began.';
COMMENT ON COLUMN census.scan.finished_at IS 'When it was finished or cancelled; NULL before.';
COMMENT ON COLUMN census.scan.rolled_up_at IS 'When its summary tables were computed last; NULL before.';

CREATE TABLE census.domain_result (
  domain_id bigint NOT NULL,
  weight double precision NOT NULL,
  scan_id integer NOT NULL,
  dnssec census.dnssec_status NOT NULL,
  failure census.dns_failure CHECK (failure IS NULL OR status = 'dns_failure'),
  status text COLLATE "C" NOT NULL,
  PRIMARY KEY (scan_id, domain_id)
) PARTITION BY LIST (scan_id);
COMMENT ON TABLE census.domain_result IS 'What DNS said about each domain of a scan: exactly one row a domain once the scan is finished.';
COMMENT ON COLUMN census.domain_result.domain_id IS 'Number of the domain in the scan''s list.';
COMMENT ON COLUMN census.domain_result.weight IS 'Weight of the domain when it was resolved.';
COMMENT ON COLUMN census.domain_result.scan_id IS 'The scan.';
COMMENT ON COLUMN census.domain_result.dnssec IS 'DNSSEC status of the MX answer.';
COMMENT ON COLUMN census.domain_result.failure IS 'Which DNS failure, when status is dns_failure; NULL with dns_failure: its batch was given up.';
COMMENT ON COLUMN census.domain_result.status IS 'Code of domain_status_code.';

CREATE TABLE census.domain_mx (
  domain_id bigint NOT NULL,
  host_id bigint NOT NULL,
  scan_id integer NOT NULL,
  preference integer NOT NULL CHECK (preference BETWEEN 0 AND 65535),
  ordinal smallint NOT NULL CHECK (ordinal >= 1),
  PRIMARY KEY (scan_id, domain_id, ordinal)
) PARTITION BY LIST (scan_id);
COMMENT ON TABLE census.domain_mx IS 'The MX hosts of each domain. A domain without MX but with an address is its own, with preference 0.';
COMMENT ON COLUMN census.domain_mx.domain_id IS 'The domain.';
COMMENT ON COLUMN census.domain_mx.host_id IS 'The MX host.';
COMMENT ON COLUMN census.domain_mx.scan_id IS 'The scan.';
COMMENT ON COLUMN census.domain_mx.preference IS 'Preference of the MX record: lower is used first.';
COMMENT ON COLUMN census.domain_mx.ordinal IS 'Place in the order by preference, then name, from 1.';

CREATE SEQUENCE census.mx_host_id_seq;
CREATE TABLE census.mx_host (
  id bigint NOT NULL,
  scan_id integer NOT NULL,
  dnssec census.dnssec_status NOT NULL,
  failure census.dns_failure CHECK (failure IS NULL OR status = 'dns_failure'),
  status text COLLATE "C" NOT NULL,
  name text COLLATE "C" NOT NULL,
  provider text COLLATE "C" NOT NULL,
  PRIMARY KEY (scan_id, id),
  UNIQUE (scan_id, name)
) PARTITION BY LIST (scan_id);
COMMENT ON TABLE census.mx_host IS 'The unique MX hosts of a scan.';
COMMENT ON COLUMN census.mx_host.id IS 'Number of the host, unique over all scans.';
COMMENT ON COLUMN census.mx_host.scan_id IS 'The scan.';
COMMENT ON COLUMN census.mx_host.dnssec IS 'DNSSEC status of its addresses.';
COMMENT ON COLUMN census.mx_host.failure IS 'Which DNS failure, when status is dns_failure.';
COMMENT ON COLUMN census.mx_host.status IS 'Code of host_status_code.';
COMMENT ON COLUMN census.mx_host.name IS 'Normalised name, or the escaped text of an MX that is no host name.';
COMMENT ON COLUMN census.mx_host.provider IS 'Registered domain by the public suffix list; empty when there is none.';

CREATE TABLE census.host_address (
  host_id bigint NOT NULL,
  scan_id integer NOT NULL,
  ordinal smallint NOT NULL CHECK (ordinal >= 1),
  permitted boolean NOT NULL,
  address inet NOT NULL,
  PRIMARY KEY (scan_id, host_id, ordinal)
) PARTITION BY LIST (scan_id);
COMMENT ON TABLE census.host_address IS 'The addresses of each MX host: those that may be contacted first, in the order in which they are tried.';
COMMENT ON COLUMN census.host_address.host_id IS 'The host.';
COMMENT ON COLUMN census.host_address.scan_id IS 'The scan.';
COMMENT ON COLUMN census.host_address.ordinal IS 'Place in that order, from 1.';
COMMENT ON COLUMN census.host_address.permitted IS 'Whether the census may contact it.';
COMMENT ON COLUMN census.host_address.address IS 'IPv4 or IPv6 address.';

CREATE TABLE census.certificate (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  sha256 bytea NOT NULL UNIQUE CHECK (sha256 = sha256(der)),
  der bytea NOT NULL,
  serial text COLLATE "C",
  serial_octets integer,
  not_before timestamptz,
  not_after timestamptz,
  issuer text,
  subject text,
  dns_names text[] NOT NULL DEFAULT '{}',
  common_name text,
  key_algorithm text,
  key_bits integer,
  signature_algorithm text,
  self_signed boolean,
  is_ca boolean,
  must_staple boolean
);
COMMENT ON TABLE census.certificate IS 'Every certificate ever seen, once. All but the first three columns are NULL when it cannot be parsed.';
COMMENT ON COLUMN census.certificate.id IS 'Number of the certificate.';
COMMENT ON COLUMN census.certificate.sha256 IS 'Its fingerprint: SHA-256 of der.';
COMMENT ON COLUMN census.certificate.der IS 'The certificate as it was sent.';
COMMENT ON COLUMN census.certificate.serial IS 'Serial number, hexadecimal; begins with - when it is negative.';
COMMENT ON COLUMN census.certificate.serial_octets IS 'Length of the serial number; RFC 5280 allows 20 octets.';
COMMENT ON COLUMN census.certificate.not_before IS 'Begin of validity; NULL when unreadable.';
COMMENT ON COLUMN census.certificate.not_after IS 'End of validity; NULL when unreadable.';
COMMENT ON COLUMN census.certificate.issuer IS 'Issuer, as text, escaped.';
COMMENT ON COLUMN census.certificate.subject IS 'Subject, as text, escaped.';
COMMENT ON COLUMN census.certificate.dns_names IS 'DNS names in the subject alternative names.';
COMMENT ON COLUMN census.certificate.common_name IS 'Most specific common name of the subject.';
COMMENT ON COLUMN census.certificate.key_algorithm IS 'Such as EC or RSA.';
COMMENT ON COLUMN census.certificate.key_bits IS 'Size of the key.';
COMMENT ON COLUMN census.certificate.signature_algorithm IS 'Such as ecdsa-with-SHA256.';
COMMENT ON COLUMN census.certificate.self_signed IS 'Signed with its own key.';
COMMENT ON COLUMN census.certificate.is_ca IS 'May issue certificates.';
COMMENT ON COLUMN census.certificate.must_staple IS 'Demands a stapled OCSP response (RFC 7633).';

CREATE TABLE census.chain (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  certificates bigint[] NOT NULL UNIQUE CHECK (cardinality(certificates) > 0)
);
COMMENT ON TABLE census.chain IS 'Every sequence of certificates that a server ever sent, once.';
COMMENT ON COLUMN census.chain.id IS 'Number of the chain.';
COMMENT ON COLUMN census.chain.certificates IS 'Numbers of its certificates as sent: the first is the server''s own.';

CREATE TABLE census.probe_result (
  host_id bigint NOT NULL,
  chain_id bigint,
  started_at timestamptz NOT NULL,
  scan_id integer NOT NULL,
  port integer NOT NULL,
  connect_ms integer,
  greeting_ms integer,
  ehlo_ms integer,
  starttls_ms integer,
  handshake_ms integer,
  ehlo_tls_ms integer,
  quit_ms integer,
  ordinal smallint NOT NULL,
  attempt smallint NOT NULL CHECK (attempt >= 1),
  cipher_bits smallint,
  final boolean NOT NULL,
  conclusive boolean NOT NULL,
  starttls boolean,
  verified boolean,
  starttls_offered boolean,
  helo_only boolean NOT NULL,
  bare_line_feed boolean NOT NULL,
  forward_secrecy boolean,
  client_certificate_requested boolean,
  address inet NOT NULL,
  outcome text COLLATE "C" NOT NULL,
  handshake_failure text COLLATE "C" CHECK (handshake_failure IS NULL OR outcome = 'handshake_failed'),
  findings text[] NOT NULL,
  error text,
  failure text COLLATE "C",
  greeting text,
  ehlo text,
  starttls_reply text,
  ehlo_tls text,
  masked_keyword text,
  plaintext_after_starttls text,
  tls_version text COLLATE "C",
  cipher text COLLATE "C",
  key_group text COLLATE "C",
  verify_error text,
  ocsp_staple bytea,
  PRIMARY KEY (scan_id, host_id, ordinal, attempt)
) PARTITION BY LIST (scan_id);
-- At most one attempt speaks for its host.
CREATE UNIQUE INDEX probe_result_final ON census.probe_result (scan_id, host_id) WHERE final;
COMMENT ON TABLE census.probe_result IS 'Every attempt at every address of every MX host. All text from the network is escaped.';
COMMENT ON COLUMN census.probe_result.host_id IS 'The host.';
COMMENT ON COLUMN census.probe_result.chain_id IS 'The certificates it sent; NULL when there was no handshake.';
COMMENT ON COLUMN census.probe_result.started_at IS 'When the attempt began, by the worker''s clock.';
COMMENT ON COLUMN census.probe_result.scan_id IS 'The scan.';
COMMENT ON COLUMN census.probe_result.port IS 'TCP port.';
COMMENT ON COLUMN census.probe_result.connect_ms IS 'Milliseconds to connect; NULL for a step that was not begun, as in the next columns.';
COMMENT ON COLUMN census.probe_result.greeting_ms IS 'Milliseconds until the whole greeting was read.';
COMMENT ON COLUMN census.probe_result.ehlo_ms IS 'Milliseconds of EHLO.';
COMMENT ON COLUMN census.probe_result.starttls_ms IS 'Milliseconds of STARTTLS.';
COMMENT ON COLUMN census.probe_result.handshake_ms IS 'Milliseconds of the TLS handshake.';
COMMENT ON COLUMN census.probe_result.ehlo_tls_ms IS 'Milliseconds of EHLO under TLS.';
COMMENT ON COLUMN census.probe_result.quit_ms IS 'Milliseconds of QUIT.';
COMMENT ON COLUMN census.probe_result.ordinal IS 'Which address of the host, as in host_address.';
COMMENT ON COLUMN census.probe_result.attempt IS 'Which attempt at this address, from 1.';
COMMENT ON COLUMN census.probe_result.cipher_bits IS 'Security bits of the cipher.';
COMMENT ON COLUMN census.probe_result.final IS 'This attempt speaks for its host: at most one does.';
COMMENT ON COLUMN census.probe_result.conclusive IS 'False when the census could not look: blocked, rate-limited, silently dropped.';
COMMENT ON COLUMN census.probe_result.starttls IS 'Whether the host offers STARTTLS; NULL when that could not be seen.';
COMMENT ON COLUMN census.probe_result.verified IS 'The certificate is trusted and names the host; NULL without a handshake.';
COMMENT ON COLUMN census.probe_result.starttls_offered IS 'Whether EHLO''s answer named STARTTLS; NULL when EHLO was not reached.';
COMMENT ON COLUMN census.probe_result.helo_only IS 'EHLO was refused and HELO accepted.';
COMMENT ON COLUMN census.probe_result.bare_line_feed IS 'A reply line ended with LF alone.';
COMMENT ON COLUMN census.probe_result.forward_secrecy IS 'The key exchange was ephemeral; NULL without TLS.';
COMMENT ON COLUMN census.probe_result.client_certificate_requested IS 'The server asked the client for a certificate; NULL without TLS.';
COMMENT ON COLUMN census.probe_result.address IS 'The address that was probed.';
COMMENT ON COLUMN census.probe_result.outcome IS 'First cause, or trusted: code of outcome.';
COMMENT ON COLUMN census.probe_result.handshake_failure IS 'Why the handshake failed; only with handshake_failed.';
COMMENT ON COLUMN census.probe_result.findings IS 'Codes of finding: everything that was found, whatever the outcome.';
COMMENT ON COLUMN census.probe_result.error IS 'One line for people about what went wrong.';
COMMENT ON COLUMN census.probe_result.failure IS 'What ended the dialogue before its natural end, such as timeout:greeting; NULL when nothing did.';
COMMENT ON COLUMN census.probe_result.greeting IS 'The greeting: code and lines.';
COMMENT ON COLUMN census.probe_result.ehlo IS 'The reply to EHLO or HELO.';
COMMENT ON COLUMN census.probe_result.starttls_reply IS 'The reply to STARTTLS.';
COMMENT ON COLUMN census.probe_result.ehlo_tls IS 'The reply to EHLO under TLS.';
COMMENT ON COLUMN census.probe_result.masked_keyword IS 'What stood in the place of STARTTLS, such as XXXXXXXA.';
COMMENT ON COLUMN census.probe_result.plaintext_after_starttls IS 'Bytes that followed the 220 to STARTTLS in the clear.';
COMMENT ON COLUMN census.probe_result.tls_version IS 'Such as TLSv1.3.';
COMMENT ON COLUMN census.probe_result.cipher IS 'Cipher suite, IANA name.';
COMMENT ON COLUMN census.probe_result.key_group IS 'Key exchange group, such as x25519; NULL without (EC)DHE.';
COMMENT ON COLUMN census.probe_result.verify_error IS 'The verifier''s own words for the first error of the path; NULL when it is valid.';
COMMENT ON COLUMN census.probe_result.ocsp_staple IS 'Stapled OCSP response, DER.';
