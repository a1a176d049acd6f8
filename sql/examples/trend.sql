-- How the figures of each list move from scan to scan.
SELECT list, scan, started_at, hosts, starttls_percent, starttls_percent_change, trusted_percent, trusted_percent_change,
  fixed_hosts, broke_hosts, still_broken_hosts
FROM census.scan_trend
ORDER BY list, started_at;
