-- Every domain of the scan $1 that has been resolved, by number, with its MX hosts as parallel arrays.
-- Addresses of a host: those that DNS gave, in the order in which they are tried, separated by spaces.
SELECT s.name, d.name, r.weight, r.status, r.failure::text, v.verdict, m.hosts, m.preferences, m.statuses, m.outcomes,
  m.addresses
FROM census.scan s
JOIN census.domain_result r ON r.scan_id = s.id
-- A value known before the join: of many lists only one is read.
JOIN census.domain d ON d.list_id = (SELECT x.list_id FROM census.scan x WHERE x.id = $1) AND d.id = r.domain_id
LEFT JOIN census.domain_verdict v ON v.scan_id = r.scan_id AND v.domain_id = r.domain_id
LEFT JOIN LATERAL (
  SELECT array_agg(h.name ORDER BY e.ordinal) AS hosts, array_agg(e.preference ORDER BY e.ordinal) AS preferences,
    array_agg(h.status ORDER BY e.ordinal) AS statuses, array_agg(p.outcome ORDER BY e.ordinal) AS outcomes,
    array_agg((
      SELECT coalesce(string_agg(host(a.address), ' ' ORDER BY a.ordinal), '')
      FROM census.host_address a WHERE a.scan_id = $1 AND a.host_id = e.host_id
    ) ORDER BY e.ordinal) AS addresses
  FROM census.domain_mx e
  JOIN census.mx_host h ON h.scan_id = e.scan_id AND h.id = e.host_id
  LEFT JOIN census.probe_result p ON p.scan_id = e.scan_id AND p.host_id = e.host_id AND p.final
  WHERE e.scan_id = $1 AND e.domain_id = r.domain_id
) m ON true
WHERE s.id = $1 AND r.scan_id = $1
ORDER BY r.domain_id
