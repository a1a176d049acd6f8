-- Lanes of the scan $1 with something left to do: those that are slowed down most first ($2), or those that take longest. $3: how many.
SELECT network::text, state, pending::bigint, done::bigint, slowdown::integer, rate,
  extract(epoch FROM remaining)::double precision, worker
FROM census.lane_state
WHERE scan_id = $1 AND pending > 0 AND (NOT $2 OR slowdown > 0)
ORDER BY CASE WHEN $2 THEN slowdown END DESC, remaining DESC, network
LIMIT $3
