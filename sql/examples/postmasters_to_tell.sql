-- Whom to tell: misconfigured MX hosts, those with most of our mail first, with what is wrong and what helps.
\if :{?scan}
\else
SELECT coalesce(max(id), 0) AS scan FROM census.scan WHERE rolled_up_at IS NOT NULL \gset
\endif

SELECT h.host, h.address, o.label, h.error, count(v.domain_id) AS domains, sum(r.weight) AS volume, o.remedy
FROM census.host_result h
JOIN census.outcome o ON o.code = h.outcome
JOIN census.domain_verdict v ON v.scan_id = h.scan_id AND v.primary_host_id = h.host_id
JOIN census.domain_result r ON r.scan_id = v.scan_id AND r.domain_id = v.domain_id
WHERE h.scan_id = :scan AND h.starttls AND h.conclusive AND h.outcome <> 'trusted'
GROUP BY h.host, h.address, o.label, h.error, o.remedy
ORDER BY volume DESC
LIMIT 100;
