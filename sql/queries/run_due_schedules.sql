-- Starts what is due, and what became of it. $1: now, or NULL for the clock.
SELECT schedule, due_at, result, missed, scan_name, reason FROM census.run_due_schedules(coalesce($1, now()))
