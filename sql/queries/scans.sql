-- Scans, newest first. $1: name or NULL; $2: id or NULL; $3: unfinished only; $4: name of the list or NULL; $5: how many.
SELECT s.id::bigint, s.name, l.name AS list, s.state, s.created_at, s.finished_at
FROM census.scan s JOIN census.list l ON l.id = s.list_id
WHERE ($1::text IS NULL OR s.name = $1)
  AND ($2::integer IS NULL OR s.id = $2)
  AND (NOT $3::boolean OR s.finished_at IS NULL)
  AND ($4::text IS NULL OR l.name = $4)
ORDER BY s.id DESC
LIMIT $5
