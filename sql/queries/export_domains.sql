-- Every domain of the scan $1 that has been resolved, by number, with its MX hosts as parallel arrays.
-- Addresses of a host: those that DNS gave, in the order in which they are tried, separated by spaces.
-- OFFSET 0: one look at an index for each row. The planner has statistics of partitions but none of their parents, which it
-- asks for joins; left to itself it takes plans whose time grows with the square of the scan.
SELECT (SELECT s.name FROM census.scan s WHERE s.id = $1), d.name, r.weight, r.status, r.failure::text, v.verdict, m.hosts,
  m.preferences, m.statuses, m.outcomes, m.addresses
FROM census.domain_result r
CROSS JOIN LATERAL (
  SELECT x.name FROM census.domain x
  WHERE x.list_id = (SELECT s.list_id FROM census.scan s WHERE s.id = $1) AND x.id = r.domain_id OFFSET 0
) d
LEFT JOIN LATERAL (
  SELECT x.verdict FROM census.domain_verdict x WHERE x.scan_id = $1 AND x.domain_id = r.domain_id OFFSET 0
) v ON true
LEFT JOIN LATERAL (
  SELECT array_agg(h.name ORDER BY e.ordinal) AS hosts, array_agg(e.preference ORDER BY e.ordinal) AS preferences,
    array_agg(h.status ORDER BY e.ordinal) AS statuses, array_agg(p.outcome ORDER BY e.ordinal) AS outcomes,
    array_agg((
      SELECT coalesce(string_agg(host(a.address), ' ' ORDER BY a.ordinal), '')
      FROM census.host_address a WHERE a.scan_id = $1 AND a.host_id = e.host_id
    ) ORDER BY e.ordinal) AS addresses
  FROM unnest(r.mx_hosts, r.mx_preferences) WITH ORDINALITY AS e (host_id, preference, ordinal)
  CROSS JOIN LATERAL (
    SELECT x.name, x.status FROM census.mx_host x WHERE x.scan_id = $1 AND x.id = e.host_id OFFSET 0
  ) h
  LEFT JOIN LATERAL (
    SELECT x.outcome FROM census.probe_result x WHERE x.scan_id = $1 AND x.host_id = e.host_id AND x.final OFFSET 0
  ) p ON true
) m ON true
WHERE r.scan_id = $1
ORDER BY r.domain_id
