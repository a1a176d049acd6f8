-- Every attempt of the scan $1, by host, address and attempt: all that a judgement needs, and the one that was made.
-- Domains and volume: of those whose primary MX host it is, as of the latest roll-up.
SELECT h.name, r.address, r.port, r.started_at, r.attempt, r.final, w.domains, w.volume,
  r.outcome, r.handshake_failure, r.findings, r.conclusive, r.starttls, r.verified, r.error,
  r.failure, r.greeting, r.ehlo, r.ehlo_refusal, r.starttls_reply, r.ehlo_tls, r.starttls_offered, r.masked_keyword, r.helo_only,
  r.bare_line_feed, r.plaintext_after_starttls, r.handshake_step,
  r.tls_version, r.cipher, r.key_group, r.cipher_bits, r.dh_bits, r.signature_digest, r.forward_secrecy,
  r.client_certificate_requested, r.ocsp_staple,
  ARRAY[r.connect_ms, r.greeting_ms, r.ehlo_ms, r.starttls_ms, r.handshake_ms, r.ehlo_tls_ms, r.quit_ms],
  (
    SELECT array_agg(c.der ORDER BY u.place)
    FROM census.chain n CROSS JOIN unnest(n.certificates) WITH ORDINALITY AS u (id, place)
    JOIN census.certificate c ON c.id = u.id
    WHERE n.id = r.chain_id
  ),
  r.second_look, r.second_look_failure,
  (
    SELECT array_agg(c.der ORDER BY u.place)
    FROM census.chain n CROSS JOIN unnest(n.certificates) WITH ORDINALITY AS u (id, place)
    JOIN census.certificate c ON c.id = u.id
    WHERE n.id = r.second_look_chain_id
  )
FROM census.probe_result r
JOIN census.mx_host h ON h.scan_id = r.scan_id AND h.id = r.host_id
LEFT JOIN (
  SELECT v.primary_host_id AS host_id, count(*) AS domains, sum(d.weight) AS volume
  FROM census.domain_verdict v JOIN census.domain_result d ON d.scan_id = v.scan_id AND d.domain_id = v.domain_id
  WHERE v.scan_id = $1 AND v.primary_host_id IS NOT NULL
  GROUP BY v.primary_host_id
) w ON w.host_id = r.host_id AND r.final
WHERE r.scan_id = $1
ORDER BY r.host_id, r.ordinal, r.attempt
