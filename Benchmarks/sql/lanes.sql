-- A scan made by hand: :batches resolve batches of one domain each, and as many lanes with :targets targets each, all ready; and
-- :clients workers.
INSERT INTO census.trust_store (sha256, pem) VALUES (sha256(''), '');
INSERT INTO census.list (name, domains) VALUES ('bench', :batches);
CREATE TABLE census.domain_1 PARTITION OF census.domain FOR VALUES IN (1);
INSERT INTO census.domain (list_id, id, name, weight)
SELECT 1, n, format('d%s.example', n), 1 FROM generate_series(1, :batches) n;
INSERT INTO census.scan (name, list_id, settings, trust_store_id, domains, lane_gap, reclaim_gap)
VALUES ('bench', 1, '{}', 1, :batches, '1 ms', '1 ms');
INSERT INTO census.progress (scan_id) VALUES (1);
SELECT census.create_scan_partitions(1);
INSERT INTO census.resolve_batch (scan_id, id, first_domain, last_domain)
SELECT 1, n, n, n FROM generate_series(1, :batches) n;
INSERT INTO census.mx_host (scan_id, id, name, provider, status, dnssec)
SELECT 1, n, format('mx%s.example', n), 'example', 'ok', 'insecure' FROM generate_series(1, :batches * :targets) n;
INSERT INTO census.lane (scan_id, id, network, state, slot, size_class, pending, targets_total, ready_at)
SELECT 1, n, network(set_masklen('1.0.0.0'::inet + n * 256::bigint, 24)), 'ready', floor(random() * census.lane_slots()),
  census.size_class(:targets), :targets, :targets, now() - n * interval '1 ms'
FROM generate_series(1, :batches) n;
INSERT INTO census.probe_target (scan_id, host_id, id, lane_id, ordinal, attempt, address, not_before, has_next)
SELECT 1, (n - 1) * :targets + t, (n - 1) * :targets + t, n, 1, 1, '1.0.0.0'::inet + n * 256::bigint + t, now(), false
FROM generate_series(1, :batches) n, generate_series(1, :targets) t;
SELECT count(*) FROM (SELECT census.register_worker(format('bench %s', n), 86400) FROM generate_series(1, :clients) n) w;
VACUUM ANALYZE;
