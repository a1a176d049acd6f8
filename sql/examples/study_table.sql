-- The table of the 2014 study, for the scan :scan (by default the latest): each class of failures among the MX hosts that
-- claim STARTTLS.
\if :{?scan}
\else
SELECT coalesce(max(id), 0) AS scan FROM census.scan WHERE rolled_up_at IS NOT NULL \gset
\endif

SELECT coalesce(study_class, 'not in the study') AS class, sum(hosts) AS hosts,
  round(100.0 * sum(hosts) / nullif(sum(sum(hosts)) OVER (), 0), 1) AS percent, sum(domains) AS domains, sum(volume) AS volume
FROM census.failure_breakdown
WHERE scan_id = :scan
GROUP BY study_class
ORDER BY hosts DESC;
