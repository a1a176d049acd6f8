-- A scan that has ended, made by hand through the real tables and rolled up by the real function: :domains domains, :hosts MX hosts
-- (three a provider) with one attempt each, in the proportions of the 2014 study.
INSERT INTO census.list (name, domains, volume) VALUES ('survey', :domains, :domains);
CREATE TABLE census.domain_1 PARTITION OF census.domain FOR VALUES IN (1);
INSERT INTO census.domain (list_id, id, name, weight)
SELECT 1, n, format('d%s.example', n), 1 FROM generate_series(1, :domains) n;
SELECT census.create_scan('survey', 'survey', '{"resolveBatchSize": 1000, "limits": {"rate": 1}}', '');
UPDATE census.resolve_batch SET state = 'done';
INSERT INTO census.mx_host (scan_id, id, name, provider, status, dnssec)
SELECT 1, n, format('mx%s.p%s.example', n, n / 3), format('p%s.example', n / 3), 'ok', 'insecure'
FROM generate_series(1, :hosts) n;
-- One or two hosts for each domain; providers of many domains are found at both ends of the numbers.
INSERT INTO census.domain_result (scan_id, domain_id, weight, status, dnssec, mx_hosts, mx_preferences)
SELECT 1, n, 1, 'mx', 'insecure',
  ARRAY(SELECT 1 + (n * 7919::bigint + o) % :hosts FROM generate_series(1, e.records) o),
  ARRAY(SELECT 10 * o FROM generate_series(1, e.records) o)
FROM generate_series(1, :domains) n, LATERAL (SELECT CASE WHEN n % 3 = 0 THEN 2 ELSE 1 END AS records) e;
INSERT INTO census.probe_result (scan_id, host_id, ordinal, attempt, final, address, port, started_at, outcome, findings,
  conclusive, starttls, verified, starttls_offered, helo_only, bare_line_feed, greeting, ehlo, starttls_reply, ehlo_tls,
  error, tls_version, cipher, key_group, cipher_bits, forward_secrecy, client_certificate_requested,
  connect_ms, greeting_ms, ehlo_ms, starttls_ms, handshake_ms, ehlo_tls_ms, quit_ms, chain_id)
SELECT 1, n, 1, 1, true, '1.0.0.0'::inet + n, 25, now(), o.outcome,
  CASE WHEN o.outcome IN ('trusted', 'starttls_not_offered', 'handshake_failed') THEN '{}' ELSE ARRAY[o.outcome] END,
  true, s.offered, CASE WHEN s.offered THEN o.outcome = 'trusted' END, s.offered, false, false,
  format('220 mx%s.p%s.example ESMTP Postfix', n, n / 3),
  format(E'250 mx%s.p%s.example\nPIPELINING\nSIZE 35882577\nETRN\nENHANCEDSTATUSCODES\n8BITMIME\nDSN', n, n / 3),
  CASE WHEN s.offered THEN '220 2.0.0 Ready to start TLS' END,
  CASE WHEN s.offered THEN format(E'250 mx%s.p%s.example\nPIPELINING\nSIZE 35882577\n8BITMIME\nDSN', n, n / 3) END,
  CASE WHEN o.outcome = 'name_mismatch' THEN format('the certificate is for www.p%s.example', n / 3) END,
  CASE WHEN s.offered THEN 'TLSv1.3' END, CASE WHEN s.offered THEN 'TLS_AES_256_GCM_SHA384' END,
  CASE WHEN s.offered THEN 'x25519' END, CASE WHEN s.offered THEN 256 END, s.offered, CASE WHEN s.offered THEN false END,
  20, 30, 20, 20, CASE WHEN s.offered THEN 40 END, CASE WHEN s.offered THEN 20 END, 20, CASE WHEN s.offered THEN n END
FROM generate_series(1, :hosts) n,
  LATERAL (SELECT n * 7919::bigint % 10000 AS place) p,
  LATERAL (SELECT place < 7610 AS offered) s,
  LATERAL (SELECT CASE
    WHEN place < 425 THEN 'name_mismatch' WHEN place < 571 THEN 'unknown_authority' WHEN place < 629 THEN 'expired'
    WHEN place < 643 THEN 'handshake_failed' WHEN place < 647 THEN 'negative_serial' WHEN place < 7610 THEN 'trusted'
    ELSE 'starttls_not_offered' END AS outcome) o;
SELECT census.roll_up(1);
UPDATE census.scan SET state = 'finished', finished_at = now();
VACUUM ANALYZE;
