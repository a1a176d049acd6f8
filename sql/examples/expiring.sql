-- Certificates of MX hosts that end within 30 days, with the hosts that use them.
\if :{?scan}
\else
SELECT coalesce(max(id), 0) AS scan FROM census.scan WHERE rolled_up_at IS NOT NULL \gset
\endif

SELECT c.not_after, c.subject, c.issuer, count(*) AS hosts, min(h.host) AS for_example
FROM census.host_result h
JOIN census.chain n ON n.id = h.chain_id
JOIN census.certificate c ON c.id = n.certificates[1]
WHERE h.scan_id = :scan AND c.not_after BETWEEN h.started_at AND h.started_at + interval '30 days'
GROUP BY c.id, c.not_after, c.subject, c.issuer
ORDER BY c.not_after
LIMIT 100;
