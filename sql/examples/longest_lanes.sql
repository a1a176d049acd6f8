-- The networks with most probes: they bound how long a scan takes, whatever the number of workers.
\if :{?scan}
\else
SELECT coalesce(max(id), 0) AS scan FROM census.scan WHERE rolled_up_at IS NOT NULL \gset
\endif

SELECT network, state, targets_total, targets_done, pending, slowdown, ready_at, last_error
FROM census.lane
WHERE scan_id = :scan
ORDER BY targets_total DESC
LIMIT 50;
