-- The networks of the scan $1, and how many host addresses were planned in each.
SELECT network::text, targets_total::bigint FROM census.lane WHERE scan_id = $1 AND targets_total > 0 ORDER BY network
