-- Settings and trust store of the scan $1.
SELECT s.settings::text, t.pem
FROM census.scan s JOIN census.trust_store t ON t.id = s.trust_store_id
WHERE s.id = $1
