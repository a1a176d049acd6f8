-- Why hosts that offer STARTTLS give no trusted TLS, from the result rows themselves.
SELECT o.code, o.label, count(*) AS hosts, round(100 * count(*) / sum(count(*)) OVER (), 1) AS percent
FROM census.probe_result r JOIN census.outcome o ON o.code = r.outcome
WHERE r.scan_id = 1 AND r.final AND r.starttls AND r.conclusive AND r.outcome <> 'trusted'
GROUP BY o.code, o.label ORDER BY hosts DESC
