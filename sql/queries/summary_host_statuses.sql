SELECT x.status, x.hosts, x.domains, x.volume
FROM census.summary_host_status x JOIN census.host_status_code c ON c.code = x.status
WHERE x.scan_id = $1 ORDER BY c.ordinal
