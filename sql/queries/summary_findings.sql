SELECT x.finding, x.hosts, x.domains, x.volume
FROM census.summary_finding x JOIN census.finding c ON c.code = x.finding
WHERE x.scan_id = $1 ORDER BY c.ordinal
