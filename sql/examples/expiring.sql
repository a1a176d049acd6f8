-- Certificates that fail before the next scheduled scan of their list (or within 30 days), those with most mail behind them first.
SELECT list, not_after, next_scan, hosts, domains, volume, subject, issuer, example_host
FROM census.expiring_soon
ORDER BY volume DESC, not_after
LIMIT 100;
