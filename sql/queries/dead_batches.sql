-- What was given up in the scan $1, with the last errors.
SELECT 'resolve' AS kind, id::bigint, attempts::integer, last_error,
  format('domains %s to %s', first_domain, last_domain) AS contents
FROM census.resolve_batch WHERE scan_id = $1 AND state = 'dead'
UNION ALL
SELECT 'lane', id, attempts::integer, last_error, format('%s targets in %s', pending, network)
FROM census.lane WHERE scan_id = $1 AND state = 'dead'
ORDER BY kind, id
