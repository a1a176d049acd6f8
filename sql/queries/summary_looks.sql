SELECT x.source, x.hosts, x.domains, x.volume
FROM census.summary_look x
WHERE x.scan_id = $1 ORDER BY x.source
