-- Who issues the certificates of MX hosts, and how many of them are trusted.
\if :{?scan}
\else
SELECT coalesce(max(id), 0) AS scan FROM census.scan WHERE rolled_up_at IS NOT NULL \gset
\endif

SELECT c.issuer, count(*) AS hosts, count(*) FILTER (WHERE h.verified) AS trusted
FROM census.host_result h
JOIN census.chain n ON n.id = h.chain_id
JOIN census.certificate c ON c.id = n.certificates[1]
WHERE h.scan_id = :scan
GROUP BY c.issuer
ORDER BY hosts DESC
LIMIT 50;
