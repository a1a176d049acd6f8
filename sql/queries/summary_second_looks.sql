SELECT x.result, x.hosts, x.domains, x.volume
FROM census.summary_second_look x
WHERE x.scan_id = $1 ORDER BY array_position(ARRAY['same', 'other', 'no_certificate', 'unseen'], x.result)
