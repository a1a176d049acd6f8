-- The $2 largest by mail volume.
SELECT provider, hosts, domains, volume, commonest_outcome, starttls_hosts, trusted_hosts
FROM census.summary_provider
WHERE scan_id = $1 ORDER BY volume DESC, hosts DESC, provider LIMIT $2
