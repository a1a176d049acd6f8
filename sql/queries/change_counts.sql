-- How many hosts and domains of the scan $1 changed in which way.
SELECT 'host' AS kind, c.change, count(*) FROM census.host_change c
JOIN census.scan s ON s.id = c.scan_id AND s.previous_scan_id IS NOT NULL
WHERE c.scan_id = $1 AND c.change <> 'unseen' GROUP BY c.change
UNION ALL
SELECT 'domain', c.change, count(*) FROM census.domain_change c
JOIN census.scan s ON s.id = c.scan_id AND s.previous_scan_id IS NOT NULL
WHERE c.scan_id = $1 AND c.change <> 'unseen' GROUP BY c.change
ORDER BY kind DESC, change
