-- Who asked to be left alone. $1: also the entries that were removed.
SELECT coalesce(network::text, domain), kind, reason, added_by, added_at, removed_by, removed_reason, removed_at
FROM census.optout
WHERE $1 OR removed_at IS NULL
ORDER BY kind DESC, network, domain, id
