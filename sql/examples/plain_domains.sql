-- Domains whose mail travels in the clear, those with most of our mail first.
\if :{?scan}
\else
SELECT coalesce(max(id), 0) AS scan FROM census.scan WHERE rolled_up_at IS NOT NULL \gset
\endif

SELECT domain, weight, primary_host, primary_outcome
FROM census.domain_status
WHERE scan_id = :scan AND verdict = 'plain'
ORDER BY weight DESC
LIMIT 100;
