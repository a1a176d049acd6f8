-- Lanes and the probes in them. The terms and the life of a batch are explained in V0004.

-- How many ways the lanes of one size are spread, so that workers leasing at the same time seldom meet.
CREATE FUNCTION census.lane_slots() RETURNS integer
LANGUAGE sql IMMUTABLE AS 'SELECT 8';
COMMENT ON FUNCTION census.lane_slots() IS 'Number of slots over which lanes are spread.';

CREATE FUNCTION census.size_class(p_pending bigint) RETURNS smallint
LANGUAGE sql IMMUTABLE AS 'SELECT floor(ln(greatest(1, p_pending)) / ln(2) + 1e-9)::smallint';
COMMENT ON FUNCTION census.size_class(bigint) IS 'Binary logarithm of the number of pending targets, rounded down.';

-- Takes up to p_max ready lanes: from the largest size class down, and within a class from a random slot on.
CREATE FUNCTION census.take_lanes(p_scan integer, p_worker bigint, p_max integer, p_request bigint) RETURNS bigint[]
LANGUAGE plpgsql SET search_path = census, pg_temp SET enable_seqscan = off
  SET jit = off SET max_parallel_workers_per_gather = 0 AS $$
DECLARE
  v_taken bigint[] := '{}';
  v_more bigint[];
  v_start integer := floor(random() * lane_slots());
  v_class smallint := 32767;
  v_slot integer;
BEGIN
  LOOP
    -- The next smaller class that has ready lanes: one index probe, however many lanes there are.
    SELECT l.size_class INTO v_class FROM lane l
    WHERE l.scan_id = p_scan AND l.state = 'ready' AND l.size_class < v_class
    ORDER BY l.size_class DESC LIMIT 1;
    EXIT WHEN NOT FOUND;
    FOR v_slot IN SELECT (v_start + n) % lane_slots() FROM generate_series(0, lane_slots() - 1) n LOOP
      WITH picked AS MATERIALIZED (
        SELECT l.id FROM lane l
        WHERE l.scan_id = p_scan AND l.state = 'ready' AND l.size_class = v_class AND l.slot = v_slot
          AND l.ready_at <= now()
        ORDER BY l.ready_at LIMIT p_max - cardinality(v_taken) FOR UPDATE SKIP LOCKED
      ), leased AS (
        UPDATE lane l SET state = 'leased', worker_id = p_worker, request = p_request, fence = l.fence + 1
        FROM picked WHERE l.scan_id = p_scan AND l.id = picked.id
        RETURNING l.id
      )
      SELECT coalesce(array_agg(leased.id), '{}') INTO v_more FROM leased;
      v_taken := v_taken || v_more;
      IF cardinality(v_taken) >= p_max THEN
        RETURN v_taken;
      END IF;
    END LOOP;
  END LOOP;
  RETURN v_taken;
END $$;
COMMENT ON FUNCTION census.take_lanes(integer, bigint, integer, bigint) IS 'Part of lease_lanes: leases ready lanes of one scan.';

CREATE FUNCTION census.lease_lanes(
  p_worker bigint, p_max_lanes integer, p_max_targets integer, p_request bigint, p_unanswered bigint[] DEFAULT '{}'
)
RETURNS TABLE (
  scan_id integer, lane_id bigint, fence bigint, network cidr, target_id bigint, host_id bigint, host text,
  address inet, attempt smallint, has_next boolean
)
LANGUAGE plpgsql SET search_path = census, pg_temp SET enable_seqscan = off
  SET jit = off SET max_parallel_workers_per_gather = 0 AS $$
#variable_conflict use_column
DECLARE
  v_scan integer;
  v_taken bigint[];
  v_left integer := p_max_lanes;
BEGIN
  PERFORM require_active(p_worker);
  PERFORM release_requests(p_worker, p_unanswered);
  FOR v_scan IN SELECT s.id FROM scan s WHERE s.state = 'running' ORDER BY random() LOOP
    EXIT WHEN v_left <= 0;
    v_taken := take_lanes(v_scan, p_worker, v_left, p_request);
    v_left := v_left - cardinality(v_taken);
    RETURN QUERY
      SELECT v_scan, l.id, l.fence, l.network, t.id, t.host_id, h.name, t.address, t.attempt, t.has_next
      FROM lane l
      LEFT JOIN LATERAL (
        SELECT * FROM probe_target p
        WHERE p.scan_id = v_scan AND p.lane_id = l.id AND p.not_before <= now()
        ORDER BY p.not_before, p.id LIMIT p_max_targets
      ) t ON true
      LEFT JOIN mx_host h ON h.scan_id = v_scan AND h.id = t.host_id
      WHERE l.scan_id = v_scan AND l.id = ANY (v_taken)
      ORDER BY l.id, t.not_before, t.id;
  END LOOP;
END $$;
COMMENT ON FUNCTION census.lease_lanes(bigint, integer, integer, bigint, bigint[]) IS
  'Leases up to p_max_lanes lanes of running scans, each with up to p_max_targets targets that are due. p_request numbers the call; what the calls p_unanswered took goes back first. One row a target.';

CREATE TYPE census.lane_completion AS (lane_id bigint, fence bigint);
COMMENT ON TYPE census.lane_completion IS 'A lane that a worker has done with, and the token of its lease.';
CREATE TYPE census.certificate_record AS (
  der bytea, serial text, serial_octets integer, not_before timestamptz, not_after timestamptz, issuer text, subject text,
  dns_names text[], common_name text, key_algorithm text, key_bits integer, signature_algorithm text,
  self_signed boolean, is_ca boolean, must_staple boolean
);
COMMENT ON TYPE census.certificate_record IS 'A certificate as a worker saw it.';
CREATE TYPE census.probe_record AS (
  lane_id bigint, target_id bigint, host_id bigint, next_step text, retry_seconds double precision,
  started_at timestamptz, port integer, outcome text, handshake_failure text, findings text[], conclusive boolean,
  starttls boolean, verified boolean, error text, failure text, greeting text, ehlo text, starttls_reply text,
  ehlo_tls text, starttls_offered boolean, masked_keyword text, helo_only boolean, bare_line_feed boolean,
  plaintext_after_starttls text, tls_version text, cipher text, key_group text, cipher_bits smallint,
  forward_secrecy boolean, client_certificate_requested boolean, ocsp_staple bytea, verify_error text,
  connect_ms integer, greeting_ms integer, ehlo_ms integer, starttls_ms integer, handshake_ms integer,
  ehlo_tls_ms integer, quit_ms integer, chain integer[]
);
COMMENT ON TYPE census.probe_record IS
  'One attempt: what was seen, how it was judged, and what follows: final, next_address or retry. "chain" holds places in the array of certificates, from 1.';

-- Stores what is new of p_certificates, in order of their fingerprints. Returns the number of each.
CREATE FUNCTION census.add_certificates(p_certificates census.certificate_record[]) RETURNS bigint[]
LANGUAGE plpgsql SET search_path = census, pg_temp SET plan_cache_mode = force_custom_plan
  SET jit = off SET max_parallel_workers_per_gather = 0 AS $$
DECLARE
  v_prints bytea[] := ARRAY(SELECT sha256(c.der) FROM unnest(p_certificates) WITH ORDINALITY AS c ORDER BY c.ordinality);
BEGIN
  INSERT INTO certificate (sha256, der, serial, serial_octets, not_before, not_after, issuer, subject, dns_names,
    common_name, key_algorithm, key_bits, signature_algorithm, self_signed, is_ca, must_staple)
  SELECT DISTINCT ON (p.print) p.print, c.der, c.serial, c.serial_octets, c.not_before, c.not_after, c.issuer, c.subject,
    coalesce(c.dns_names, '{}'), c.common_name, c.key_algorithm, c.key_bits, c.signature_algorithm, c.self_signed,
    c.is_ca, c.must_staple
  FROM unnest(v_prints) WITH ORDINALITY AS p (print, place)
  JOIN unnest(p_certificates) WITH ORDINALITY AS c ON c.ordinality = p.place
  WHERE NOT EXISTS (SELECT FROM certificate k WHERE k.sha256 = p.print)
  ORDER BY p.print
  ON CONFLICT (sha256) DO NOTHING;
  RETURN ARRAY(
    SELECT k.id FROM unnest(v_prints) WITH ORDINALITY AS p (print, place) JOIN certificate k ON k.sha256 = p.print
    ORDER BY p.place);
END $$;
COMMENT ON FUNCTION census.add_certificates(census.certificate_record[]) IS 'Part of complete_lanes: stores certificates that are new.';

CREATE FUNCTION census.check_records(p_results census.probe_record[]) RETURNS void
LANGUAGE plpgsql SET search_path = census, pg_temp AS $$
DECLARE
  v_bad text;
BEGIN
  SELECT r.outcome INTO v_bad FROM unnest(p_results) r
  WHERE NOT EXISTS (SELECT FROM outcome o WHERE o.code = r.outcome)
    OR r.next_step NOT IN ('final', 'next_address', 'retry')
    OR NOT (r.findings <@ ARRAY(SELECT f.code FROM finding f)::text[]);
  IF FOUND THEN
    RAISE EXCEPTION 'a probe record with outcome ''%'' holds a code that the schema does not know', v_bad
      USING ERRCODE = 'MX004';
  END IF;
END $$;
COMMENT ON FUNCTION census.check_records(census.probe_record[]) IS 'Part of complete_lanes: refuses unknown codes.';

-- Writes the results of lanes that the caller has locked, and what follows from each. Each record must belong to a
-- pending target of its lane, once.
CREATE FUNCTION census.write_probes(
  p_scan integer, p_held bigint[], p_results census.probe_record[], p_certificates census.certificate_record[]
) RETURNS void
LANGUAGE plpgsql SET search_path = census, pg_temp SET plan_cache_mode = force_custom_plan
  SET jit = off SET max_parallel_workers_per_gather = 0 AS $$
DECLARE
  v_results probe_record[] := ARRAY(SELECT r FROM unnest(p_results) r WHERE r.lane_id = ANY (p_held));
  v_ids bigint[] := add_certificates(p_certificates);
  v_matched bigint;
  v_finished bigint;
  v_moved bigint;
BEGIN
  PERFORM check_records(v_results);
  INSERT INTO chain (certificates)
  SELECT DISTINCT ARRAY(SELECT v_ids[place] FROM unnest(r.chain) WITH ORDINALITY AS c (place, n) ORDER BY n) AS certificates
  FROM unnest(v_results) r WHERE cardinality(r.chain) > 0
  ORDER BY certificates
  ON CONFLICT (certificates) DO NOTHING;

  WITH seen AS MATERIALIZED (
    SELECT r.*, t.ordinal, t.attempt, t.address, t.has_next,
      CASE WHEN cardinality(r.chain) > 0
        THEN ARRAY(SELECT v_ids[place] FROM unnest(r.chain) WITH ORDINALITY AS c (place, n) ORDER BY n) END AS certificates
    FROM unnest(v_results) r
    JOIN probe_target t ON t.scan_id = p_scan AND t.host_id = r.host_id AND t.id = r.target_id AND t.lane_id = r.lane_id
    WHERE r.next_step <> 'next_address' OR t.has_next
  ), written AS (
    INSERT INTO probe_result (scan_id, host_id, ordinal, attempt, final, address, port, started_at, outcome,
      handshake_failure, findings, conclusive, starttls, verified, error, failure, greeting, ehlo, starttls_reply,
      ehlo_tls, starttls_offered, masked_keyword, helo_only, bare_line_feed, plaintext_after_starttls, tls_version,
      cipher, key_group, cipher_bits, forward_secrecy, client_certificate_requested, ocsp_staple, verify_error,
      connect_ms, greeting_ms, ehlo_ms, starttls_ms, handshake_ms, ehlo_tls_ms, quit_ms, chain_id)
    SELECT p_scan, r.host_id, r.ordinal, r.attempt, r.next_step = 'final', r.address, r.port, r.started_at, r.outcome,
      r.handshake_failure, r.findings, r.conclusive, r.starttls, r.verified, r.error, r.failure, r.greeting, r.ehlo,
      r.starttls_reply, r.ehlo_tls, r.starttls_offered, r.masked_keyword, r.helo_only, r.bare_line_feed,
      r.plaintext_after_starttls, r.tls_version, r.cipher, r.key_group, r.cipher_bits, r.forward_secrecy,
      r.client_certificate_requested, r.ocsp_staple, r.verify_error, r.connect_ms, r.greeting_ms, r.ehlo_ms,
      r.starttls_ms, r.handshake_ms, r.ehlo_tls_ms, r.quit_ms,
      (SELECT c.id FROM chain c WHERE c.certificates = r.certificates)
    FROM seen r
  ), retried AS (
    UPDATE probe_target t SET id = nextval('probe_target_id_seq'), attempt = t.attempt + 1,
      not_before = now() + make_interval(secs => r.retry_seconds)
    FROM seen r WHERE r.next_step = 'retry' AND t.scan_id = p_scan AND t.host_id = r.host_id
  ), finished AS (
    DELETE FROM probe_target t USING seen r
    WHERE r.next_step <> 'retry' AND t.scan_id = p_scan AND t.host_id = r.host_id
    RETURNING t.host_id
  ), moved AS (
    INSERT INTO probe_queue (scan_id, host_id, ordinal)
    SELECT p_scan, r.host_id, r.ordinal + 1 FROM seen r WHERE r.next_step = 'next_address'
    RETURNING host_id
  )
  SELECT (SELECT count(*) FROM seen), (SELECT count(*) FROM finished), (SELECT count(*) FROM moved)
  INTO v_matched, v_finished, v_moved;

  IF v_matched <> cardinality(v_results) THEN
    RAISE EXCEPTION '% of % probe records belong to no pending target of their lane, or ask for a next address that does not exist',
      cardinality(v_results) - v_matched, cardinality(v_results) USING ERRCODE = 'MX004';
  END IF;
  INSERT INTO progress_delta (scan_id, targets, targets_done) VALUES (p_scan, v_moved, v_finished);
END $$;
COMMENT ON FUNCTION census.write_probes(integer, bigint[], census.probe_record[], census.certificate_record[]) IS
  'Part of complete_lanes: results, follow-up targets and counters of locked lanes.';

CREATE FUNCTION census.complete_lanes(
  p_scan integer, p_worker bigint, p_lanes census.lane_completion[], p_results census.probe_record[],
  p_certificates census.certificate_record[]
) RETURNS bigint[]
LANGUAGE plpgsql SET search_path = census, pg_temp SET plan_cache_mode = force_custom_plan
  SET jit = off SET max_parallel_workers_per_gather = 0 AS $$
DECLARE
  v_held bigint[] := ARRAY(
    SELECT l.id FROM lane l JOIN unnest(p_lanes) c ON l.id = c.lane_id
    WHERE l.scan_id = p_scan AND l.state = 'leased' AND l.worker_id = p_worker AND l.fence = c.fence
    ORDER BY l.id FOR UPDATE OF l);
BEGIN
  IF cardinality(v_held) > 0 THEN
    PERFORM write_probes(p_scan, v_held, p_results, p_certificates);
    UPDATE lane l SET
      state = CASE WHEN n.pending = 0 THEN 'idle' ELSE 'ready' END,
      worker_id = NULL, request = NULL,
      attempts = CASE WHEN n.results > 0 THEN 0 ELSE l.attempts END,
      pending = n.pending, targets_done = l.targets_total - n.pending, size_class = size_class(n.pending),
      rest_until = now() + s.lane_gap,
      ready_at = greatest(now() + s.lane_gap, n.due)
    FROM scan s, (
      SELECT h.id, count(r.lane_id) AS results,
        (SELECT k.pending FROM lane k WHERE k.scan_id = p_scan AND k.id = h.id)
          - count(r.lane_id) FILTER (WHERE r.next_step <> 'retry') AS pending,
        (SELECT min(t.not_before) FROM probe_target t WHERE t.scan_id = p_scan AND t.lane_id = h.id) AS due
      FROM unnest(v_held) AS h (id) LEFT JOIN unnest(p_results) r ON r.lane_id = h.id
      GROUP BY h.id
    ) n
    WHERE l.scan_id = p_scan AND l.id = n.id AND s.id = p_scan;
  END IF;
  RETURN ARRAY(SELECT c.lane_id FROM unnest(p_lanes) c WHERE c.lane_id <> ALL (v_held) ORDER BY c.lane_id);
END $$;
COMMENT ON FUNCTION census.complete_lanes(integer, bigint, census.lane_completion[], census.probe_record[], census.certificate_record[]) IS
  'Ends leases of lanes with the results they have; targets without a result stay pending. Returns the lanes whose lease was lost: of those nothing is written.';
