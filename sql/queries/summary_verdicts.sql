SELECT x.verdict, x.domains, x.volume
FROM census.summary_verdict x JOIN census.verdict_code c ON c.code = x.verdict
WHERE x.scan_id = $1 ORDER BY c.ordinal
