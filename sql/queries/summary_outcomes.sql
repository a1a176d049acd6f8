SELECT x.outcome, x.conclusive, x.starttls, x.hosts, x.domains, x.volume
FROM census.summary_outcome x JOIN census.outcome c ON c.code = x.outcome
WHERE x.scan_id = $1 ORDER BY c.ordinal, x.conclusive DESC, x.starttls DESC NULLS LAST
