-- What changed in a scan since the one before: how much of each, and the hosts that broke.
\if :{?scan}
\else
SELECT coalesce(max(id), 0) AS scan FROM census.scan WHERE previous_scan_id IS NOT NULL \gset
\endif

SELECT kind, change, count(*) FROM census.scan_change WHERE scan_id = :scan GROUP BY kind, change ORDER BY kind, change;

SELECT name, now, provider, since FROM census.scan_change
WHERE scan_id = :scan AND kind = 'host' AND change = 'broke'
ORDER BY name
LIMIT 100;
