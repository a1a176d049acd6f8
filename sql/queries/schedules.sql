-- Schedules by name. $1: name or NULL.
SELECT name, list, every_count, every_unit, at_day::integer, (extract(epoch FROM at_time) / 60)::integer, timezone, paused,
  next_at, running_scan, last_due_at, last_result, last_scan, last_reason
FROM census.schedule_state
WHERE $1::text IS NULL OR name = $1
ORDER BY name
