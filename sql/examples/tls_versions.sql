-- Protocol versions and cipher suites.
\if :{?scan}
\else
SELECT coalesce(max(id), 0) AS scan FROM census.scan WHERE rolled_up_at IS NOT NULL \gset
\endif

SELECT tls_version, cipher, count(*) AS hosts, round(100.0 * count(*) / sum(count(*)) OVER (), 1) AS percent
FROM census.host_result
WHERE scan_id = :scan AND tls_version IS NOT NULL
GROUP BY tls_version, cipher
ORDER BY hosts DESC;
