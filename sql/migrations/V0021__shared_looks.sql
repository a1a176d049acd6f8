-- Shared looks: where an address shows every name the same certificate, one look at it stands for all host names there.
--
-- TERMS
--   look         A connection to an address, asking for one host name.
--   evidence     A look that is conclusive and speaks for its host. Others say nothing about the address.
--   independent  Two pieces of evidence, for different names, agree: further names are judged from the first one.
--   dependent    Two differ, or what was seen may not stand for other names: each name is probed. It stays so.
--   shared       A result that was judged from the look of another host (probe_result.shared_from).
--   check        A host at an independent address that is probed all the same, to see whether the address still is.
--   voided       A shared result that was taken back, since a check differed: its host is probed after all.
--
-- LIFE OF AN ADDRESS
--
--     (nothing) ──one look, others wait──▶ single ──second look agrees──▶ independent
--         │                                  │                                │ check differs:
--         └──two looks in one lease──┐       └─second look differs─┐          │ shared results are voided
--                                    ▼                             ▼          ▼
--                        independent, dependent                dependent ◀────┘
--
-- WHAT CANNOT HAPPEN
--   * Two workers that decide about one address: all targets at an address are in one lane, which one worker holds, and
--     what it learnt is written by the completion that its fencing token guards, with the results that rest on it.
--   * A result that was shared at a dependent address, or from a look that is not there: keep_looks looks.
--   * A host whose shared result is voided and that is not probed: both are one statement.

CREATE TABLE census.address_look (
  host_id bigint NOT NULL,
  scan_id integer NOT NULL,
  unchecked integer NOT NULL DEFAULT 0 CHECK (unchecked >= 0),
  checks integer NOT NULL DEFAULT 0 CHECK (checks >= 0),
  voided integer NOT NULL DEFAULT 0 CHECK (voided >= 0),
  state text COLLATE "C" NOT NULL CHECK (state IN ('single', 'independent', 'dependent')),
  address inet NOT NULL,
  PRIMARY KEY (scan_id, address)
) PARTITION BY LIST (scan_id);
COMMENT ON TABLE census.address_look IS 'What is known of addresses that several host names of a scan share; empty in scans that share no looks.';
COMMENT ON COLUMN census.address_look.host_id IS 'The host for which the first look was made.';
COMMENT ON COLUMN census.address_look.scan_id IS 'The scan.';
COMMENT ON COLUMN census.address_look.unchecked IS 'Results shared since the last check.';
COMMENT ON COLUMN census.address_look.checks IS 'Looks that were compared with the first one, the deciding one included.';
COMMENT ON COLUMN census.address_look.voided IS 'Shared results that were taken back.';
COMMENT ON COLUMN census.address_look.state IS 'single: one look so far; independent: the name asked for does not matter; dependent: it does, or may.';
COMMENT ON COLUMN census.address_look.address IS 'The address.';

CREATE OR REPLACE FUNCTION census.scan_tables() RETURNS text[]
LANGUAGE sql IMMUTABLE AS $$
  SELECT ARRAY[
    'resolve_batch', 'domain_result', 'domain_mx', 'mx_host', 'host_address', 'lane', 'probe_target', 'probe_queue',
    'probe_result', 'domain_verdict', 'summary_provider', 'host_change', 'domain_change', 'address_look']
$$;

CREATE OR REPLACE FUNCTION census.create_scan_partitions(p_scan integer) RETURNS void
LANGUAGE plpgsql SET search_path = census, pg_temp AS $$
DECLARE
  v_parent text;
  v_child text;
  v_storage text;
BEGIN
  FOREACH v_parent IN ARRAY scan_tables() LOOP
    v_child := format('%s_s%s', v_parent, p_scan);
    -- Rows of these are updated or deleted all the time: room for updates in place, and early vacuum.
    v_storage := CASE WHEN v_parent IN ('resolve_batch', 'lane', 'probe_target', 'probe_queue', 'address_look')
      THEN 'WITH (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 2000,
                  autovacuum_vacuum_cost_delay = 0)' ELSE '' END;
    EXECUTE format('CREATE TABLE census.%I (LIKE census.%I INCLUDING DEFAULTS INCLUDING CONSTRAINTS) %s',
      v_child, v_parent, v_storage);
    EXECUTE format('ALTER TABLE census.%I ADD CHECK (scan_id = %s)', v_child, p_scan);
    EXECUTE format('ALTER TABLE census.%I ATTACH PARTITION census.%I FOR VALUES IN (%s)', v_parent, v_child, p_scan);
    PERFORM hand_to_owner(v_child);
  END LOOP;
END $$;

-- Scans from before this migration get empty ones.
DO $$
DECLARE
  v_scan integer;
  v_child text;
BEGIN
  FOR v_scan IN SELECT id FROM census.scan LOOP
    v_child := format('address_look_s%s', v_scan);
    EXECUTE format('CREATE TABLE census.%I PARTITION OF census.address_look FOR VALUES IN (%s)', v_child, v_scan);
    EXECUTE format('ALTER TABLE census.%I ADD CHECK (scan_id = %s)', v_child, v_scan);
  END LOOP;
END $$;

ALTER TABLE census.probe_result
  ADD COLUMN shared_from bigint CHECK (shared_from IS NULL OR (final AND conclusive AND shared_from <> host_id));
COMMENT ON COLUMN census.probe_result.shared_from IS 'The host whose final look at the same address this result was judged from; NULL: from a connection of its own.';
CREATE INDEX probe_result_shared ON census.probe_result (address) WHERE shared_from IS NOT NULL;

-- LEASING

DROP FUNCTION census.lease_lanes(bigint, integer, integer, bigint, bigint[]);
CREATE FUNCTION census.lease_lanes(
  p_worker bigint, p_max_lanes integer, p_max_targets integer, p_request bigint, p_unanswered bigint[] DEFAULT '{}'
)
RETURNS TABLE (
  scan_id integer, lane_id bigint, fence bigint, network cidr, slowdown smallint, target_id bigint, host_id bigint, host text,
  address inet, attempt smallint, has_next boolean,
  look_state text, look_host_id bigint, look_unchecked integer
)
LANGUAGE plpgsql SET search_path = census, pg_temp SET enable_seqscan = off
  SET jit = off SET max_parallel_workers_per_gather = 0 AS $$
#variable_conflict use_column
DECLARE
  v_scan integer;
  v_shares boolean;
  v_taken bigint[];
  v_left integer := p_max_lanes;
BEGIN
  PERFORM require_active(p_worker);
  PERFORM release_requests(p_worker, p_unanswered);
  FOR v_scan, v_shares IN
    SELECT s.id, s.settings ->> 'sharedLookCheck' IS NOT NULL FROM scan s WHERE s.state = 'running' ORDER BY random()
  LOOP
    EXIT WHEN v_left <= 0;
    v_taken := take_lanes(v_scan, p_worker, v_left, p_request);
    v_left := v_left - cardinality(v_taken);
    RETURN QUERY
      SELECT v_scan, l.id, l.fence, l.network, l.slowdown, t.id, t.host_id, h.name, t.address, t.attempt, t.has_next,
        k.state, k.host_id, k.unchecked
      FROM lane l
      LEFT JOIN LATERAL (
        SELECT * FROM probe_target p
        WHERE p.scan_id = v_scan AND p.lane_id = l.id AND p.not_before <= now()
        ORDER BY p.not_before, p.id LIMIT p_max_targets
      ) t ON true
      LEFT JOIN mx_host h ON h.scan_id = v_scan AND h.id = t.host_id
      -- One probe of the index for each target, and none in scans that share no looks.
      LEFT JOIN LATERAL (
        SELECT a.state, a.host_id, a.unchecked FROM address_look a
        WHERE v_shares AND a.scan_id = v_scan AND a.address = t.address LIMIT 1
      ) k ON true
      WHERE l.scan_id = v_scan AND l.id = ANY (v_taken)
      ORDER BY l.id, t.not_before, t.id;
  END LOOP;
END $$;
COMMENT ON FUNCTION census.lease_lanes(bigint, integer, integer, bigint, bigint[]) IS
  'Leases up to p_max_lanes lanes of running scans, each with up to p_max_targets targets that are due. p_request numbers the call; what the calls p_unanswered took goes back first. One row a target, with what is known of its address.';

CREATE VIEW census.stored_probe AS
SELECT r.scan_id, r.host_id, r.ordinal,
  h.name, r.address, r.port, r.started_at, r.attempt, r.final,
  r.outcome, r.handshake_failure, r.findings, r.conclusive, r.starttls, r.verified, r.error,
  r.failure, r.greeting, r.ehlo, r.ehlo_refusal, r.starttls_reply, r.ehlo_tls, r.starttls_offered, r.masked_keyword,
  r.helo_only, r.bare_line_feed, r.plaintext_after_starttls, r.handshake_step,
  r.tls_version, r.cipher, r.key_group, r.cipher_bits, r.dh_bits, r.signature_digest, r.forward_secrecy,
  r.client_certificate_requested, r.ocsp_staple,
  ARRAY[r.connect_ms, r.greeting_ms, r.ehlo_ms, r.starttls_ms, r.handshake_ms, r.ehlo_tls_ms, r.quit_ms] AS durations_ms,
  (
    SELECT array_agg(c.der ORDER BY u.place)
    FROM census.chain n CROSS JOIN unnest(n.certificates) WITH ORDINALITY AS u (id, place)
    JOIN census.certificate c ON c.id = u.id
    WHERE n.id = r.chain_id
  ) AS chain,
  r.second_look, r.second_look_failure,
  (
    SELECT array_agg(c.der ORDER BY u.place)
    FROM census.chain n CROSS JOIN unnest(n.certificates) WITH ORDINALITY AS u (id, place)
    JOIN census.certificate c ON c.id = u.id
    WHERE n.id = r.second_look_chain_id
  ) AS second_look_chain
FROM census.probe_result r
JOIN census.mx_host h ON h.scan_id = r.scan_id AND h.id = r.host_id;
COMMENT ON VIEW census.stored_probe IS 'Every attempt with all that a judgement needs, and the judgement that was made.';
COMMENT ON COLUMN census.stored_probe.name IS 'Name of the host.';
COMMENT ON COLUMN census.stored_probe.durations_ms IS 'Milliseconds of each step, in the order of the dialogue; NULL for a step that was not begun.';
COMMENT ON COLUMN census.stored_probe.chain IS 'The certificates it sent, DER; NULL when there was no handshake.';
COMMENT ON COLUMN census.stored_probe.second_look_chain IS 'The certificates it sent without SNI, DER; NULL when it sent none, or there was no second look.';
-- The other columns are those of probe_result.
DO $$
DECLARE
  v_column name;
  v_comment text;
BEGIN
  FOR v_column, v_comment IN
    SELECT v.attname, col_description(p.attrelid, p.attnum)
    FROM pg_attribute v
    JOIN pg_attribute p ON p.attrelid = 'census.probe_result'::regclass AND p.attname = v.attname AND p.attnum > 0
    WHERE v.attrelid = 'census.stored_probe'::regclass AND v.attnum > 0
  LOOP
    EXECUTE format('COMMENT ON COLUMN census.stored_probe.%I IS %L', v_column, v_comment);
  END LOOP;
END $$;

CREATE FUNCTION census.shared_looks(p_worker bigint, p_scan integer, p_hosts bigint[]) RETURNS SETOF census.stored_probe
LANGUAGE sql STABLE SET search_path = census, pg_temp SET enable_seqscan = off
  SET jit = off SET max_parallel_workers_per_gather = 0 AS $$
  SELECT p.* FROM stored_probe p
  WHERE p.scan_id = p_scan AND p.host_id = ANY (p_hosts) AND p.final AND EXISTS (
    SELECT FROM address_look k JOIN lane l ON l.scan_id = p_scan AND l.network = politeness_network(k.address)
    WHERE k.scan_id = p_scan AND k.address = p.address AND k.host_id = p.host_id
      AND l.state = 'leased' AND l.worker_id = p_worker)
$$;
COMMENT ON FUNCTION census.shared_looks(bigint, integer, bigint[]) IS
  'The first looks at addresses in lanes that the worker holds, by the hosts for which they were made.';

-- COMPLETING

ALTER TYPE census.probe_record ADD ATTRIBUTE shared_from bigint;
CREATE TYPE census.look_note AS (
  lane_id bigint, address inet, state text, host_id bigint, checks integer, unchecked integer
);
COMMENT ON TYPE census.look_note IS
  'What a lease has learnt of an address: as in address_look, but checks only counts those of the lease.';

-- Writes the results of lanes that the caller has locked, and what follows from each. Each record must belong to a
-- pending target of its lane, once.
CREATE OR REPLACE FUNCTION census.write_probes(
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
  SELECT DISTINCT ARRAY(SELECT v_ids[place] FROM unnest(s.places) WITH ORDINALITY AS c (place, n) ORDER BY n) AS certificates
  FROM (
    SELECT r.chain AS places FROM unnest(v_results) r
    UNION ALL
    SELECT r.second_look_chain FROM unnest(v_results) r
  ) s
  WHERE cardinality(s.places) > 0
  ORDER BY certificates
  ON CONFLICT (certificates) DO NOTHING;

  WITH seen AS MATERIALIZED (
    SELECT r.*, t.ordinal, t.attempt, t.address, t.has_next,
      CASE WHEN cardinality(r.chain) > 0
        THEN ARRAY(SELECT v_ids[place] FROM unnest(r.chain) WITH ORDINALITY AS c (place, n) ORDER BY n) END AS certificates,
      CASE WHEN cardinality(r.second_look_chain) > 0
        THEN ARRAY(SELECT v_ids[place] FROM unnest(r.second_look_chain) WITH ORDINALITY AS c (place, n) ORDER BY n)
      END AS second_certificates
    FROM unnest(v_results) r
    JOIN probe_target t ON t.scan_id = p_scan AND t.host_id = r.host_id AND t.id = r.target_id AND t.lane_id = r.lane_id
    WHERE r.next_step <> 'next_address' OR t.has_next
  ), written AS (
    INSERT INTO probe_result (scan_id, host_id, ordinal, attempt, final, address, port, started_at, outcome,
      handshake_failure, findings, conclusive, starttls, verified, error, failure, greeting, ehlo, starttls_reply,
      ehlo_tls, starttls_offered, masked_keyword, helo_only, bare_line_feed, plaintext_after_starttls, tls_version,
      cipher, key_group, cipher_bits, forward_secrecy, client_certificate_requested, ocsp_staple, verify_error,
      connect_ms, greeting_ms, ehlo_ms, starttls_ms, handshake_ms, ehlo_tls_ms, quit_ms, chain_id,
      handshake_step, dh_bits, signature_digest, second_look, second_look_failure, second_look_chain_id,
      ehlo_refusal, shared_from)
    SELECT p_scan, r.host_id, r.ordinal, r.attempt, r.next_step = 'final', r.address, r.port, r.started_at, r.outcome,
      r.handshake_failure, r.findings, r.conclusive, r.starttls, r.verified, r.error, r.failure, r.greeting, r.ehlo,
      r.starttls_reply, r.ehlo_tls, r.starttls_offered, r.masked_keyword, r.helo_only, r.bare_line_feed,
      r.plaintext_after_starttls, r.tls_version, r.cipher, r.key_group, r.cipher_bits, r.forward_secrecy,
      r.client_certificate_requested, r.ocsp_staple, r.verify_error, r.connect_ms, r.greeting_ms, r.ehlo_ms,
      r.starttls_ms, r.handshake_ms, r.ehlo_tls_ms, r.quit_ms,
      (SELECT c.id FROM chain c WHERE c.certificates = r.certificates),
      r.handshake_step, r.dh_bits, r.signature_digest, r.second_look, r.second_look_failure,
      (SELECT c.id FROM chain c WHERE c.certificates = r.second_certificates), r.ehlo_refusal,
      r.shared_from
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

-- Keeps what was learnt of addresses in lanes that the caller has locked and whose results it has written; voids what was
-- shared at addresses that turned out to be dependent. Returns the lane of each target that is to be probed after all.
CREATE FUNCTION census.keep_looks(
  p_scan integer, p_held bigint[], p_looks census.look_note[], p_results census.probe_record[]
) RETURNS bigint[]
LANGUAGE plpgsql SET search_path = census, pg_temp SET plan_cache_mode = force_custom_plan
  SET jit = off SET max_parallel_workers_per_gather = 0 AS $$
DECLARE
  v_looks look_note[] := ARRAY(SELECT n FROM unnest(p_looks) n WHERE n.lane_id = ANY (p_held));
  v_reopened bigint[] := '{}';
BEGIN
  IF cardinality(v_looks) > 0 THEN
    IF EXISTS (
      SELECT FROM unnest(v_looks) n WHERE NOT EXISTS (
        SELECT FROM probe_result r
        WHERE r.scan_id = p_scan AND r.host_id = n.host_id AND r.address = n.address AND r.final AND r.conclusive
          AND r.shared_from IS NULL))
    THEN
      RAISE EXCEPTION 'what was learnt of an address names a host without a look there' USING ERRCODE = 'MX004';
    END IF;
    -- A single look is remembered only where other targets wait for it: most addresses have one name.
    WITH waiting AS MATERIALIZED (
      SELECT DISTINCT t.address FROM probe_target t
      WHERE t.scan_id = p_scan AND t.lane_id IN (SELECT n.lane_id FROM unnest(v_looks) n WHERE n.state = 'single')
    )
    INSERT INTO address_look AS k (scan_id, address, state, host_id, checks, unchecked)
    SELECT p_scan, n.address, n.state, n.host_id, n.checks, n.unchecked
    FROM unnest(v_looks) n
    WHERE n.state <> 'single' OR n.address IN (SELECT w.address FROM waiting w)
    ON CONFLICT (scan_id, address) DO UPDATE
      SET state = excluded.state, checks = k.checks + excluded.checks, unchecked = excluded.unchecked
      WHERE k.state <> 'dependent';
    WITH voided AS (
      DELETE FROM probe_result r USING unnest(v_looks) n
      WHERE n.state = 'dependent' AND r.scan_id = p_scan AND r.address = n.address AND r.shared_from IS NOT NULL
      RETURNING r.host_id, r.ordinal, r.attempt, r.address, n.lane_id
    ), reopened AS (
      INSERT INTO probe_target (scan_id, host_id, id, lane_id, ordinal, attempt, address, not_before, has_next)
      SELECT p_scan, v.host_id, nextval('probe_target_id_seq'), v.lane_id, v.ordinal, v.attempt, v.address, now(),
        EXISTS (SELECT FROM host_address f
          WHERE f.scan_id = p_scan AND f.host_id = v.host_id AND f.ordinal = v.ordinal + 1 AND f.permitted)
      FROM voided v
    ), counted AS (
      UPDATE address_look k SET voided = k.voided + c.results, unchecked = 0
      FROM (SELECT v.address, count(*) AS results FROM voided v GROUP BY v.address) c
      WHERE k.scan_id = p_scan AND k.address = c.address
    )
    SELECT coalesce(array_agg(v.lane_id), '{}') INTO v_reopened FROM voided v;
    IF cardinality(v_reopened) > 0 THEN
      INSERT INTO progress_delta (scan_id, targets_done) VALUES (p_scan, -cardinality(v_reopened));
    END IF;
  END IF;
  IF EXISTS (SELECT FROM unnest(p_results) r WHERE r.shared_from IS NOT NULL) AND EXISTS (
    SELECT FROM unnest(p_results) r
    JOIN probe_result w ON w.scan_id = p_scan AND w.host_id = r.host_id AND w.final
    WHERE r.shared_from IS NOT NULL AND r.lane_id = ANY (p_held) AND NOT EXISTS (
      SELECT FROM address_look k
      WHERE k.scan_id = p_scan AND k.address = w.address AND k.state = 'independent' AND k.host_id = r.shared_from))
  THEN
    RAISE EXCEPTION 'a result is shared at an address that is not independent' USING ERRCODE = 'MX004';
  END IF;
  RETURN v_reopened;
END $$;
COMMENT ON FUNCTION census.keep_looks(integer, bigint[], census.look_note[], census.probe_record[]) IS
  'Part of complete_lanes: what was learnt of addresses, and the end of shared results that did not hold.';

DROP FUNCTION census.complete_lanes(integer, bigint, census.lane_completion[], census.probe_record[], census.certificate_record[], census.withdrawal[]);
CREATE FUNCTION census.complete_lanes(
  p_scan integer, p_worker bigint, p_lanes census.lane_completion[], p_results census.probe_record[],
  p_certificates census.certificate_record[], p_withdrawn census.withdrawal[] DEFAULT '{}',
  p_looks census.look_note[] DEFAULT '{}'
) RETURNS bigint[]
LANGUAGE plpgsql SET search_path = census, pg_temp SET plan_cache_mode = force_custom_plan
  SET jit = off SET max_parallel_workers_per_gather = 0 AS $$
DECLARE
  v_held bigint[] := ARRAY(
    SELECT l.id FROM lane l JOIN unnest(p_lanes) c ON l.id = c.lane_id
    WHERE l.scan_id = p_scan AND l.state = 'leased' AND l.worker_id = p_worker AND l.fence = c.fence
    ORDER BY l.id FOR UPDATE OF l);
  -- One for each target that is to be probed after all.
  v_reopened bigint[];
BEGIN
  IF cardinality(v_held) > 0 THEN
    PERFORM write_probes(p_scan, v_held, p_results, p_certificates);
    PERFORM withdraw_targets(p_scan, v_held, p_withdrawn);
    v_reopened := keep_looks(p_scan, v_held, p_looks, p_results);
    UPDATE lane l SET
      state = CASE WHEN n.pending = 0 THEN 'idle' ELSE 'ready' END,
      worker_id = NULL, request = NULL,
      attempts = CASE WHEN n.results + n.withdrawn > 0 THEN 0 ELSE l.attempts END,
      pending = n.pending, targets_done = l.targets_total - n.pending, size_class = size_class(n.pending),
      slowdown = n.slowdown,
      rest_until = now() + lane_rest(s.lane_gap, n.slowdown),
      ready_at = greatest(now() + lane_rest(s.lane_gap, n.slowdown), n.due)
    FROM scan s, (
      SELECT h.id, r.results, w.withdrawn,
        k.pending - r.ended - w.withdrawn + (SELECT count(*) FROM unnest(v_reopened) o (id) WHERE o.id = h.id) AS pending,
        next_slowdown(k.slowdown, (SELECT max(c.slowdown) FROM unnest(p_lanes) c WHERE c.lane_id = h.id),
          r.looks, r.pushed_back) AS slowdown,
        (SELECT min(t.not_before) FROM probe_target t WHERE t.scan_id = p_scan AND t.lane_id = h.id) AS due
      FROM unnest(v_held) AS h (id)
      JOIN lane k ON k.scan_id = p_scan AND k.id = h.id
      LEFT JOIN (
        SELECT p.lane_id, count(*) AS results, count(*) FILTER (WHERE p.shared_from IS NULL) AS looks,
          count(*) FILTER (WHERE p.next_step <> 'retry') AS ended,
          count(*) FILTER (WHERE p.pushed_back) AS pushed_back
        FROM unnest(p_results) p GROUP BY p.lane_id
      ) q ON q.lane_id = h.id
      CROSS JOIN LATERAL (
        SELECT coalesce(q.results, 0) AS results, coalesce(q.looks, 0) AS looks, coalesce(q.ended, 0) AS ended,
          coalesce(q.pushed_back, 0) AS pushed_back
      ) r
      LEFT JOIN (SELECT p.lane_id, count(*) AS withdrawn FROM unnest(p_withdrawn) p GROUP BY p.lane_id) v
        ON v.lane_id = h.id
      CROSS JOIN LATERAL (SELECT coalesce(v.withdrawn, 0) AS withdrawn) w
    ) n
    WHERE l.scan_id = p_scan AND l.id = n.id AND s.id = p_scan;
  END IF;
  RETURN ARRAY(SELECT c.lane_id FROM unnest(p_lanes) c WHERE c.lane_id <> ALL (v_held) ORDER BY c.lane_id);
END $$;
COMMENT ON FUNCTION census.complete_lanes(integer, bigint, census.lane_completion[], census.probe_record[], census.certificate_record[], census.withdrawal[], census.look_note[]) IS
  'Ends leases of lanes with the results they have, the targets they withdraw and what was learnt of addresses; targets with neither stay pending. Returns the lanes whose lease was lost: of those nothing is written.';

-- WHAT PEOPLE READ

CREATE OR REPLACE VIEW census.host_result AS
SELECT h.scan_id, h.id AS host_id, h.name AS host, h.provider, h.status, r.outcome, r.conclusive, r.starttls,
  r.verified, r.findings, r.error, r.address, r.started_at, r.tls_version, r.cipher, r.chain_id,
  coalesce(o.answered_smtp, false) AS answered_smtp,
  CASE
    WHEN h.status IN ('dns_failure', 'opted_out') THEN 'unseen'
    WHEN h.status <> 'ok' THEN 'unreachable'
    WHEN r.conclusive THEN o.protection
    ELSE 'unseen'
  END AS protection,
  CASE WHEN r.second_look
    THEN census.second_look_result(r.chain_id, r.second_look_chain_id, r.second_look_failure)
  END AS second_look,
  r.shared_from IS NOT NULL AS shared
FROM census.mx_host h
LEFT JOIN census.probe_result r ON r.scan_id = h.scan_id AND r.host_id = h.id AND r.final
LEFT JOIN census.outcome o ON o.code = r.outcome;
COMMENT ON COLUMN census.host_result.shared IS 'Judged from the look of another host at the same address: no connection of its own.';

CREATE VIEW census.look_sharing AS
SELECT s.id AS scan_id, s.name AS scan, (s.settings ->> 'sharedLookCheck')::double precision AS check_share,
  k.addresses, k.independent, k.dependent, k.checks, k.voided,
  (SELECT count(*) FROM census.probe_result r WHERE r.scan_id = s.id AND r.shared_from IS NOT NULL) AS shared_hosts
FROM census.scan s
CROSS JOIN LATERAL (
  SELECT count(*) AS addresses, count(*) FILTER (WHERE a.state = 'independent') AS independent,
    count(*) FILTER (WHERE a.state = 'dependent') AS dependent, coalesce(sum(a.checks), 0) AS checks,
    coalesce(sum(a.voided), 0) AS voided
  FROM census.address_look a WHERE a.scan_id = s.id
) k
WHERE s.settings ->> 'sharedLookCheck' IS NOT NULL;
COMMENT ON VIEW census.look_sharing IS 'Scans that share looks: what that saved, and how it held.';
COMMENT ON COLUMN census.look_sharing.scan_id IS 'Number of the scan.';
COMMENT ON COLUMN census.look_sharing.scan IS 'Name of the scan.';
COMMENT ON COLUMN census.look_sharing.check_share IS 'Share of the host names at independent addresses that are probed all the same.';
COMMENT ON COLUMN census.look_sharing.addresses IS 'Addresses at which several host names waited.';
COMMENT ON COLUMN census.look_sharing.independent IS 'Those that show every name the same, as far as is known.';
COMMENT ON COLUMN census.look_sharing.dependent IS 'Those at which each name was probed.';
COMMENT ON COLUMN census.look_sharing.checks IS 'Looks that were compared with the first one at their address.';
COMMENT ON COLUMN census.look_sharing.voided IS 'Shared results that were taken back: their hosts were probed after all.';
COMMENT ON COLUMN census.look_sharing.shared_hosts IS 'MX hosts without a connection of their own: at least so many connections were saved.';

CREATE TABLE census.summary_look (
  scan_id integer NOT NULL REFERENCES census.scan ON DELETE CASCADE,
  source text COLLATE "C" NOT NULL CHECK (source IN ('own', 'shared')),
  hosts bigint NOT NULL,
  domains bigint NOT NULL,
  volume double precision NOT NULL,
  PRIMARY KEY (scan_id, source)
);
COMMENT ON TABLE census.summary_look IS 'Roll-up of scans that share looks: probed MX hosts by where their result comes from.';
COMMENT ON COLUMN census.summary_look.scan_id IS 'The scan.';
COMMENT ON COLUMN census.summary_look.source IS 'own: a connection for this host; shared: the look of another host at the same address.';
COMMENT ON COLUMN census.summary_look.hosts IS 'MX hosts.';
COMMENT ON COLUMN census.summary_look.domains IS 'Domains whose primary MX host is one of them.';
COMMENT ON COLUMN census.summary_look.volume IS 'Mail volume of those domains.';

CREATE FUNCTION census.roll_up_looks(p_scan integer) RETURNS void
LANGUAGE sql SET search_path = census, pg_temp SET work_mem = '128MB' SET jit = off AS $$
  DELETE FROM summary_look WHERE scan_id = p_scan;
  INSERT INTO summary_look (scan_id, source, hosts, domains, volume)
  SELECT p_scan, CASE WHEN r.shared_from IS NULL THEN 'own' ELSE 'shared' END, count(*), coalesce(sum(c.domains), 0),
    coalesce(sum(c.volume), 0)
  FROM probe_result r
  LEFT JOIN (
    SELECT v.primary_host_id AS host_id, count(*) AS domains, sum(d.weight) AS volume
    FROM domain_verdict v JOIN domain_result d ON d.scan_id = p_scan AND d.domain_id = v.domain_id
    WHERE v.scan_id = p_scan AND v.primary_host_id IS NOT NULL
    GROUP BY v.primary_host_id
  ) c ON c.host_id = r.host_id
  WHERE r.scan_id = p_scan AND r.final
    AND EXISTS (SELECT FROM scan s WHERE s.id = p_scan AND s.settings ->> 'sharedLookCheck' IS NOT NULL)
  GROUP BY 2
$$;
COMMENT ON FUNCTION census.roll_up_looks(integer) IS 'Part of roll_up: what shared looks saved.';

CREATE OR REPLACE FUNCTION census.roll_up(p_scan integer) RETURNS void
LANGUAGE plpgsql SET search_path = census, pg_temp AS $$
DECLARE
  v_table text;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('mxcensus roll-up'), p_scan);
  FOREACH v_table IN ARRAY ARRAY['domain_result', 'domain_mx', 'mx_host', 'probe_result'] LOOP
    EXECUTE format('ANALYZE census.%I', format('%s_s%s', v_table, p_scan));
  END LOOP;
  PERFORM roll_up_domains(p_scan);
  EXECUTE format('ANALYZE census.%I', format('domain_verdict_s%s', p_scan));
  PERFORM roll_up_summary(p_scan);
  PERFORM roll_up_looks(p_scan);
  UPDATE scan SET rolled_up_at = now() WHERE id = p_scan;
END $$;
