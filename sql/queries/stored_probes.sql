-- Every attempt of the scan $1, by host, address and attempt: all that a judgement needs, and the one that was made.
-- Domains and volume: of those whose primary MX host it is, as of the latest roll-up.
SELECT p.*, w.domains, w.volume
FROM census.stored_probe p
LEFT JOIN (
  SELECT v.primary_host_id AS host_id, count(*) AS domains, sum(d.weight) AS volume
  FROM census.domain_verdict v JOIN census.domain_result d ON d.scan_id = v.scan_id AND d.domain_id = v.domain_id
  WHERE v.scan_id = $1 AND v.primary_host_id IS NOT NULL
  GROUP BY v.primary_host_id
) w ON w.host_id = p.host_id AND p.final
WHERE p.scan_id = $1
ORDER BY p.host_id, p.ordinal, p.attempt
