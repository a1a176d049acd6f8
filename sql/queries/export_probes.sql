-- Every attempt of the scan $1, by host, address and attempt.
SELECT s.name, h.name, r.address, r.port, r.started_at, r.outcome, r.findings, r.conclusive, r.starttls, r.tls_version,
  r.cipher, r.verified, r.error, r.greeting, r.ehlo, c.serial, c.not_before, c.not_after, c.issuer, c.subject,
  c.dns_names, encode(c.sha256, 'hex'),
  ARRAY[r.connect_ms, r.greeting_ms, r.ehlo_ms, r.starttls_ms, r.handshake_ms, r.ehlo_tls_ms, r.quit_ms], r.final,
  r.handshake_failure, r.handshake_step, r.dh_bits, r.signature_digest,
  CASE WHEN r.second_look
    THEN census.second_look_result(r.chain_id, r.second_look_chain_id, r.second_look_failure) END,
  f.name
FROM census.probe_result r
JOIN census.scan s ON s.id = r.scan_id
JOIN census.mx_host h ON h.scan_id = r.scan_id AND h.id = r.host_id
LEFT JOIN census.mx_host f ON f.scan_id = r.scan_id AND f.id = r.shared_from
LEFT JOIN census.chain n ON n.id = r.chain_id
LEFT JOIN census.certificate c ON c.id = n.certificates[1]
WHERE r.scan_id = $1
ORDER BY r.host_id, r.ordinal, r.attempt
