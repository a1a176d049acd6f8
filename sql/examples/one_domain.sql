-- Everything about one domain: psql -v domain=example.org -f one_domain.sql
\if :{?scan}
\else
SELECT coalesce(max(id), 0) AS scan FROM census.scan WHERE rolled_up_at IS NOT NULL \gset
\endif

\if :{?domain}
\else
SELECT coalesce(min(domain), '') AS domain FROM census.domain_status WHERE scan_id = :scan \gset
\endif
SELECT * FROM census.domain_status WHERE scan_id = :scan AND domain = :'domain';

SELECT e.preference, h.host, h.status, r.address, r.attempt, r.final, r.outcome, r.conclusive, r.tls_version, r.error
FROM census.scan s
JOIN census.domain d ON d.list_id = s.list_id AND d.name = :'domain'
JOIN census.domain_mx e ON e.scan_id = s.id AND e.domain_id = d.id
JOIN census.host_result h ON h.scan_id = s.id AND h.host_id = e.host_id
LEFT JOIN census.probe_result r ON r.scan_id = s.id AND r.host_id = e.host_id
WHERE s.id = :scan
ORDER BY e.ordinal, r.ordinal, r.attempt;
