-- Changes of the scan $1, of one kind ($2: host or domain, NULL for both) and one change ($3, NULL for all). $4: how many.
SELECT kind, name, change, since, now, provider
FROM census.scan_change
WHERE scan_id = $1 AND ($2::text IS NULL OR kind = $2) AND ($3::text IS NULL OR change = $3)
ORDER BY kind DESC, change, name
LIMIT $4
