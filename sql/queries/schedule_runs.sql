-- Runs of the schedule $1, newest first. $2: how many.
SELECT r.due_at, r.started_at, r.by_hand, r.result, r.missed, r.scan_name, s.state, r.reason
FROM census.schedule_run r
JOIN census.schedule c ON c.id = r.schedule_id
LEFT JOIN census.scan s ON s.id = r.scan_id
WHERE c.name = $1
ORDER BY r.id DESC
LIMIT $2
