-- Whether a target's host has a further address: one look at the index for each target.
--
-- As an EXISTS, PostgreSQL hashed all addresses of the scan for each call, since it expects ten times the targets that there
-- are: planning cost grew with the square of the scan, and kept the lanes locked meanwhile.

CREATE OR REPLACE FUNCTION census.add_targets(p_scan integer, p_hosts bigint[], p_ordinals smallint[]) RETURNS void
LANGUAGE sql SET search_path = census, pg_temp AS $$
  WITH added AS (
    INSERT INTO probe_target (scan_id, host_id, id, lane_id, ordinal, attempt, address, not_before, has_next)
    SELECT p_scan, q.host_id, nextval('probe_target_id_seq'), l.id, q.ordinal, 1, a.address, now(),
      coalesce((SELECT f.permitted FROM host_address f
        WHERE f.scan_id = p_scan AND f.host_id = q.host_id AND f.ordinal = q.ordinal + 1), false)
    FROM unnest(p_hosts, p_ordinals) AS q (host_id, ordinal)
    JOIN host_address a ON a.scan_id = p_scan AND a.host_id = q.host_id AND a.ordinal = q.ordinal
    JOIN lane l ON l.scan_id = p_scan AND l.network = politeness_network(a.address)
    RETURNING lane_id
  ), counts AS (
    SELECT lane_id, count(*) AS targets FROM added GROUP BY lane_id
  )
  UPDATE lane l SET
    pending = l.pending + c.targets, targets_total = l.targets_total + c.targets,
    size_class = size_class(l.pending + c.targets),
    state = CASE l.state WHEN 'idle' THEN 'ready' ELSE l.state END,
    ready_at = CASE WHEN l.state IN ('idle', 'ready') THEN greatest(l.rest_until, now()) ELSE l.ready_at END
  FROM counts c WHERE l.scan_id = p_scan AND l.id = c.lane_id
$$;
