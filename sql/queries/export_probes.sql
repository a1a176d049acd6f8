-- Every attempt of the scan $1, by host, address and attempt. OFFSET 0: as in export_domains.sql.
SELECT (SELECT s.name FROM census.scan s WHERE s.id = $1), h.name, r.address, r.port, r.started_at, r.outcome,
  r.findings, r.conclusive, r.starttls, r.tls_version, r.cipher, r.verified, r.error, r.greeting, r.ehlo, c.serial,
  c.not_before, c.not_after, c.issuer, c.subject, c.dns_names, encode(c.sha256, 'hex'),
  ARRAY[r.connect_ms, r.greeting_ms, r.ehlo_ms, r.starttls_ms, r.handshake_ms, r.ehlo_tls_ms, r.quit_ms], r.final,
  r.handshake_failure, r.handshake_step, r.dh_bits, r.signature_digest,
  CASE WHEN r.second_look
    THEN census.second_look_result(r.chain_id, r.second_look_chain_id, r.second_look_failure) END,
  f.name
FROM census.probe_result r
CROSS JOIN LATERAL (
  SELECT x.name FROM census.mx_host x WHERE x.scan_id = $1 AND x.id = r.host_id OFFSET 0
) h
LEFT JOIN LATERAL (
  SELECT x.name FROM census.mx_host x WHERE x.scan_id = $1 AND x.id = r.shared_from OFFSET 0
) f ON true
LEFT JOIN LATERAL (SELECT x.certificates FROM census.chain x WHERE x.id = r.chain_id OFFSET 0) n ON true
LEFT JOIN LATERAL (SELECT x.* FROM census.certificate x WHERE x.id = n.certificates[1] OFFSET 0) c ON true
WHERE r.scan_id = $1
ORDER BY r.host_id, r.ordinal, r.attempt
