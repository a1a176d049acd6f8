-- Why hosts that offer STARTTLS give no trusted TLS, and how many have each cause at all.
\if :{?scan}
\else
SELECT coalesce(max(id), 0) AS scan FROM census.scan WHERE rolled_up_at IS NOT NULL \gset
\endif

SELECT label, hosts, percent, all_causes_hosts, domains, volume
FROM census.failure_breakdown
WHERE scan_id = :scan
ORDER BY hosts DESC, all_causes_hosts DESC;
