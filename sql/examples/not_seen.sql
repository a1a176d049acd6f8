-- Where the census could not look, by network: candidates for a gentler pace, or for a word with the operator.
\if :{?scan}
\else
SELECT coalesce(max(id), 0) AS scan FROM census.scan WHERE rolled_up_at IS NOT NULL \gset
\endif

SELECT census.politeness_network(h.address) AS network, h.outcome, count(*) AS hosts, min(h.error) AS for_example
FROM census.host_result h
WHERE h.scan_id = :scan AND NOT h.conclusive
GROUP BY network, h.outcome
ORDER BY hosts DESC
LIMIT 50;
