-- What is kept: the rule of each list, and the one for all others (list NULL).
SELECT l.name, r.keep_scans, r.keep_months FROM census.retention r LEFT JOIN census.list l ON l.id = r.list_id
ORDER BY l.name NULLS FIRST
