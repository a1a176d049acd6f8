-- $1: name of a list, or NULL for all.
SELECT name, domains, volume, imported_at FROM census.list
WHERE $1::text IS NULL OR name = $1
ORDER BY name
