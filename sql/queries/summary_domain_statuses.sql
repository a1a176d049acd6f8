SELECT x.status, x.domains, x.volume
FROM census.summary_domain_status x JOIN census.domain_status_code c ON c.code = x.status
WHERE x.scan_id = $1 ORDER BY c.ordinal
