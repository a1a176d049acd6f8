-- The providers that get most of our mail: do they offer TLS, and is it right?
\if :{?scan}
\else
SELECT coalesce(max(id), 0) AS scan FROM census.scan WHERE rolled_up_at IS NOT NULL \gset
\endif

SELECT provider, volume, domains, hosts, starttls_percent, trusted_percent, commonest_label
FROM census.provider_support
WHERE scan_id = :scan
ORDER BY volume DESC
LIMIT 50;
