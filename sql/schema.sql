-- The schema after all migrations, for people and for comparison. Made by pg_dump; never applied.
CREATE SCHEMA census;
COMMENT ON SCHEMA census IS 'mxcensus: how well mail exchangers protect mail in transit.';
CREATE TYPE census.certificate_record AS (
	der bytea,
	serial text,
	serial_octets integer,
	not_before timestamp with time zone,
	not_after timestamp with time zone,
	issuer text,
	subject text,
	dns_names text[],
	common_name text,
	key_algorithm text,
	key_bits integer,
	signature_algorithm text,
	self_signed boolean,
	is_ca boolean,
	must_staple boolean
);
COMMENT ON TYPE census.certificate_record IS 'A certificate as a worker saw it.';
CREATE TYPE census.dns_failure AS ENUM (
    'servfail',
    'timeout',
    'bogus',
    'loop'
);
COMMENT ON TYPE census.dns_failure IS 'Why a DNS question got no usable answer.';
CREATE TYPE census.dnssec_status AS ENUM (
    'secure',
    'insecure',
    'bogus',
    'indeterminate'
);
COMMENT ON TYPE census.dnssec_status IS 'DNSSEC status of an answer (RFC 4033 §5).';
CREATE TYPE census.domain_answer AS (
	domain_id bigint,
	status text,
	failure text,
	dnssec text,
	preferences integer[],
	hosts text[]
);
COMMENT ON TYPE census.domain_answer IS 'What a worker found about one domain: its MX hosts in order.';
CREATE TYPE census.host_answer AS (
	name text,
	provider text,
	status text,
	failure text,
	dnssec text,
	addresses inet[],
	permitted integer
);
COMMENT ON TYPE census.host_answer IS 'What a worker found about one MX host: its addresses, the first "permitted" of which may be contacted, in order.';
CREATE TYPE census.lane_completion AS (
	lane_id bigint,
	fence bigint,
	slowdown smallint
);
COMMENT ON TYPE census.lane_completion IS 'A lane that a worker has done with, the token of its lease, and the slowdown at which the worker ended.';
CREATE TYPE census.probe_record AS (
	lane_id bigint,
	target_id bigint,
	host_id bigint,
	next_step text,
	retry_seconds double precision,
	started_at timestamp with time zone,
	port integer,
	outcome text,
	handshake_failure text,
	findings text[],
	conclusive boolean,
	starttls boolean,
	verified boolean,
	error text,
	failure text,
	greeting text,
	ehlo text,
	starttls_reply text,
	ehlo_tls text,
	starttls_offered boolean,
	masked_keyword text,
	helo_only boolean,
	bare_line_feed boolean,
	plaintext_after_starttls text,
	tls_version text,
	cipher text,
	key_group text,
	cipher_bits smallint,
	forward_secrecy boolean,
	client_certificate_requested boolean,
	ocsp_staple bytea,
	verify_error text,
	connect_ms integer,
	greeting_ms integer,
	ehlo_ms integer,
	starttls_ms integer,
	handshake_ms integer,
	ehlo_tls_ms integer,
	quit_ms integer,
	chain integer[],
	handshake_step text,
	dh_bits integer,
	signature_digest text,
	second_look boolean,
	second_look_failure text,
	second_look_chain integer[],
	ehlo_refusal text,
	pushed_back boolean
);
COMMENT ON TYPE census.probe_record IS 'One attempt: what was seen, how it was judged, and what follows: final, next_address or retry. "chain" and "second_look_chain" hold places in the array of certificates, from 1.';
CREATE TYPE census.withdrawal AS (
	lane_id bigint,
	target_id bigint,
	host_id bigint,
	whole_host boolean
);
COMMENT ON TYPE census.withdrawal IS 'A target that must not be dialled any more; whole_host: nor any other address of its host.';
CREATE FUNCTION census.add_certificates(p_certificates census.certificate_record[]) RETURNS bigint[]
    LANGUAGE plpgsql
    SET search_path TO 'census', 'pg_temp'
    SET plan_cache_mode TO 'force_custom_plan'
    SET jit TO 'off'
    SET max_parallel_workers_per_gather TO '0'
    AS $$
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
COMMENT ON FUNCTION census.add_certificates(p_certificates census.certificate_record[]) IS 'Part of complete_lanes: stores certificates that are new.';
CREATE FUNCTION census.add_hosts(p_scan integer, p_hosts census.host_answer[]) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'census', 'pg_temp'
    SET plan_cache_mode TO 'force_custom_plan'
    SET jit TO 'off'
    SET max_parallel_workers_per_gather TO '0'
    AS $$
DECLARE
  v_hosts bigint;
  v_targets bigint;
BEGIN
  WITH added AS (
    INSERT INTO mx_host (scan_id, id, name, provider, status, failure, dnssec)
    SELECT p_scan, nextval('mx_host_id_seq'), a.name, a.provider, a.status, a.failure, a.dnssec
    FROM (
      SELECT n.name COLLATE "C" AS name, n.provider, n.status, n.failure::dns_failure AS failure,
        n.dnssec::dnssec_status AS dnssec
      FROM unnest(p_hosts) n
      WHERE NOT EXISTS (SELECT FROM mx_host k WHERE k.scan_id = p_scan AND k.name = n.name)
      ORDER BY n.name COLLATE "C"
    ) a
    ON CONFLICT (scan_id, name) DO NOTHING
    RETURNING id, name
  ), addresses AS (
    INSERT INTO host_address (scan_id, host_id, ordinal, permitted, address)
    SELECT p_scan, added.id, u.ordinal, u.ordinal <= a.permitted, u.address
    FROM added JOIN unnest(p_hosts) a ON a.name = added.name, unnest(a.addresses) WITH ORDINALITY AS u (address, ordinal)
  ), queued AS (
    INSERT INTO probe_queue (scan_id, host_id, ordinal)
    SELECT p_scan, added.id, 1 FROM added JOIN unnest(p_hosts) a ON a.name = added.name
    WHERE a.permitted > 0 AND a.status = 'ok'
    RETURNING host_id
  )
  SELECT (SELECT count(*) FROM added), (SELECT count(*) FROM queued) INTO v_hosts, v_targets;
  INSERT INTO progress_delta (scan_id, hosts, targets) VALUES (p_scan, v_hosts, v_targets);
END $$;
COMMENT ON FUNCTION census.add_hosts(p_scan integer, p_hosts census.host_answer[]) IS 'Part of complete_resolve: stores hosts that the scan has not met yet, and queues them for probing.';
CREATE FUNCTION census.add_targets(p_scan integer, p_hosts bigint[], p_ordinals smallint[]) RETURNS void
    LANGUAGE sql
    SET search_path TO 'census', 'pg_temp'
    AS $$
  WITH added AS (
    INSERT INTO probe_target (scan_id, host_id, id, lane_id, ordinal, attempt, address, not_before, has_next)
    SELECT p_scan, q.host_id, nextval('probe_target_id_seq'), l.id, q.ordinal, 1, a.address, now(),
      EXISTS (SELECT FROM host_address f
        WHERE f.scan_id = p_scan AND f.host_id = q.host_id AND f.ordinal = q.ordinal + 1 AND f.permitted)
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
COMMENT ON FUNCTION census.add_targets(p_scan integer, p_hosts bigint[], p_ordinals smallint[]) IS 'Part of plan_probes: new targets in lanes that the caller has locked.';
CREATE FUNCTION census.add_up_progress(p_scan integer) RETURNS void
    LANGUAGE sql
    SET search_path TO 'census', 'pg_temp'
    AS $$
  WITH taken AS (DELETE FROM progress_delta WHERE scan_id = p_scan RETURNING *),
  sums AS (
    SELECT sum(domains_resolved) AS domains_resolved, sum(hosts) AS hosts, sum(targets) AS targets,
      sum(targets_done) AS targets_done
    FROM taken HAVING count(*) > 0
  )
  UPDATE progress p SET domains_resolved = p.domains_resolved + s.domains_resolved, hosts = p.hosts + s.hosts,
    targets = p.targets + s.targets, targets_done = p.targets_done + s.targets_done
  FROM sums s WHERE p.scan_id = p_scan
$$;
COMMENT ON FUNCTION census.add_up_progress(p_scan integer) IS 'Part of plan_probes: moves progress_delta into progress.';
CREATE FUNCTION census.check_records(p_results census.probe_record[]) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'census', 'pg_temp'
    AS $$
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
COMMENT ON FUNCTION census.check_records(p_results census.probe_record[]) IS 'Part of complete_lanes: refuses unknown codes.';
CREATE FUNCTION census.complete_lanes(p_scan integer, p_worker bigint, p_lanes census.lane_completion[], p_results census.probe_record[], p_certificates census.certificate_record[], p_withdrawn census.withdrawal[] DEFAULT '{}'::census.withdrawal[]) RETURNS bigint[]
    LANGUAGE plpgsql
    SET search_path TO 'census', 'pg_temp'
    SET plan_cache_mode TO 'force_custom_plan'
    SET jit TO 'off'
    SET max_parallel_workers_per_gather TO '0'
    AS $$
DECLARE
  v_held bigint[] := ARRAY(
    SELECT l.id FROM lane l JOIN unnest(p_lanes) c ON l.id = c.lane_id
    WHERE l.scan_id = p_scan AND l.state = 'leased' AND l.worker_id = p_worker AND l.fence = c.fence
    ORDER BY l.id FOR UPDATE OF l);
BEGIN
  IF cardinality(v_held) > 0 THEN
    PERFORM write_probes(p_scan, v_held, p_results, p_certificates);
    PERFORM withdraw_targets(p_scan, v_held, p_withdrawn);
    UPDATE lane l SET
      state = CASE WHEN n.pending = 0 THEN 'idle' ELSE 'ready' END,
      worker_id = NULL, request = NULL,
      attempts = CASE WHEN n.results + n.withdrawn > 0 THEN 0 ELSE l.attempts END,
      pending = n.pending, targets_done = l.targets_total - n.pending, size_class = size_class(n.pending),
      slowdown = n.slowdown,
      rest_until = now() + lane_rest(s.lane_gap, n.slowdown),
      ready_at = greatest(now() + lane_rest(s.lane_gap, n.slowdown), n.due)
    FROM scan s, (
      SELECT h.id, r.results, w.withdrawn, k.pending - r.ended - w.withdrawn AS pending,
        next_slowdown(k.slowdown, (SELECT max(c.slowdown) FROM unnest(p_lanes) c WHERE c.lane_id = h.id),
          r.results, r.pushed_back) AS slowdown,
        (SELECT min(t.not_before) FROM probe_target t WHERE t.scan_id = p_scan AND t.lane_id = h.id) AS due
      FROM unnest(v_held) AS h (id)
      JOIN lane k ON k.scan_id = p_scan AND k.id = h.id
      LEFT JOIN (
        SELECT p.lane_id, count(*) AS results, count(*) FILTER (WHERE p.next_step <> 'retry') AS ended,
          count(*) FILTER (WHERE p.pushed_back) AS pushed_back
        FROM unnest(p_results) p GROUP BY p.lane_id
      ) q ON q.lane_id = h.id
      CROSS JOIN LATERAL (
        SELECT coalesce(q.results, 0) AS results, coalesce(q.ended, 0) AS ended, coalesce(q.pushed_back, 0) AS pushed_back
      ) r
      LEFT JOIN (SELECT p.lane_id, count(*) AS withdrawn FROM unnest(p_withdrawn) p GROUP BY p.lane_id) v
        ON v.lane_id = h.id
      CROSS JOIN LATERAL (SELECT coalesce(v.withdrawn, 0) AS withdrawn) w
    ) n
    WHERE l.scan_id = p_scan AND l.id = n.id AND s.id = p_scan;
  END IF;
  RETURN ARRAY(SELECT c.lane_id FROM unnest(p_lanes) c WHERE c.lane_id <> ALL (v_held) ORDER BY c.lane_id);
END $$;
COMMENT ON FUNCTION census.complete_lanes(p_scan integer, p_worker bigint, p_lanes census.lane_completion[], p_results census.probe_record[], p_certificates census.certificate_record[], p_withdrawn census.withdrawal[]) IS 'Ends leases of lanes with the results they have and the targets they withdraw; targets with neither stay pending. Returns the lanes whose lease was lost: of those nothing is written.';
CREATE FUNCTION census.complete_resolve(p_scan integer, p_batch integer, p_worker bigint, p_fence bigint, p_domains census.domain_answer[], p_hosts census.host_answer[]) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'census', 'pg_temp'
    SET plan_cache_mode TO 'force_custom_plan'
    SET jit TO 'off'
    SET max_parallel_workers_per_gather TO '0'
    AS $$
DECLARE
  v_batch resolve_batch := lock_resolve(p_scan, p_batch, p_worker, p_fence);
  v_rows bigint;
  v_edges bigint;
BEGIN
  PERFORM add_hosts(p_scan, p_hosts);
  INSERT INTO domain_result (scan_id, domain_id, weight, status, failure, dnssec)
  SELECT p_scan, d.id, d.weight, a.status, a.failure::dns_failure, a.dnssec::dnssec_status
  FROM unnest(p_domains) a
  JOIN domain d ON d.list_id = (SELECT list_id FROM scan WHERE id = p_scan) AND d.id = a.domain_id
  WHERE a.domain_id BETWEEN v_batch.first_domain AND v_batch.last_domain
    AND EXISTS (SELECT FROM domain_status_code c WHERE c.code = a.status)
  ORDER BY d.id;
  GET DIAGNOSTICS v_rows = ROW_COUNT;
  IF v_rows <> v_batch.last_domain - v_batch.first_domain + 1 THEN
    RAISE EXCEPTION 'resolve batch % needs an answer for each of its domains % to %; % were good', p_batch,
      v_batch.first_domain, v_batch.last_domain, v_rows USING ERRCODE = 'MX004';
  END IF;
  INSERT INTO domain_mx (scan_id, domain_id, ordinal, preference, host_id)
  SELECT p_scan, a.domain_id, u.ordinal, u.preference, h.id
  FROM unnest(p_domains) a, unnest(a.preferences, a.hosts) WITH ORDINALITY AS u (preference, host, ordinal)
  JOIN mx_host h ON h.scan_id = p_scan AND h.name = u.host
  ORDER BY a.domain_id, u.ordinal;
  GET DIAGNOSTICS v_edges = ROW_COUNT;
  IF v_edges <> (SELECT coalesce(sum(cardinality(a.hosts)), 0) FROM unnest(p_domains) a) THEN
    RAISE EXCEPTION 'resolve batch % names an MX host without saying what it is', p_batch USING ERRCODE = 'MX004';
  END IF;
  UPDATE resolve_batch SET state = 'done', worker_id = NULL, request = NULL, attempts = 0
  WHERE scan_id = p_scan AND id = p_batch;
  INSERT INTO progress_delta (scan_id, domains_resolved) VALUES (p_scan, v_rows);
END $$;
COMMENT ON FUNCTION census.complete_resolve(p_scan integer, p_batch integer, p_worker bigint, p_fence bigint, p_domains census.domain_answer[], p_hosts census.host_answer[]) IS 'Ends a leased resolve batch with the results of all its domains, or writes nothing (MX001: the lease is lost).';
CREATE FUNCTION census.contact_rules(p_known bigint, OUT version bigint, OUT networks text[], OUT domains text[]) RETURNS record
    LANGUAGE sql STABLE
    SET search_path TO 'census', 'pg_temp'
    AS $$
  SELECT v.version,
    CASE WHEN v.version IS DISTINCT FROM p_known
      THEN ARRAY(SELECT o.network::text FROM optout o WHERE o.removed_at IS NULL AND o.network IS NOT NULL) END,
    CASE WHEN v.version IS DISTINCT FROM p_known
      THEN ARRAY(SELECT o.domain FROM optout o WHERE o.removed_at IS NULL AND o.domain IS NOT NULL) END
  FROM optout_version v
$$;
COMMENT ON FUNCTION census.contact_rules(p_known bigint, OUT version bigint, OUT networks text[], OUT domains text[]) IS 'What workers must leave alone: the version of the entries and, unless the caller knows that version already, all active ones.';
CREATE FUNCTION census.create_scan(p_name text, p_list text, p_settings jsonb, p_trust_store bytea, p_limit bigint DEFAULT NULL::bigint) RETURNS integer
    LANGUAGE plpgsql
    SET search_path TO 'census', 'pg_temp'
    AS $$
DECLARE
  v_scan integer;
  v_list list;
  v_store integer;
  v_domains bigint;
  v_size bigint := greatest(1, (p_settings ->> 'resolveBatchSize')::bigint);
  v_rate double precision := greatest(0.001, (p_settings #>> '{limits,rate}')::double precision);
BEGIN
  SELECT * INTO v_list FROM list WHERE name = p_list FOR SHARE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'there is no list named ''%''', p_list USING ERRCODE = 'MX002';
  END IF;
  v_domains := least(v_list.domains, coalesce(p_limit, v_list.domains));
  INSERT INTO trust_store (sha256, pem) VALUES (sha256(p_trust_store), p_trust_store) ON CONFLICT (sha256) DO NOTHING;
  SELECT id INTO STRICT v_store FROM trust_store WHERE sha256 = sha256(p_trust_store);
  INSERT INTO scan (name, list_id, settings, trust_store_id, domains, lane_gap, reclaim_gap)
  VALUES (p_name, v_list.id, p_settings, v_store, v_domains, make_interval(secs => 1 / v_rate),
    make_interval(secs => greatest(5, 1 / v_rate)))
  RETURNING id INTO v_scan;
  INSERT INTO progress (scan_id) VALUES (v_scan);
  PERFORM create_scan_partitions(v_scan);
  INSERT INTO resolve_batch (scan_id, id, first_domain, last_domain)
  SELECT v_scan, n, (n - 1) * v_size + 1, least(n * v_size, v_domains)
  FROM generate_series(1, (v_domains + v_size - 1) / v_size) AS n;
  RETURN v_scan;
EXCEPTION WHEN unique_violation THEN
  RAISE EXCEPTION 'there is a scan named ''%'' already', p_name USING ERRCODE = 'MX003';
END $$;
COMMENT ON FUNCTION census.create_scan(p_name text, p_list text, p_settings jsonb, p_trust_store bytea, p_limit bigint) IS 'Begins a scan of a list as it is now; with a limit, of its first domains. Returns the scan''s number.';
CREATE FUNCTION census.create_scan_partitions(p_scan integer) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'census', 'pg_temp'
    AS $$
DECLARE
  v_parent text;
  v_child text;
  v_storage text;
BEGIN
  FOREACH v_parent IN ARRAY scan_tables() LOOP
    v_child := format('%s_s%s', v_parent, p_scan);
    -- Rows of these are updated or deleted all the time: room for updates in place, and early vacuum.
    v_storage := CASE WHEN v_parent IN ('resolve_batch', 'lane', 'probe_target', 'probe_queue')
      THEN 'WITH (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 2000,
                  autovacuum_vacuum_cost_delay = 0)' ELSE '' END;
    EXECUTE format('CREATE TABLE census.%I (LIKE census.%I INCLUDING DEFAULTS INCLUDING CONSTRAINTS) %s',
      v_child, v_parent, v_storage);
    EXECUTE format('ALTER TABLE census.%I ADD CHECK (scan_id = %s)', v_child, p_scan);
    EXECUTE format('ALTER TABLE census.%I ATTACH PARTITION census.%I FOR VALUES IN (%s)', v_parent, v_child, p_scan);
  END LOOP;
END $$;
COMMENT ON FUNCTION census.create_scan_partitions(p_scan integer) IS 'Part of create_scan.';
CREATE FUNCTION census.drop_scan(p_scan integer) RETURNS boolean
    LANGUAGE plpgsql
    SET search_path TO 'census', 'pg_temp'
    SET lock_timeout TO '10s'
    AS $$
DECLARE
  v_parent text;
BEGIN
  PERFORM FROM scan WHERE id = p_scan FOR UPDATE;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  FOREACH v_parent IN ARRAY scan_tables() LOOP
    EXECUTE format('DROP TABLE census.%I', format('%s_s%s', v_parent, p_scan));
  END LOOP;
  DELETE FROM scan WHERE id = p_scan;
  RETURN true;
END $$;
COMMENT ON FUNCTION census.drop_scan(p_scan integer) IS 'Removes a scan and everything it found, except certificates. Fails when something reads it for longer than ten seconds. False when there is no such scan.';
CREATE FUNCTION census.fail_resolve(p_scan integer, p_batch integer, p_worker bigint, p_fence bigint, p_error text) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'census', 'pg_temp'
    AS $$
DECLARE
  v_batch resolve_batch := lock_resolve(p_scan, p_batch, p_worker, p_fence);
BEGIN
  UPDATE resolve_batch SET
    state = CASE WHEN attempts + 1 >= max_attempts() THEN 'dead' ELSE 'ready' END,
    worker_id = NULL, request = NULL, attempts = attempts + 1, last_error = p_error,
    ready_at = now() + make_interval(secs => 2 ^ attempts)
  WHERE scan_id = p_scan AND id = v_batch.id;
END $$;
COMMENT ON FUNCTION census.fail_resolve(p_scan integer, p_batch integer, p_worker bigint, p_fence bigint, p_error text) IS 'Gives a leased resolve batch back with an error: tried again later, and dead after max_attempts().';
CREATE FUNCTION census.finish_scan(p_scan integer) RETURNS boolean
    LANGUAGE plpgsql
    SET search_path TO 'census', 'pg_temp'
    AS $$
DECLARE
  v_state text;
BEGIN
  SELECT state INTO v_state FROM scan WHERE id = p_scan;
  IF v_state IN ('finished', 'cancelled') THEN
    RETURN true;
  END IF;
  IF v_state IS DISTINCT FROM 'running' OR NOT (SELECT complete FROM scan_progress(p_scan)) THEN
    RETURN false;
  END IF;
  PERFORM lock_planning(p_scan);
  -- Asked again under the lock: another coordinator may have planned, or finished the scan.
  SELECT state INTO v_state FROM scan WHERE id = p_scan FOR UPDATE;
  IF v_state <> 'running' OR NOT (SELECT complete FROM scan_progress(p_scan)) THEN
    RETURN v_state = 'finished';
  END IF;
  PERFORM add_up_progress(p_scan);
  -- Every domain ends in exactly one state, also those of batches that were given up.
  INSERT INTO domain_result (scan_id, domain_id, weight, status, failure, dnssec)
  SELECT p_scan, d.id, d.weight, 'dns_failure', NULL, 'indeterminate'
  FROM resolve_batch b
  JOIN scan s ON s.id = b.scan_id
  JOIN domain d ON d.list_id = s.list_id AND d.id BETWEEN b.first_domain AND b.last_domain
  WHERE b.scan_id = p_scan AND b.state = 'dead';
  PERFORM roll_up(p_scan);
  UPDATE scan SET state = 'finished', finished_at = now() WHERE id = p_scan;
  RETURN true;
END $$;
COMMENT ON FUNCTION census.finish_scan(p_scan integer) IS 'Rolls a running scan up and ends it if nothing is left to do. True when the scan has ended, now or before.';
CREATE FUNCTION census.heartbeat(p_worker bigint) RETURNS double precision
    LANGUAGE plpgsql
    SET search_path TO 'census', 'pg_temp'
    AS $$
DECLARE
  v_length interval;
BEGIN
  UPDATE worker SET lease_until = now() + lease_length WHERE id = p_worker AND state = 'active'
  RETURNING lease_length INTO v_length;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'the leases of worker % were taken back', p_worker USING ERRCODE = 'MX001';
  END IF;
  RETURN extract(epoch FROM v_length);
END $$;
COMMENT ON FUNCTION census.heartbeat(p_worker bigint) IS 'Renews all leases of a worker. Returns how many seconds they last from now.';
CREATE FUNCTION census.import_begin(p_name text) RETURNS integer
    LANGUAGE plpgsql
    SET search_path TO 'census', 'pg_temp'
    AS $$
DECLARE
  v_list integer;
BEGIN
  INSERT INTO list (name) VALUES (p_name) ON CONFLICT (name) DO NOTHING;
  SELECT id INTO STRICT v_list FROM list WHERE name = p_name FOR UPDATE;
  CREATE TEMPORARY TABLE import_stage (name text COLLATE "C" NOT NULL, weight double precision NOT NULL)
    ON COMMIT DROP;
  RETURN v_list;
END $$;
COMMENT ON FUNCTION census.import_begin(p_name text) IS 'Opens an import into a list, which is made if need be; to be followed by COPY pg_temp.import_stage and import_merge in the same transaction.';
CREATE FUNCTION census.import_into_existing(p_list integer) RETURNS bigint
    LANGUAGE plpgsql
    SET search_path TO 'census', 'pg_temp'
    AS $$
DECLARE
  v_rows bigint;
BEGIN
  CREATE TEMPORARY TABLE import_distinct ON COMMIT DROP AS
    SELECT name, sum(weight) AS weight FROM pg_temp.import_stage GROUP BY name;
  ANALYZE pg_temp.import_distinct;
  UPDATE domain d SET weight = s.weight
  FROM pg_temp.import_distinct s
  WHERE d.list_id = p_list AND d.name = s.name AND d.weight <> s.weight;
  INSERT INTO domain (list_id, id, name, weight)
  SELECT p_list, l.domains + row_number() OVER (ORDER BY s.weight DESC, s.name), s.name, s.weight
  FROM pg_temp.import_distinct s, list l
  WHERE l.id = p_list AND NOT EXISTS (SELECT FROM domain d WHERE d.list_id = p_list AND d.name = s.name)
  ORDER BY s.weight DESC, s.name;
  GET DIAGNOSTICS v_rows = ROW_COUNT;
  RETURN v_rows;
END $$;
COMMENT ON FUNCTION census.import_into_existing(p_list integer) IS 'Part of import_merge: adds new names to a list and sets the weights of those that the import names.';
CREATE FUNCTION census.import_into_new(p_list integer) RETURNS bigint
    LANGUAGE plpgsql
    SET search_path TO 'census', 'pg_temp'
    AS $$
DECLARE
  v_table text := format('domain_%s', p_list);
  v_rows bigint;
BEGIN
  EXECUTE format('CREATE TABLE census.%I (LIKE census.domain INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', v_table);
  EXECUTE format(
    'INSERT INTO census.%I (list_id, id, name, weight)
     SELECT %s, row_number() OVER (ORDER BY weight DESC, name), name, weight
     FROM (SELECT name, sum(weight) AS weight FROM pg_temp.import_stage GROUP BY name) AS distinct_names
     ORDER BY weight DESC, name', v_table, p_list);
  GET DIAGNOSTICS v_rows = ROW_COUNT;
  EXECUTE format(
    'ALTER TABLE census.%I ADD PRIMARY KEY (list_id, id), ADD UNIQUE (list_id, name), ADD CHECK (list_id = %s)',
    v_table, p_list);
  -- ATTACH takes a weaker lock on census.domain than CREATE … PARTITION OF would: running scans go on.
  EXECUTE format('ALTER TABLE census.domain ATTACH PARTITION census.%I FOR VALUES IN (%s)', v_table, p_list);
  EXECUTE format('ANALYZE census.%I', v_table);
  RETURN v_rows;
END $$;
COMMENT ON FUNCTION census.import_into_new(p_list integer) IS 'Part of import_merge: fills a list that has no domain yet.';
CREATE FUNCTION census.import_merge(p_list integer, OUT new bigint, OUT known bigint, OUT total bigint) RETURNS record
    LANGUAGE plpgsql
    SET search_path TO 'census', 'pg_temp'
    AS $$
DECLARE
  v_named bigint;
BEGIN
  ANALYZE pg_temp.import_stage;
  IF EXISTS (SELECT FROM list WHERE id = p_list AND domains = 0 AND to_regclass(format('census.domain_%s', id)) IS NULL)
  THEN
    new := import_into_new(p_list);
    v_named := new;
  ELSE
    new := import_into_existing(p_list);
    SELECT count(*) INTO v_named FROM pg_temp.import_distinct;
  END IF;
  known := v_named - new;
  UPDATE list SET
    domains = domains + new, imported_at = now(),
    volume = (SELECT coalesce(sum(weight), 0) FROM domain WHERE list_id = p_list)
  WHERE id = p_list
  RETURNING domains INTO total;
END $$;
COMMENT ON FUNCTION census.import_merge(p_list integer, OUT new bigint, OUT known bigint, OUT total bigint) IS 'Ends an import: doubles add their weights, new names are added, known names get their weight from this import.';
CREATE FUNCTION census.lane_rest(p_gap interval, p_slowdown smallint) RETURNS interval
    LANGUAGE sql IMMUTABLE
    AS $$
  SELECT greatest(p_gap, least(p_gap * (1 << p_slowdown), interval '10 minutes'))
$$;
COMMENT ON FUNCTION census.lane_rest(p_gap interval, p_slowdown smallint) IS 'How long a network rests between two leases, given how long it does without slowdown.';
CREATE FUNCTION census.lane_slots() RETURNS integer
    LANGUAGE sql IMMUTABLE
    AS $$SELECT 256$$;
COMMENT ON FUNCTION census.lane_slots() IS 'Number of slots over which lanes are spread.';
CREATE FUNCTION census.lease_lanes(p_worker bigint, p_max_lanes integer, p_max_targets integer, p_request bigint, p_unanswered bigint[] DEFAULT '{}'::bigint[]) RETURNS TABLE(scan_id integer, lane_id bigint, fence bigint, network cidr, slowdown smallint, target_id bigint, host_id bigint, host text, address inet, attempt smallint, has_next boolean)
    LANGUAGE plpgsql
    SET search_path TO 'census', 'pg_temp'
    SET enable_seqscan TO 'off'
    SET jit TO 'off'
    SET max_parallel_workers_per_gather TO '0'
    AS $$
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
      SELECT v_scan, l.id, l.fence, l.network, l.slowdown, t.id, t.host_id, h.name, t.address, t.attempt, t.has_next
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
COMMENT ON FUNCTION census.lease_lanes(p_worker bigint, p_max_lanes integer, p_max_targets integer, p_request bigint, p_unanswered bigint[]) IS 'Leases up to p_max_lanes lanes of running scans, each with up to p_max_targets targets that are due. p_request numbers the call; what the calls p_unanswered took goes back first. One row a target.';
CREATE FUNCTION census.lease_resolve(p_worker bigint, p_max integer, p_request bigint, p_unanswered bigint[] DEFAULT '{}'::bigint[]) RETURNS TABLE(scan_id integer, batch_id integer, fence bigint, domain_id bigint, name text)
    LANGUAGE plpgsql
    SET search_path TO 'census', 'pg_temp'
    SET enable_seqscan TO 'off'
    SET jit TO 'off'
    SET max_parallel_workers_per_gather TO '0'
    AS $$
#variable_conflict use_column
DECLARE
  v_scan integer;
  v_list integer;
  v_taken integer[];
  v_left integer := p_max;
BEGIN
  PERFORM require_active(p_worker);
  PERFORM release_requests(p_worker, p_unanswered);
  FOR v_scan, v_list IN SELECT s.id, s.list_id FROM scan s WHERE s.state = 'running' ORDER BY s.id LOOP
    EXIT WHEN v_left <= 0;
    WITH picked AS MATERIALIZED (
      SELECT b.id FROM resolve_batch b
      WHERE b.scan_id = v_scan AND b.state = 'ready' AND b.ready_at <= now()
      ORDER BY b.id LIMIT v_left FOR UPDATE SKIP LOCKED
    ), leased AS (
      UPDATE resolve_batch b SET state = 'leased', worker_id = p_worker, request = p_request, fence = b.fence + 1
      FROM picked WHERE b.scan_id = v_scan AND b.id = picked.id
      RETURNING b.id
    )
    SELECT coalesce(array_agg(leased.id), '{}') INTO v_taken FROM leased;
    v_left := v_left - cardinality(v_taken);
    RETURN QUERY
      SELECT v_scan, b.id, b.fence, d.id, d.name
      FROM resolve_batch b
      JOIN domain d ON d.list_id = v_list AND d.id BETWEEN b.first_domain AND b.last_domain
      WHERE b.scan_id = v_scan AND b.id = ANY (v_taken);
  END LOOP;
END $$;
COMMENT ON FUNCTION census.lease_resolve(p_worker bigint, p_max integer, p_request bigint, p_unanswered bigint[]) IS 'Leases up to p_max resolve batches of running scans. p_request numbers the call; what the calls p_unanswered took goes back first. One row a domain.';
CREATE TABLE census.domain_status_code (
    code text NOT NULL COLLATE pg_catalog."C",
    label text NOT NULL,
    explanation text NOT NULL,
    ordinal smallint NOT NULL
);
COMMENT ON TABLE census.domain_status_code IS 'Where the mail of a domain goes, as DNS says.';
COMMENT ON COLUMN census.domain_status_code.code IS 'The code in results.';
COMMENT ON COLUMN census.domain_status_code.label IS 'A few words for tables.';
COMMENT ON COLUMN census.domain_status_code.explanation IS 'What it means, in a sentence.';
COMMENT ON COLUMN census.domain_status_code.ordinal IS 'Order in tables.';
CREATE TABLE census.finding (
    code text NOT NULL COLLATE pg_catalog."C",
    label text NOT NULL,
    explanation text NOT NULL,
    ordinal smallint NOT NULL,
    remedy text NOT NULL,
    rfc8460 text,
    reference text NOT NULL
);
COMMENT ON TABLE census.finding IS 'Something worth telling the postmaster about a probe, whether or not it is the outcome.';
COMMENT ON COLUMN census.finding.code IS 'The code in results.';
COMMENT ON COLUMN census.finding.label IS 'A few words for tables.';
COMMENT ON COLUMN census.finding.explanation IS 'What it means, in a sentence.';
COMMENT ON COLUMN census.finding.ordinal IS 'Order in tables.';
COMMENT ON COLUMN census.finding.remedy IS 'What the postmaster can do about it.';
COMMENT ON COLUMN census.finding.rfc8460 IS 'Result type in TLS reports (RFC 8460 §4.3); NULL where there is none.';
COMMENT ON COLUMN census.finding.reference IS 'The section of an RFC that the finding is judged by.';
CREATE TABLE census.host_status_code (
    code text NOT NULL COLLATE pg_catalog."C",
    label text NOT NULL,
    explanation text NOT NULL,
    ordinal smallint NOT NULL
);
COMMENT ON TABLE census.host_status_code IS 'Whether an MX host can be dialled.';
COMMENT ON COLUMN census.host_status_code.code IS 'The code in results.';
COMMENT ON COLUMN census.host_status_code.label IS 'A few words for tables.';
COMMENT ON COLUMN census.host_status_code.explanation IS 'What it means, in a sentence.';
COMMENT ON COLUMN census.host_status_code.ordinal IS 'Order in tables.';
CREATE TABLE census.outcome (
    code text NOT NULL COLLATE pg_catalog."C",
    stage text NOT NULL COLLATE pg_catalog."C",
    label text NOT NULL,
    explanation text NOT NULL,
    remedy text NOT NULL,
    rfc8460 text,
    study_class text,
    ordinal smallint NOT NULL,
    answered_smtp boolean NOT NULL,
    protection text NOT NULL COLLATE pg_catalog."C",
    reference text NOT NULL,
    CONSTRAINT outcome_protection_check CHECK ((protection = ANY (ARRAY['trusted'::text, 'encrypted'::text, 'plain'::text, 'unreachable'::text]))),
    CONSTRAINT outcome_stage_check CHECK ((stage = ANY (ARRAY['connect'::text, 'greeting'::text, 'starttls'::text, 'handshake'::text, 'certificate'::text, 'session'::text, 'trusted'::text])))
);
COMMENT ON TABLE census.outcome IS 'What a probe of one host address can find: its first cause, or trusted.';
COMMENT ON COLUMN census.outcome.code IS 'The code in results.';
COMMENT ON COLUMN census.outcome.stage IS 'The stage of the dialogue at which this outcome is decided.';
COMMENT ON COLUMN census.outcome.label IS 'A few words for tables.';
COMMENT ON COLUMN census.outcome.explanation IS 'What it means, for people who do not know TLS.';
COMMENT ON COLUMN census.outcome.remedy IS 'What the postmaster can do about it.';
COMMENT ON COLUMN census.outcome.rfc8460 IS 'Result type in TLS reports (RFC 8460 §4.3); NULL where there is none.';
COMMENT ON COLUMN census.outcome.study_class IS 'Class in the 2014 study''s table of failures; NULL where it had none.';
COMMENT ON COLUMN census.outcome.ordinal IS 'Order: earliest stage first; among certificate causes the order in which they are preferred.';
COMMENT ON COLUMN census.outcome.answered_smtp IS 'The host''s SMTP server was heard: a greeting of its own was read, whatever came after.';
COMMENT ON COLUMN census.outcome.protection IS 'What a conclusive look with this outcome says of the host: trusted, encrypted, plain or unreachable. An inconclusive look says nothing.';
COMMENT ON COLUMN census.outcome.reference IS 'The section of an RFC that the outcome is judged by.';
CREATE TABLE census.verdict_code (
    code text NOT NULL COLLATE pg_catalog."C",
    label text NOT NULL,
    explanation text NOT NULL,
    ordinal smallint NOT NULL
);
COMMENT ON TABLE census.verdict_code IS 'How well the MX hosts of a domain, taken together, protect its mail.';
COMMENT ON COLUMN census.verdict_code.code IS 'The code in results.';
COMMENT ON COLUMN census.verdict_code.label IS 'A few words for tables.';
COMMENT ON COLUMN census.verdict_code.explanation IS 'What it means, in a sentence.';
COMMENT ON COLUMN census.verdict_code.ordinal IS 'Order in tables.';
CREATE FUNCTION census.load_vocabulary(words jsonb) RETURNS void
    LANGUAGE sql
    SET search_path TO 'census', 'pg_temp'
    BEGIN ATOMIC
 INSERT INTO census.outcome (code, stage, label, explanation, remedy, rfc8460, reference, study_class, ordinal, answered_smtp, protection)  SELECT (w.value ->> 'code'::text),
             (w.value ->> 'stage'::text),
             (w.value ->> 'label'::text),
             (w.value ->> 'explanation'::text),
             (w.value ->> 'remedy'::text),
             (w.value ->> 'rfc8460'::text),
             (w.value ->> 'reference'::text),
             (w.value ->> 'study_class'::text),
             w.ordinality,
             ((w.value ->> 'answered_smtp'::text))::boolean AS bool,
             (w.value ->> 'protection'::text)
            FROM jsonb_array_elements((load_vocabulary.words -> 'outcome'::text)) WITH ORDINALITY w(value, ordinality) ON CONFLICT(code) DO UPDATE SET stage = excluded.stage, label = excluded.label, explanation = excluded.explanation, remedy = excluded.remedy, rfc8460 = excluded.rfc8460, reference = excluded.reference, study_class = excluded.study_class, ordinal = excluded.ordinal, answered_smtp = excluded.answered_smtp, protection = excluded.protection;
 INSERT INTO census.finding (code, label, explanation, remedy, rfc8460, reference, ordinal)  SELECT (w.value ->> 'code'::text),
             (w.value ->> 'label'::text),
             (w.value ->> 'explanation'::text),
             (w.value ->> 'remedy'::text),
             (w.value ->> 'rfc8460'::text),
             (w.value ->> 'reference'::text),
             w.ordinality
            FROM jsonb_array_elements((load_vocabulary.words -> 'finding'::text)) WITH ORDINALITY w(value, ordinality) ON CONFLICT(code) DO UPDATE SET label = excluded.label, explanation = excluded.explanation, remedy = excluded.remedy, rfc8460 = excluded.rfc8460, reference = excluded.reference, ordinal = excluded.ordinal;
 INSERT INTO census.domain_status_code (code, label, explanation, ordinal)  SELECT (w.value ->> 'code'::text),
             (w.value ->> 'label'::text),
             (w.value ->> 'explanation'::text),
             w.ordinality
            FROM jsonb_array_elements((load_vocabulary.words -> 'domain_status'::text)) WITH ORDINALITY w(value, ordinality) ON CONFLICT(code) DO UPDATE SET label = excluded.label, explanation = excluded.explanation, ordinal = excluded.ordinal;
 INSERT INTO census.host_status_code (code, label, explanation, ordinal)  SELECT (w.value ->> 'code'::text),
             (w.value ->> 'label'::text),
             (w.value ->> 'explanation'::text),
             w.ordinality
            FROM jsonb_array_elements((load_vocabulary.words -> 'host_status'::text)) WITH ORDINALITY w(value, ordinality) ON CONFLICT(code) DO UPDATE SET label = excluded.label, explanation = excluded.explanation, ordinal = excluded.ordinal;
 INSERT INTO census.verdict_code (code, label, explanation, ordinal)  SELECT (w.value ->> 'code'::text),
             (w.value ->> 'label'::text),
             (w.value ->> 'explanation'::text),
             w.ordinality
            FROM jsonb_array_elements((load_vocabulary.words -> 'verdict'::text)) WITH ORDINALITY w(value, ordinality) ON CONFLICT(code) DO UPDATE SET label = excluded.label, explanation = excluded.explanation, ordinal = excluded.ordinal;
END;
COMMENT ON FUNCTION census.load_vocabulary(words jsonb) IS 'Brings the vocabularies to the words of sql/vocabulary/Words.json. Codes are added and reworded, never removed.';
CREATE FUNCTION census.lock_planning(p_scan integer) RETURNS void
    LANGUAGE sql
    SET search_path TO 'census', 'pg_temp'
    AS $$
  SELECT pg_advisory_xact_lock(hashtext('mxcensus planning'), p_scan)
$$;
COMMENT ON FUNCTION census.lock_planning(p_scan integer) IS 'Waits until this transaction is the only one that plans this scan.';
CREATE TABLE census.resolve_batch (
    scan_id integer NOT NULL,
    id integer NOT NULL,
    first_domain bigint NOT NULL,
    last_domain bigint NOT NULL,
    state text DEFAULT 'ready'::text NOT NULL COLLATE pg_catalog."C",
    ready_at timestamp with time zone DEFAULT now() NOT NULL,
    worker_id bigint,
    fence bigint DEFAULT 0 NOT NULL,
    request bigint,
    attempts smallint DEFAULT 0 NOT NULL,
    last_error text,
    CONSTRAINT resolve_batch_check CHECK ((last_domain >= first_domain)),
    CONSTRAINT resolve_batch_check1 CHECK (((state = 'leased'::text) = (worker_id IS NOT NULL))),
    CONSTRAINT resolve_batch_check2 CHECK (((state = 'leased'::text) = (request IS NOT NULL))),
    CONSTRAINT resolve_batch_check3 CHECK (((state <> 'dead'::text) OR (last_error IS NOT NULL))),
    CONSTRAINT resolve_batch_state_check CHECK ((state = ANY (ARRAY['ready'::text, 'leased'::text, 'done'::text, 'dead'::text])))
)
PARTITION BY LIST (scan_id);
COMMENT ON TABLE census.resolve_batch IS 'Ranges of domains to be resolved.';
COMMENT ON COLUMN census.resolve_batch.scan_id IS 'The scan.';
COMMENT ON COLUMN census.resolve_batch.id IS 'Number of the batch in its scan.';
COMMENT ON COLUMN census.resolve_batch.first_domain IS 'First domain of the range.';
COMMENT ON COLUMN census.resolve_batch.last_domain IS 'Last domain of the range.';
COMMENT ON COLUMN census.resolve_batch.state IS 'ready, leased, done or dead.';
COMMENT ON COLUMN census.resolve_batch.ready_at IS 'Not leased before this moment.';
COMMENT ON COLUMN census.resolve_batch.worker_id IS 'Who holds it, when leased.';
COMMENT ON COLUMN census.resolve_batch.fence IS 'Token of the latest lease.';
COMMENT ON COLUMN census.resolve_batch.request IS 'Which lease call of its worker took it, when leased.';
COMMENT ON COLUMN census.resolve_batch.attempts IS 'Leases in a row that ended without a result.';
COMMENT ON COLUMN census.resolve_batch.last_error IS 'Why the latest of them did.';
CREATE FUNCTION census.lock_resolve(p_scan integer, p_batch integer, p_worker bigint, p_fence bigint) RETURNS census.resolve_batch
    LANGUAGE plpgsql
    SET search_path TO 'census', 'pg_temp'
    AS $$
DECLARE
  v_batch resolve_batch;
BEGIN
  SELECT * INTO v_batch FROM resolve_batch b
  WHERE b.scan_id = p_scan AND b.id = p_batch AND b.state = 'leased' AND b.worker_id = p_worker AND b.fence = p_fence
  FOR UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'the lease of resolve batch % of scan % is lost', p_batch, p_scan USING ERRCODE = 'MX001';
  END IF;
  RETURN v_batch;
END $$;
COMMENT ON FUNCTION census.lock_resolve(p_scan integer, p_batch integer, p_worker bigint, p_fence bigint) IS 'Locks a leased batch, or fails when the lease is lost.';
CREATE FUNCTION census.max_attempts() RETURNS integer
    LANGUAGE sql IMMUTABLE
    AS $$SELECT 5$$;
COMMENT ON FUNCTION census.max_attempts() IS 'After so many leases in a row without a result a batch is dead.';
CREATE FUNCTION census.next_slowdown(p_held smallint, p_ended smallint, p_results bigint, p_pushed_back bigint) RETURNS smallint
    LANGUAGE sql IMMUTABLE
    AS $$
  SELECT CASE
    WHEN p_pushed_back > 0 THEN least(6, greatest(p_held + 1, p_ended))
    WHEN p_results > 0 THEN greatest(0, p_held - 1)
    ELSE p_held
  END::smallint
$$;
COMMENT ON FUNCTION census.next_slowdown(p_held smallint, p_ended smallint, p_results bigint, p_pushed_back bigint) IS 'Slowdown of a lane after a lease that began with p_held and with which the worker ended at p_ended.';
CREATE FUNCTION census.optout_add(p_networks cidr[], p_domains text[], p_reason text, p_by text) RETURNS text[]
    LANGUAGE plpgsql
    SET search_path TO 'census', 'pg_temp'
    AS $$
DECLARE
  v_added text[];
BEGIN
  -- First, so that changes are made one after the other.
  PERFORM FROM optout_version FOR UPDATE;
  WITH added AS (
    INSERT INTO optout (network, domain, reason, added_by)
    SELECT n.network, n.domain, p_reason, p_by
    FROM (
      SELECT DISTINCT u.network, NULL::text AS domain FROM unnest(p_networks) AS u (network)
      UNION ALL
      SELECT DISTINCT NULL::cidr, u.domain FROM unnest(p_domains) AS u (domain)
    ) n
    WHERE NOT EXISTS (SELECT FROM optout o WHERE o.removed_at IS NULL AND o.network = n.network)
      AND NOT EXISTS (SELECT FROM optout o WHERE o.removed_at IS NULL AND o.domain = n.domain)
    RETURNING coalesce(network::text, domain) AS entry
  )
  SELECT coalesce(array_agg(entry ORDER BY entry COLLATE "C"), '{}') INTO v_added FROM added;
  IF cardinality(v_added) > 0 THEN
    UPDATE optout_version SET version = version + 1;
  END IF;
  RETURN v_added;
END $$;
COMMENT ON FUNCTION census.optout_add(p_networks cidr[], p_domains text[], p_reason text, p_by text) IS 'Leaves networks and domains alone from now on. Returns those that are new; an entry that is active already stays as it is.';
CREATE FUNCTION census.optout_remove(p_networks cidr[], p_domains text[], p_reason text, p_by text) RETURNS text[]
    LANGUAGE plpgsql
    SET search_path TO 'census', 'pg_temp'
    AS $$
DECLARE
  v_removed text[];
  v_missing text;
BEGIN
  PERFORM FROM optout_version FOR UPDATE;
  SELECT string_agg(m.entry, ', ' ORDER BY m.entry COLLATE "C") INTO v_missing
  FROM (
    SELECT u.network::text AS entry FROM unnest(p_networks) AS u (network)
    WHERE NOT EXISTS (SELECT FROM optout o WHERE o.removed_at IS NULL AND o.network = u.network)
    UNION
    SELECT u.domain FROM unnest(p_domains) AS u (domain)
    WHERE NOT EXISTS (SELECT FROM optout o WHERE o.removed_at IS NULL AND o.domain = u.domain)
  ) m;
  IF v_missing IS NOT NULL THEN
    RAISE EXCEPTION 'no active opt-out: %. Nothing was removed', v_missing USING ERRCODE = 'MX002';
  END IF;
  WITH removed AS (
    UPDATE optout SET removed_at = now(), removed_by = p_by, removed_reason = p_reason
    WHERE removed_at IS NULL AND (network = ANY (p_networks) OR domain = ANY (p_domains))
    RETURNING coalesce(network::text, domain) AS entry
  )
  SELECT coalesce(array_agg(entry ORDER BY entry COLLATE "C"), '{}') INTO v_removed FROM removed;
  IF cardinality(v_removed) > 0 THEN
    UPDATE optout_version SET version = version + 1;
  END IF;
  RETURN v_removed;
END $$;
COMMENT ON FUNCTION census.optout_remove(p_networks cidr[], p_domains text[], p_reason text, p_by text) IS 'Ends active entries, all or none (MX002: one of them is not active). They stay as history. Returns them.';
CREATE FUNCTION census.plan_probes(p_scan integer, p_max integer DEFAULT 10000) RETURNS bigint
    LANGUAGE plpgsql
    SET search_path TO 'census', 'pg_temp'
    SET plan_cache_mode TO 'force_custom_plan'
    SET jit TO 'off'
    SET max_parallel_workers_per_gather TO '0'
    AS $$
DECLARE
  v_hosts bigint[];
  v_ordinals smallint[];
BEGIN
  PERFORM lock_planning(p_scan);
  PERFORM add_up_progress(p_scan);
  WITH taken AS (
    DELETE FROM probe_queue WHERE scan_id = p_scan AND host_id IN (
      SELECT q.host_id FROM probe_queue q WHERE q.scan_id = p_scan ORDER BY q.host_id LIMIT p_max)
    RETURNING host_id, ordinal
  )
  SELECT coalesce(array_agg(host_id), '{}'), array_agg(ordinal) INTO v_hosts, v_ordinals FROM taken;
  IF cardinality(v_hosts) = 0 THEN
    RETURN 0;
  END IF;
  INSERT INTO lane (scan_id, id, network, state, slot, size_class, pending, targets_total, ready_at)
  SELECT p_scan, nextval('lane_id_seq'), n.network, 'idle', floor(random() * lane_slots()), 0, 0, 0, 'infinity'
  FROM (
    SELECT DISTINCT politeness_network(a.address) AS network
    FROM unnest(v_hosts, v_ordinals) AS q (host_id, ordinal)
    JOIN host_address a ON a.scan_id = p_scan AND a.host_id = q.host_id AND a.ordinal = q.ordinal
    ORDER BY network
  ) n
  WHERE NOT EXISTS (SELECT FROM lane l WHERE l.scan_id = p_scan AND l.network = n.network);
  PERFORM FROM lane l WHERE l.scan_id = p_scan AND l.network IN (
    SELECT politeness_network(a.address)
    FROM unnest(v_hosts, v_ordinals) AS q (host_id, ordinal)
    JOIN host_address a ON a.scan_id = p_scan AND a.host_id = q.host_id AND a.ordinal = q.ordinal)
  ORDER BY l.id FOR UPDATE;
  PERFORM add_targets(p_scan, v_hosts, v_ordinals);
  RETURN cardinality(v_hosts);
END $$;
COMMENT ON FUNCTION census.plan_probes(p_scan integer, p_max integer) IS 'Puts up to p_max queued host addresses into their lanes. Returns how many: 0 when nothing is queued.';
CREATE FUNCTION census.politeness_network(p_address inet) RETURNS cidr
    LANGUAGE sql IMMUTABLE
    AS $$
  SELECT network(set_masklen(p_address, CASE family(p_address) WHEN 4 THEN 24 ELSE 48 END))
$$;
COMMENT ON FUNCTION census.politeness_network(p_address inet) IS 'The network whose limits hold for an address: its /24 or /48.';
CREATE FUNCTION census.reap_expired() RETURNS bigint
    LANGUAGE plpgsql
    SET search_path TO 'census', 'pg_temp'
    SET enable_seqscan TO 'off'
    SET jit TO 'off'
    SET max_parallel_workers_per_gather TO '0'
    AS $$
DECLARE
  v_scan integer;
  v_gap interval;
  v_rows bigint;
  v_total bigint := 0;
BEGIN
  UPDATE worker SET state = 'lost', ended_at = now()
  WHERE id IN (SELECT w.id FROM worker w WHERE w.state = 'active' AND w.lease_until <= now() FOR UPDATE SKIP LOCKED);
  FOR v_scan, v_gap IN SELECT s.id, s.reclaim_gap FROM scan s WHERE s.finished_at IS NULL ORDER BY s.id LOOP
    WITH gone AS MATERIALIZED (
      SELECT b.id, w.name FROM resolve_batch b JOIN worker w ON w.id = b.worker_id
      WHERE b.scan_id = v_scan AND b.state = 'leased' AND w.state <> 'active'
      ORDER BY b.id FOR UPDATE OF b SKIP LOCKED
    )
    UPDATE resolve_batch b SET
      state = CASE WHEN b.attempts + 1 >= max_attempts() THEN 'dead' ELSE 'ready' END,
      worker_id = NULL, request = NULL, attempts = b.attempts + 1,
      last_error = format('worker %s (%s) vanished', b.worker_id, gone.name)
    FROM gone WHERE b.scan_id = v_scan AND b.id = gone.id;
    GET DIAGNOSTICS v_rows = ROW_COUNT;
    v_total := v_total + v_rows;
    WITH gone AS MATERIALIZED (
      SELECT l.id, w.name FROM lane l JOIN worker w ON w.id = l.worker_id
      WHERE l.scan_id = v_scan AND l.state = 'leased' AND w.state <> 'active'
      ORDER BY l.id FOR UPDATE OF l SKIP LOCKED
    )
    UPDATE lane l SET
      state = CASE WHEN l.attempts + 1 >= max_attempts() THEN 'dead' ELSE 'ready' END,
      worker_id = NULL, request = NULL, attempts = l.attempts + 1,
      last_error = format('worker %s (%s) vanished', l.worker_id, gone.name),
      rest_until = now() + lane_rest(v_gap, l.slowdown),
      ready_at = greatest(now() + lane_rest(v_gap, l.slowdown), l.ready_at)
    FROM gone WHERE l.scan_id = v_scan AND l.id = gone.id;
    GET DIAGNOSTICS v_rows = ROW_COUNT;
    v_total := v_total + v_rows;
  END LOOP;
  RETURN v_total;
END $$;
COMMENT ON FUNCTION census.reap_expired() IS 'Takes back the leases of workers that sent no heartbeat in time, and of workers that ended. Returns how many.';
CREATE FUNCTION census.register_worker(p_name text, p_lease_seconds double precision, OUT worker bigint, OUT remaining double precision) RETURNS record
    LANGUAGE sql
    SET search_path TO 'census', 'pg_temp'
    AS $$
  INSERT INTO worker (name, lease_length, lease_until)
  VALUES (p_name, make_interval(secs => p_lease_seconds), now() + make_interval(secs => p_lease_seconds))
  RETURNING id, p_lease_seconds
$$;
COMMENT ON FUNCTION census.register_worker(p_name text, p_lease_seconds double precision, OUT worker bigint, OUT remaining double precision) IS 'Registers one incarnation of a worker. Returns its number and how many seconds its leases last without a heartbeat.';
CREATE FUNCTION census.release_requests(p_worker bigint, p_requests bigint[]) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'census', 'pg_temp'
    SET enable_seqscan TO 'off'
    SET jit TO 'off'
    SET max_parallel_workers_per_gather TO '0'
    AS $$
DECLARE
  v_scan integer;
BEGIN
  IF cardinality(p_requests) = 0 THEN
    RETURN;
  END IF;
  FOR v_scan IN SELECT s.id FROM scan s WHERE s.finished_at IS NULL ORDER BY s.id LOOP
    UPDATE resolve_batch b SET state = 'ready', worker_id = NULL, request = NULL
    WHERE b.scan_id = v_scan AND b.state = 'leased' AND b.worker_id = p_worker AND b.request = ANY (p_requests);
    UPDATE lane l SET state = 'ready', worker_id = NULL, request = NULL
    WHERE l.scan_id = v_scan AND l.state = 'leased' AND l.worker_id = p_worker AND l.request = ANY (p_requests);
  END LOOP;
END $$;
COMMENT ON FUNCTION census.release_requests(p_worker bigint, p_requests bigint[]) IS 'Hands back what lease calls of this worker took whose answer it never got.';
CREATE FUNCTION census.release_worker(p_worker bigint) RETURNS bigint
    LANGUAGE plpgsql
    SET search_path TO 'census', 'pg_temp'
    SET enable_seqscan TO 'off'
    SET jit TO 'off'
    SET max_parallel_workers_per_gather TO '0'
    AS $$
DECLARE
  v_scan integer;
  v_gap interval;
  v_rows bigint;
  v_total bigint := 0;
BEGIN
  UPDATE worker SET state = 'retired', ended_at = now() WHERE id = p_worker AND state = 'active';
  FOR v_scan, v_gap IN SELECT s.id, s.lane_gap FROM scan s WHERE s.finished_at IS NULL ORDER BY s.id LOOP
    UPDATE resolve_batch b SET state = 'ready', worker_id = NULL, request = NULL
    WHERE b.scan_id = v_scan AND b.id IN (
      SELECT k.id FROM resolve_batch k WHERE k.scan_id = v_scan AND k.state = 'leased' AND k.worker_id = p_worker
      ORDER BY k.id FOR UPDATE);
    GET DIAGNOSTICS v_rows = ROW_COUNT;
    v_total := v_total + v_rows;
    UPDATE lane l SET state = 'ready', worker_id = NULL, request = NULL,
      rest_until = now() + lane_rest(v_gap, l.slowdown),
      ready_at = greatest(now() + lane_rest(v_gap, l.slowdown), l.ready_at)
    WHERE l.scan_id = v_scan AND l.id IN (
      SELECT k.id FROM lane k WHERE k.scan_id = v_scan AND k.state = 'leased' AND k.worker_id = p_worker
      ORDER BY k.id FOR UPDATE);
    GET DIAGNOSTICS v_rows = ROW_COUNT;
    v_total := v_total + v_rows;
  END LOOP;
  RETURN v_total;
END $$;
COMMENT ON FUNCTION census.release_worker(p_worker bigint) IS 'Ends a worker that has stopped probing: hands all its leases back at once. Returns how many there were.';
CREATE FUNCTION census.require_active(p_worker bigint) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'census', 'pg_temp'
    AS $$
BEGIN
  PERFORM FROM worker WHERE id = p_worker AND state = 'active';
  IF NOT FOUND THEN
    RAISE EXCEPTION 'worker % has no leases any more', p_worker USING ERRCODE = 'MX001';
  END IF;
END $$;
COMMENT ON FUNCTION census.require_active(p_worker bigint) IS 'Fails when the worker was retired or lost.';
CREATE FUNCTION census.roll_up(p_scan integer) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'census', 'pg_temp'
    AS $$
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
  UPDATE scan SET rolled_up_at = now() WHERE id = p_scan;
END $$;
COMMENT ON FUNCTION census.roll_up(p_scan integer) IS 'Computes verdicts and summary tables of a scan from what it has found so far. Safe to repeat at any time.';
CREATE FUNCTION census.roll_up_domains(p_scan integer) RETURNS void
    LANGUAGE sql
    SET search_path TO 'census', 'pg_temp'
    SET work_mem TO '128MB'
    SET jit TO 'off'
    AS $$
  DELETE FROM domain_verdict WHERE scan_id = p_scan;
  INSERT INTO domain_verdict (scan_id, domain_id, verdict, primary_host_id)
  SELECT p_scan, r.domain_id,
    CASE
      WHEN r.status IN ('null_mx', 'nxdomain', 'no_mail_host') THEN 'no_mail'
      WHEN r.status IN ('dns_failure', 'invalid_name', 'opted_out') THEN 'unresolved'
      WHEN coalesce(m.seen, 0) = 0 THEN CASE WHEN m.unseen > 0 THEN 'unseen' ELSE 'unreachable' END
      WHEN m.trusted = m.seen THEN 'secure'
      WHEN m.trusted > 0 THEN 'partly_secure'
      WHEN m.encrypted = m.seen THEN 'encrypted'
      WHEN m.encrypted > 0 THEN 'partly_encrypted'
      ELSE 'plain'
    END,
    -- The lower 48 bits of the key: see below.
    m.primary_key & ((1::bigint << 48) - 1)
  FROM domain_result r
  LEFT JOIN (
    SELECT e.domain_id,
      count(*) FILTER (WHERE h.protection IN ('trusted', 'encrypted', 'plain')) AS seen,
      count(*) FILTER (WHERE h.protection = 'trusted') AS trusted,
      count(*) FILTER (WHERE h.protection = 'encrypted') AS encrypted,
      count(*) FILTER (WHERE h.protection = 'unseen') AS unseen,
      -- First answering, then ordinal, and the host itself, in one number: a minimum is much cheaper than a sort in
      -- each of millions of groups.
      min((CASE WHEN h.answered_smtp THEN 0 ELSE 1::bigint << 62 END) | (e.ordinal::bigint << 48) | e.host_id)
        AS primary_key
    FROM domain_mx e
    JOIN host_result h ON h.scan_id = p_scan AND h.host_id = e.host_id
    WHERE e.scan_id = p_scan
    GROUP BY e.domain_id
  ) m ON m.domain_id = r.domain_id
  WHERE r.scan_id = p_scan
$$;
COMMENT ON FUNCTION census.roll_up_domains(p_scan integer) IS 'Part of roll_up: verdict and primary MX host of each domain.';
CREATE FUNCTION census.roll_up_summary(p_scan integer) RETURNS void
    LANGUAGE sql
    SET search_path TO 'census', 'pg_temp'
    SET work_mem TO '128MB'
    SET jit TO 'off'
    AS $$
  DELETE FROM summary_domain_status WHERE scan_id = p_scan;
  DELETE FROM summary_verdict WHERE scan_id = p_scan;
  DELETE FROM summary_host_status WHERE scan_id = p_scan;
  DELETE FROM summary_outcome WHERE scan_id = p_scan;
  DELETE FROM summary_finding WHERE scan_id = p_scan;
  DELETE FROM summary_second_look WHERE scan_id = p_scan;
  DELETE FROM summary_provider WHERE scan_id = p_scan;
  INSERT INTO summary_domain_status (scan_id, status, domains, volume)
  SELECT p_scan, status, count(*), sum(weight) FROM domain_result WHERE scan_id = p_scan GROUP BY status;
  INSERT INTO summary_verdict (scan_id, verdict, domains, volume)
  SELECT p_scan, v.verdict, count(*), sum(r.weight)
  FROM domain_verdict v JOIN domain_result r ON r.scan_id = p_scan AND r.domain_id = v.domain_id
  WHERE v.scan_id = p_scan GROUP BY v.verdict;
  WITH counted AS (
    SELECT v.primary_host_id AS host_id, count(*) AS domains, sum(r.weight) AS volume
    FROM domain_verdict v JOIN domain_result r ON r.scan_id = p_scan AND r.domain_id = v.domain_id
    WHERE v.scan_id = p_scan AND v.primary_host_id IS NOT NULL
    GROUP BY v.primary_host_id
  ), host AS MATERIALIZED (
    SELECT h.provider, h.status, h.outcome, h.conclusive, h.starttls, h.findings, h.second_look, o.ordinal,
      coalesce(c.domains, 0) AS domains, coalesce(c.volume, 0) AS volume
    FROM host_result h
    LEFT JOIN counted c ON c.host_id = h.host_id
    LEFT JOIN outcome o ON o.code = h.outcome
    WHERE h.scan_id = p_scan
  ), host_statuses AS (
    INSERT INTO summary_host_status (scan_id, status, hosts, domains, volume)
    SELECT p_scan, status, count(*), sum(domains), sum(volume) FROM host GROUP BY status
  ), outcomes AS (
    INSERT INTO summary_outcome (scan_id, outcome, conclusive, starttls, hosts, domains, volume)
    SELECT p_scan, outcome, conclusive, starttls, count(*), sum(domains), sum(volume)
    FROM host WHERE outcome IS NOT NULL GROUP BY outcome, conclusive, starttls
  ), findings AS (
    INSERT INTO summary_finding (scan_id, finding, hosts, domains, volume)
    SELECT p_scan, f.finding, count(*), sum(domains), sum(volume)
    FROM host, unnest(host.findings) AS f (finding) GROUP BY f.finding
  ), second_looks AS (
    INSERT INTO summary_second_look (scan_id, result, hosts, domains, volume)
    SELECT p_scan, second_look, count(*), sum(domains), sum(volume)
    FROM host WHERE second_look IS NOT NULL GROUP BY second_look
  )
  INSERT INTO summary_provider
    (scan_id, provider, hosts, domains, volume, starttls_hosts, trusted_hosts, commonest_outcome)
  SELECT p_scan, p.provider, p.hosts, p.domains, p.volume, p.starttls_hosts, p.trusted_hosts, o.code
  FROM (
    SELECT provider, count(*) AS hosts, sum(domains) AS domains, sum(volume) AS volume,
      count(*) FILTER (WHERE starttls) AS starttls_hosts, count(*) FILTER (WHERE outcome = 'trusted') AS trusted_hosts,
      mode() WITHIN GROUP (ORDER BY ordinal) AS commonest
    FROM host WHERE provider <> '' GROUP BY provider
  ) p
  LEFT JOIN outcome o ON o.ordinal = p.commonest;
$$;
COMMENT ON FUNCTION census.roll_up_summary(p_scan integer) IS 'Part of roll_up: the summary tables.';
CREATE FUNCTION census.scan_progress(p_scan integer, OUT domains bigint, OUT domains_resolved bigint, OUT hosts bigint, OUT targets bigint, OUT targets_done bigint, OUT dead_batches bigint, OUT complete boolean) RETURNS record
    LANGUAGE sql STABLE
    SET search_path TO 'census', 'pg_temp'
    AS $$
  SELECT s.domains, p.domains_resolved + coalesce(d.domains_resolved, 0), p.hosts + coalesce(d.hosts, 0),
    p.targets + coalesce(d.targets, 0), p.targets_done + coalesce(d.targets_done, 0),
    (SELECT count(*) FROM resolve_batch b WHERE b.scan_id = p_scan AND b.state = 'dead')
      + (SELECT count(*) FROM lane l WHERE l.scan_id = p_scan AND l.state = 'dead'),
    NOT EXISTS (SELECT FROM resolve_batch b WHERE b.scan_id = p_scan AND b.state = 'ready')
      AND NOT EXISTS (SELECT FROM resolve_batch b WHERE b.scan_id = p_scan AND b.state = 'leased')
      AND NOT EXISTS (SELECT FROM lane l WHERE l.scan_id = p_scan AND l.state = 'ready')
      AND NOT EXISTS (SELECT FROM lane l WHERE l.scan_id = p_scan AND l.state = 'leased')
      AND NOT EXISTS (SELECT FROM probe_queue q WHERE q.scan_id = p_scan)
  FROM scan s
  JOIN progress p ON p.scan_id = s.id
  CROSS JOIN LATERAL (
    SELECT sum(x.domains_resolved)::bigint AS domains_resolved, sum(x.hosts)::bigint AS hosts,
      sum(x.targets)::bigint AS targets, sum(x.targets_done)::bigint AS targets_done
    FROM progress_delta x WHERE x.scan_id = p_scan
  ) d
  WHERE s.id = p_scan
$$;
COMMENT ON FUNCTION census.scan_progress(p_scan integer, OUT domains bigint, OUT domains_resolved bigint, OUT hosts bigint, OUT targets bigint, OUT targets_done bigint, OUT dead_batches bigint, OUT complete boolean) IS 'How far a scan is, as of one moment; complete: nothing is left to lease, to plan, or in anybody''s hands.';
CREATE FUNCTION census.scan_tables() RETURNS text[]
    LANGUAGE sql IMMUTABLE
    AS $$
  SELECT ARRAY[
    'resolve_batch', 'domain_result', 'domain_mx', 'mx_host', 'host_address', 'lane', 'probe_target', 'probe_queue',
    'probe_result', 'domain_verdict', 'summary_provider']
$$;
COMMENT ON FUNCTION census.scan_tables() IS 'The tables that have one partition for each scan, named TABLE_sNUMBER.';
CREATE FUNCTION census.second_look_result(p_first bigint, p_second bigint, p_failure text) RETURNS text
    LANGUAGE sql STABLE
    AS $$
  SELECT CASE
    WHEN p_second = p_first THEN 'same'
    WHEN p_second IS NOT NULL THEN (
      SELECT CASE WHEN a.certificates[1] = b.certificates[1] THEN 'same' ELSE 'other' END
      FROM census.chain b LEFT JOIN census.chain a ON a.id = p_first WHERE b.id = p_second)
    WHEN p_failure LIKE 'handshake:%' AND p_failure NOT IN ('handshake:timeout', 'handshake:reset') THEN 'no_certificate'
    ELSE 'unseen'
  END
$$;
COMMENT ON FUNCTION census.second_look_result(p_first bigint, p_second bigint, p_failure text) IS 'What a second look, which got the chain p_second or ended with p_failure, shows beside the first, which got the chain p_first: same (leaf), other, no_certificate, or unseen when it says nothing.';
CREATE FUNCTION census.size_class(p_pending bigint) RETURNS smallint
    LANGUAGE sql IMMUTABLE
    AS $$SELECT floor(ln(greatest(1, p_pending)) / ln(2) + 1e-9)::smallint$$;
COMMENT ON FUNCTION census.size_class(p_pending bigint) IS 'Binary logarithm of the number of pending targets, rounded down.';
CREATE FUNCTION census.take_lanes(p_scan integer, p_worker bigint, p_max integer, p_request bigint) RETURNS bigint[]
    LANGUAGE plpgsql
    SET search_path TO 'census', 'pg_temp'
    SET enable_seqscan TO 'off'
    SET jit TO 'off'
    SET max_parallel_workers_per_gather TO '0'
    AS $$
DECLARE
  v_taken bigint[] := '{}';
  v_more bigint[];
  v_start integer := floor(random() * lane_slots());
  v_class smallint := 32767;
  v_from smallint;
  v_to smallint;
BEGIN
  LOOP
    -- The next smaller class that has ready lanes: one index probe, however many lanes there are.
    SELECT l.size_class INTO v_class FROM lane l
    WHERE l.scan_id = p_scan AND l.state = 'ready' AND l.size_class < v_class
    ORDER BY l.size_class DESC LIMIT 1;
    EXIT WHEN NOT FOUND;
    FOR v_from, v_to IN VALUES (v_start, 32767), (0, v_start - 1) LOOP
      WITH picked AS MATERIALIZED (
        SELECT l.id FROM lane l
        WHERE l.scan_id = p_scan AND l.state = 'ready' AND l.size_class = v_class AND l.slot BETWEEN v_from AND v_to
          AND l.ready_at <= now()
        ORDER BY l.slot, l.ready_at LIMIT p_max - cardinality(v_taken) FOR UPDATE SKIP LOCKED
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
COMMENT ON FUNCTION census.take_lanes(p_scan integer, p_worker bigint, p_max integer, p_request bigint) IS 'Part of lease_lanes: leases ready lanes of one scan.';
CREATE FUNCTION census.withdraw_targets(p_scan integer, p_held bigint[], p_withdrawn census.withdrawal[]) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'census', 'pg_temp'
    SET plan_cache_mode TO 'force_custom_plan'
    SET jit TO 'off'
    SET max_parallel_workers_per_gather TO '0'
    AS $$
DECLARE
  v_hosts bigint[];
  v_wanted bigint;
  v_matched bigint;
  v_moved bigint;
BEGIN
  SELECT count(*) INTO v_wanted FROM unnest(p_withdrawn) w WHERE w.lane_id = ANY (p_held);
  IF v_wanted = 0 THEN
    RETURN;
  END IF;
  WITH gone AS (
    DELETE FROM probe_target t USING unnest(p_withdrawn) w
    WHERE w.lane_id = ANY (p_held) AND t.scan_id = p_scan AND t.host_id = w.host_id AND t.id = w.target_id
      AND t.lane_id = w.lane_id
    RETURNING t.host_id, t.ordinal, t.has_next AND NOT w.whole_host AS moves, w.whole_host
  ), barred AS (
    UPDATE host_address a SET permitted = false FROM gone g
    WHERE a.scan_id = p_scan AND a.host_id = g.host_id AND (a.ordinal = g.ordinal OR g.whole_host) AND a.permitted
  ), moved AS (
    INSERT INTO probe_queue (scan_id, host_id, ordinal)
    SELECT p_scan, g.host_id, g.ordinal + 1 FROM gone g WHERE g.moves
    RETURNING host_id
  )
  SELECT (SELECT count(*) FROM gone), (SELECT count(*) FROM moved),
    ARRAY(SELECT g.host_id FROM gone g WHERE NOT g.moves)
  INTO v_matched, v_moved, v_hosts;
  IF v_matched <> v_wanted THEN
    RAISE EXCEPTION '% of % withdrawn targets are no pending targets of their lane', v_wanted - v_matched, v_wanted
      USING ERRCODE = 'MX004';
  END IF;
  PERFORM FROM mx_host h WHERE h.scan_id = p_scan AND h.id = ANY (v_hosts) ORDER BY h.name FOR UPDATE;
  UPDATE mx_host h SET status = 'opted_out' WHERE h.scan_id = p_scan AND h.id = ANY (v_hosts);
  INSERT INTO progress_delta (scan_id, targets, targets_done) VALUES (p_scan, v_moved, v_matched);
END $$;
COMMENT ON FUNCTION census.withdraw_targets(p_scan integer, p_held bigint[], p_withdrawn census.withdrawal[]) IS 'Part of complete_lanes: ends targets that must not be dialled any more, with the counters that follow.';
CREATE FUNCTION census.write_probes(p_scan integer, p_held bigint[], p_results census.probe_record[], p_certificates census.certificate_record[]) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'census', 'pg_temp'
    SET plan_cache_mode TO 'force_custom_plan'
    SET jit TO 'off'
    SET max_parallel_workers_per_gather TO '0'
    AS $$
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
      ehlo_refusal)
    SELECT p_scan, r.host_id, r.ordinal, r.attempt, r.next_step = 'final', r.address, r.port, r.started_at, r.outcome,
      r.handshake_failure, r.findings, r.conclusive, r.starttls, r.verified, r.error, r.failure, r.greeting, r.ehlo,
      r.starttls_reply, r.ehlo_tls, r.starttls_offered, r.masked_keyword, r.helo_only, r.bare_line_feed,
      r.plaintext_after_starttls, r.tls_version, r.cipher, r.key_group, r.cipher_bits, r.forward_secrecy,
      r.client_certificate_requested, r.ocsp_staple, r.verify_error, r.connect_ms, r.greeting_ms, r.ehlo_ms,
      r.starttls_ms, r.handshake_ms, r.ehlo_tls_ms, r.quit_ms,
      (SELECT c.id FROM chain c WHERE c.certificates = r.certificates),
      r.handshake_step, r.dh_bits, r.signature_digest, r.second_look, r.second_look_failure,
      (SELECT c.id FROM chain c WHERE c.certificates = r.second_certificates), r.ehlo_refusal
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
COMMENT ON FUNCTION census.write_probes(p_scan integer, p_held bigint[], p_results census.probe_record[], p_certificates census.certificate_record[]) IS 'Part of complete_lanes: results, follow-up targets and counters of locked lanes.';
CREATE TABLE census.certificate (
    id bigint NOT NULL,
    sha256 bytea NOT NULL,
    der bytea NOT NULL,
    serial text COLLATE pg_catalog."C",
    serial_octets integer,
    not_before timestamp with time zone,
    not_after timestamp with time zone,
    issuer text,
    subject text,
    dns_names text[] DEFAULT '{}'::text[] NOT NULL,
    common_name text,
    key_algorithm text,
    key_bits integer,
    signature_algorithm text,
    self_signed boolean,
    is_ca boolean,
    must_staple boolean,
    CONSTRAINT certificate_check CHECK ((sha256 = sha256(der)))
);
COMMENT ON TABLE census.certificate IS 'Every certificate ever seen, once. All but the first three columns are NULL when it cannot be parsed.';
COMMENT ON COLUMN census.certificate.id IS 'Number of the certificate.';
COMMENT ON COLUMN census.certificate.sha256 IS 'Its fingerprint: SHA-256 of der.';
COMMENT ON COLUMN census.certificate.der IS 'The certificate as it was sent.';
COMMENT ON COLUMN census.certificate.serial IS 'Serial number, hexadecimal; begins with - when it is negative.';
COMMENT ON COLUMN census.certificate.serial_octets IS 'Length of the serial number; RFC 5280 allows 20 octets.';
COMMENT ON COLUMN census.certificate.not_before IS 'Begin of validity; NULL when unreadable.';
COMMENT ON COLUMN census.certificate.not_after IS 'End of validity; NULL when unreadable.';
COMMENT ON COLUMN census.certificate.issuer IS 'Issuer, as text, escaped.';
COMMENT ON COLUMN census.certificate.subject IS 'Subject, as text, escaped.';
COMMENT ON COLUMN census.certificate.dns_names IS 'DNS names in the subject alternative names.';
COMMENT ON COLUMN census.certificate.common_name IS 'Most specific common name of the subject.';
COMMENT ON COLUMN census.certificate.key_algorithm IS 'Such as EC or RSA.';
COMMENT ON COLUMN census.certificate.key_bits IS 'Size of the key.';
COMMENT ON COLUMN census.certificate.signature_algorithm IS 'Such as ecdsa-with-SHA256.';
COMMENT ON COLUMN census.certificate.self_signed IS 'Signed with its own key.';
COMMENT ON COLUMN census.certificate.is_ca IS 'May issue certificates.';
COMMENT ON COLUMN census.certificate.must_staple IS 'Demands a stapled OCSP response (RFC 7633).';
ALTER TABLE census.certificate ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME census.certificate_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE census.chain (
    id bigint NOT NULL,
    certificates bigint[] NOT NULL,
    CONSTRAINT chain_certificates_check CHECK ((cardinality(certificates) > 0))
);
COMMENT ON TABLE census.chain IS 'Every sequence of certificates that a server ever sent, once.';
COMMENT ON COLUMN census.chain.id IS 'Number of the chain.';
COMMENT ON COLUMN census.chain.certificates IS 'Numbers of its certificates as sent: the first is the server''s own.';
ALTER TABLE census.chain ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME census.chain_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE census.domain (
    list_id integer NOT NULL,
    id bigint NOT NULL,
    name text NOT NULL COLLATE pg_catalog."C",
    weight double precision NOT NULL,
    CONSTRAINT domain_weight_check CHECK (((weight >= (0)::double precision) AND (weight < 'Infinity'::double precision)))
)
PARTITION BY LIST (list_id);
COMMENT ON TABLE census.domain IS 'The domains of the lists; one partition a list.';
COMMENT ON COLUMN census.domain.list_id IS 'The list.';
COMMENT ON COLUMN census.domain.id IS 'Number of the domain in its list, from 1 without gaps.';
COMMENT ON COLUMN census.domain.name IS 'Normalised name: lower case, IDNA A-labels, no final dot.';
COMMENT ON COLUMN census.domain.weight IS 'Mail volume, or whatever the owner of the list counts; 1 where the list has none.';
CREATE TABLE census.domain_mx (
    domain_id bigint NOT NULL,
    host_id bigint NOT NULL,
    scan_id integer NOT NULL,
    preference integer NOT NULL,
    ordinal smallint NOT NULL,
    CONSTRAINT domain_mx_ordinal_check CHECK ((ordinal >= 1)),
    CONSTRAINT domain_mx_preference_check CHECK (((preference >= 0) AND (preference <= 65535)))
)
PARTITION BY LIST (scan_id);
COMMENT ON TABLE census.domain_mx IS 'The MX hosts of each domain. A domain without MX but with an address is its own, with preference 0.';
COMMENT ON COLUMN census.domain_mx.domain_id IS 'The domain.';
COMMENT ON COLUMN census.domain_mx.host_id IS 'The MX host.';
COMMENT ON COLUMN census.domain_mx.scan_id IS 'The scan.';
COMMENT ON COLUMN census.domain_mx.preference IS 'Preference of the MX record: lower is used first.';
COMMENT ON COLUMN census.domain_mx.ordinal IS 'Place in the order by preference, then name, from 1.';
CREATE TABLE census.domain_result (
    domain_id bigint NOT NULL,
    weight double precision NOT NULL,
    scan_id integer NOT NULL,
    dnssec census.dnssec_status NOT NULL,
    failure census.dns_failure,
    status text NOT NULL COLLATE pg_catalog."C",
    CONSTRAINT domain_result_check CHECK (((failure IS NULL) OR (status = 'dns_failure'::text)))
)
PARTITION BY LIST (scan_id);
COMMENT ON TABLE census.domain_result IS 'What DNS said about each domain of a scan: exactly one row a domain once the scan is finished.';
COMMENT ON COLUMN census.domain_result.domain_id IS 'Number of the domain in the scan''s list.';
COMMENT ON COLUMN census.domain_result.weight IS 'Weight of the domain when it was resolved.';
COMMENT ON COLUMN census.domain_result.scan_id IS 'The scan.';
COMMENT ON COLUMN census.domain_result.dnssec IS 'DNSSEC status of the MX answer.';
COMMENT ON COLUMN census.domain_result.failure IS 'Which DNS failure, when status is dns_failure; NULL with dns_failure: its batch was given up.';
COMMENT ON COLUMN census.domain_result.status IS 'Code of domain_status_code.';
CREATE TABLE census.domain_verdict (
    domain_id bigint NOT NULL,
    primary_host_id bigint,
    scan_id integer NOT NULL,
    verdict text NOT NULL COLLATE pg_catalog."C"
)
PARTITION BY LIST (scan_id);
COMMENT ON TABLE census.domain_verdict IS 'How well each domain''s MX hosts protect its mail, as of the latest roll-up.';
COMMENT ON COLUMN census.domain_verdict.domain_id IS 'The domain.';
COMMENT ON COLUMN census.domain_verdict.primary_host_id IS 'The MX host at which the domain counts; NULL when it has none.';
COMMENT ON COLUMN census.domain_verdict.scan_id IS 'The scan.';
COMMENT ON COLUMN census.domain_verdict.verdict IS 'Code of verdict_code.';
CREATE TABLE census.mx_host (
    id bigint NOT NULL,
    scan_id integer NOT NULL,
    dnssec census.dnssec_status NOT NULL,
    failure census.dns_failure,
    status text NOT NULL COLLATE pg_catalog."C",
    name text NOT NULL COLLATE pg_catalog."C",
    provider text NOT NULL COLLATE pg_catalog."C",
    CONSTRAINT mx_host_check CHECK (((failure IS NULL) OR (status = 'dns_failure'::text)))
)
PARTITION BY LIST (scan_id);
COMMENT ON TABLE census.mx_host IS 'The unique MX hosts of a scan.';
COMMENT ON COLUMN census.mx_host.id IS 'Number of the host, unique over all scans.';
COMMENT ON COLUMN census.mx_host.scan_id IS 'The scan.';
COMMENT ON COLUMN census.mx_host.dnssec IS 'DNSSEC status of its addresses.';
COMMENT ON COLUMN census.mx_host.failure IS 'Which DNS failure, when status is dns_failure.';
COMMENT ON COLUMN census.mx_host.status IS 'Code of host_status_code.';
COMMENT ON COLUMN census.mx_host.name IS 'Normalised name, or the escaped text of an MX that is no host name.';
COMMENT ON COLUMN census.mx_host.provider IS 'Registered domain by the public suffix list; empty when there is none.';
CREATE TABLE census.probe_result (
    host_id bigint NOT NULL,
    chain_id bigint,
    started_at timestamp with time zone NOT NULL,
    scan_id integer NOT NULL,
    port integer NOT NULL,
    connect_ms integer,
    greeting_ms integer,
    ehlo_ms integer,
    starttls_ms integer,
    handshake_ms integer,
    ehlo_tls_ms integer,
    quit_ms integer,
    ordinal smallint NOT NULL,
    attempt smallint NOT NULL,
    cipher_bits smallint,
    final boolean NOT NULL,
    conclusive boolean NOT NULL,
    starttls boolean,
    verified boolean,
    starttls_offered boolean,
    helo_only boolean NOT NULL,
    bare_line_feed boolean NOT NULL,
    forward_secrecy boolean,
    client_certificate_requested boolean,
    address inet NOT NULL,
    outcome text NOT NULL COLLATE pg_catalog."C",
    handshake_failure text COLLATE pg_catalog."C",
    findings text[] NOT NULL,
    error text,
    failure text COLLATE pg_catalog."C",
    greeting text,
    ehlo text,
    starttls_reply text,
    ehlo_tls text,
    masked_keyword text,
    plaintext_after_starttls text,
    tls_version text COLLATE pg_catalog."C",
    cipher text COLLATE pg_catalog."C",
    key_group text COLLATE pg_catalog."C",
    verify_error text,
    ocsp_staple bytea,
    ehlo_refusal text,
    handshake_step text COLLATE pg_catalog."C",
    dh_bits integer,
    signature_digest text COLLATE pg_catalog."C",
    second_look boolean DEFAULT false NOT NULL,
    second_look_failure text COLLATE pg_catalog."C",
    second_look_chain_id bigint,
    CONSTRAINT probe_result_attempt_check CHECK ((attempt >= 1)),
    CONSTRAINT probe_result_check CHECK (((handshake_failure IS NULL) OR (outcome = 'handshake_failed'::text))),
    CONSTRAINT probe_result_check1 CHECK (((second_look_failure IS NULL) OR second_look)),
    CONSTRAINT probe_result_check2 CHECK (((second_look_chain_id IS NULL) OR second_look))
)
PARTITION BY LIST (scan_id);
COMMENT ON TABLE census.probe_result IS 'Every attempt at every address of every MX host. All text from the network is escaped.';
COMMENT ON COLUMN census.probe_result.host_id IS 'The host.';
COMMENT ON COLUMN census.probe_result.chain_id IS 'The certificates it sent; NULL when there was no handshake.';
COMMENT ON COLUMN census.probe_result.started_at IS 'When the attempt began, by the worker''s clock.';
COMMENT ON COLUMN census.probe_result.scan_id IS 'The scan.';
COMMENT ON COLUMN census.probe_result.port IS 'TCP port.';
COMMENT ON COLUMN census.probe_result.connect_ms IS 'Milliseconds to connect; NULL for a step that was not begun, as in the next columns.';
COMMENT ON COLUMN census.probe_result.greeting_ms IS 'Milliseconds until the whole greeting was read.';
COMMENT ON COLUMN census.probe_result.ehlo_ms IS 'Milliseconds of EHLO.';
COMMENT ON COLUMN census.probe_result.starttls_ms IS 'Milliseconds of STARTTLS.';
COMMENT ON COLUMN census.probe_result.handshake_ms IS 'Milliseconds of the TLS handshake.';
COMMENT ON COLUMN census.probe_result.ehlo_tls_ms IS 'Milliseconds of EHLO under TLS.';
COMMENT ON COLUMN census.probe_result.quit_ms IS 'Milliseconds of QUIT.';
COMMENT ON COLUMN census.probe_result.ordinal IS 'Which address of the host, as in host_address.';
COMMENT ON COLUMN census.probe_result.attempt IS 'Which attempt at this address, from 1.';
COMMENT ON COLUMN census.probe_result.cipher_bits IS 'Security bits of the cipher.';
COMMENT ON COLUMN census.probe_result.final IS 'This attempt speaks for its host: at most one does.';
COMMENT ON COLUMN census.probe_result.conclusive IS 'False when the census could not look: blocked, rate-limited, silently dropped.';
COMMENT ON COLUMN census.probe_result.starttls IS 'Whether the host offers STARTTLS; NULL when that could not be seen.';
COMMENT ON COLUMN census.probe_result.verified IS 'The certificate is trusted and names the host; NULL without a handshake.';
COMMENT ON COLUMN census.probe_result.starttls_offered IS 'Whether EHLO''s answer named STARTTLS; NULL when EHLO was not reached.';
COMMENT ON COLUMN census.probe_result.helo_only IS 'EHLO was refused and HELO accepted.';
COMMENT ON COLUMN census.probe_result.bare_line_feed IS 'A reply line ended with LF alone.';
COMMENT ON COLUMN census.probe_result.forward_secrecy IS 'The key exchange was ephemeral; NULL without TLS.';
COMMENT ON COLUMN census.probe_result.client_certificate_requested IS 'The server asked the client for a certificate; NULL without TLS.';
COMMENT ON COLUMN census.probe_result.address IS 'The address that was probed.';
COMMENT ON COLUMN census.probe_result.outcome IS 'First cause, or trusted: code of outcome.';
COMMENT ON COLUMN census.probe_result.handshake_failure IS 'Why the handshake failed; only with handshake_failed.';
COMMENT ON COLUMN census.probe_result.findings IS 'Codes of finding: everything that was found, whatever the outcome.';
COMMENT ON COLUMN census.probe_result.error IS 'One line for people about what went wrong.';
COMMENT ON COLUMN census.probe_result.failure IS 'What ended the dialogue before its natural end, such as timeout:greeting; NULL when nothing did.';
COMMENT ON COLUMN census.probe_result.greeting IS 'The greeting: code and lines.';
COMMENT ON COLUMN census.probe_result.ehlo IS 'The reply to EHLO or HELO.';
COMMENT ON COLUMN census.probe_result.starttls_reply IS 'The reply to STARTTLS.';
COMMENT ON COLUMN census.probe_result.ehlo_tls IS 'The reply to EHLO under TLS.';
COMMENT ON COLUMN census.probe_result.masked_keyword IS 'What stood in the place of STARTTLS, such as XXXXXXXA.';
COMMENT ON COLUMN census.probe_result.plaintext_after_starttls IS 'Bytes that followed the 220 to STARTTLS in the clear.';
COMMENT ON COLUMN census.probe_result.tls_version IS 'Such as TLSv1.3.';
COMMENT ON COLUMN census.probe_result.cipher IS 'Cipher suite, IANA name.';
COMMENT ON COLUMN census.probe_result.key_group IS 'Key exchange group, such as x25519; NULL without (EC)DHE.';
COMMENT ON COLUMN census.probe_result.verify_error IS 'The verifier''s own words for the first error of the path; NULL when it is valid.';
COMMENT ON COLUMN census.probe_result.ocsp_staple IS 'Stapled OCSP response, DER.';
COMMENT ON COLUMN census.probe_result.ehlo_refusal IS 'The refusal of EHLO after which HELO was tried; NULL when EHLO was not refused for good.';
COMMENT ON COLUMN census.probe_result.handshake_step IS 'The newest handshake message read from the server, such as server_hello, or client_hello when none was; NULL when no handshake was begun, or in scans before this column.';
COMMENT ON COLUMN census.probe_result.dh_bits IS 'Bits of the server''s ephemeral finite-field Diffie-Hellman key; NULL when it used a curve or none.';
COMMENT ON COLUMN census.probe_result.signature_digest IS 'Digest with which the server signed the handshake, such as SHA256; NULL when nothing was signed, or the scheme has no digest of its own (Ed25519).';
COMMENT ON COLUMN census.probe_result.second_look IS 'The host was asked once more, without SNI (RFC 6066 §3).';
COMMENT ON COLUMN census.probe_result.second_look_failure IS 'What ended the second look before its natural end, as in failure; NULL when nothing did, or there was none.';
COMMENT ON COLUMN census.probe_result.second_look_chain_id IS 'The certificates it sent without SNI; NULL when it sent none, or there was no second look.';
CREATE TABLE census.scan (
    id integer NOT NULL,
    name text NOT NULL COLLATE pg_catalog."C",
    list_id integer NOT NULL,
    state text DEFAULT 'running'::text NOT NULL COLLATE pg_catalog."C",
    settings jsonb NOT NULL,
    trust_store_id integer NOT NULL,
    domains bigint NOT NULL,
    lane_gap interval NOT NULL,
    reclaim_gap interval NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    finished_at timestamp with time zone,
    rolled_up_at timestamp with time zone,
    CONSTRAINT scan_check CHECK (((state = ANY (ARRAY['finished'::text, 'cancelled'::text])) = (finished_at IS NOT NULL))),
    CONSTRAINT scan_domains_check CHECK ((domains >= 0)),
    CONSTRAINT scan_name_check CHECK ((name <> ''::text)),
    CONSTRAINT scan_state_check CHECK ((state = ANY (ARRAY['running'::text, 'paused'::text, 'finished'::text, 'cancelled'::text])))
);
COMMENT ON TABLE census.scan IS 'One scan of one list.';
COMMENT ON COLUMN census.scan.id IS 'Number of the scan.';
COMMENT ON COLUMN census.scan.name IS 'Name of the scan.';
COMMENT ON COLUMN census.scan.list_id IS 'The list that is scanned.';
COMMENT ON COLUMN census.scan.state IS 'running, paused (nothing is leased), finished or cancelled.';
COMMENT ON COLUMN census.scan.settings IS 'Everything that decides what the scan finds: port, deadlines, limits, policy …';
COMMENT ON COLUMN census.scan.trust_store_id IS 'The authorities it trusts.';
COMMENT ON COLUMN census.scan.domains IS 'It covers the domains 1 to this number of its list, as the list was when the scan began.';
COMMENT ON COLUMN census.scan.lane_gap IS 'How long a network rests between two leases: one over its rate, so that the rate holds across leases.';
COMMENT ON COLUMN census.scan.reclaim_gap IS 'How long a network rests after its lease was taken back from a worker that vanished.';
COMMENT ON COLUMN census.scan.created_at IS 'When it began.';
COMMENT ON COLUMN census.scan.finished_at IS 'When it was finished or cancelled; NULL before.';
COMMENT ON COLUMN census.scan.rolled_up_at IS 'When its summary tables were computed last; NULL before.';
CREATE VIEW census.domain_status AS
 SELECT s.id AS scan_id,
    s.name AS scan,
    d.name AS domain,
    r.weight,
    r.status,
    r.failure,
    r.dnssec,
    v.verdict,
    h.name AS primary_host,
    p.outcome AS primary_outcome,
    ( SELECT count(*) AS count
           FROM census.domain_mx e
          WHERE ((e.scan_id = r.scan_id) AND (e.domain_id = r.domain_id))) AS mx_hosts
   FROM (((((census.scan s
     JOIN census.domain_result r ON ((r.scan_id = s.id)))
     JOIN census.domain d ON (((d.list_id = s.list_id) AND (d.id = r.domain_id))))
     LEFT JOIN census.domain_verdict v ON (((v.scan_id = r.scan_id) AND (v.domain_id = r.domain_id))))
     LEFT JOIN census.mx_host h ON (((h.scan_id = r.scan_id) AND (h.id = v.primary_host_id))))
     LEFT JOIN census.probe_result p ON (((p.scan_id = r.scan_id) AND (p.host_id = v.primary_host_id) AND p.final)));
COMMENT ON VIEW census.domain_status IS 'One row a domain of a scan: where its mail goes and how well it is protected.';
COMMENT ON COLUMN census.domain_status.scan_id IS 'Number of the scan.';
COMMENT ON COLUMN census.domain_status.scan IS 'Name of the scan.';
COMMENT ON COLUMN census.domain_status.domain IS 'The domain.';
COMMENT ON COLUMN census.domain_status.weight IS 'Its mail volume.';
COMMENT ON COLUMN census.domain_status.status IS 'What DNS says: code of domain_status_code.';
COMMENT ON COLUMN census.domain_status.failure IS 'Which DNS failure, when status is dns_failure.';
COMMENT ON COLUMN census.domain_status.dnssec IS 'DNSSEC status of the MX answer.';
COMMENT ON COLUMN census.domain_status.verdict IS 'Code of verdict_code; NULL before the first roll-up.';
COMMENT ON COLUMN census.domain_status.primary_host IS 'The MX host at which the domain counts.';
COMMENT ON COLUMN census.domain_status.primary_outcome IS 'Final outcome of that host; NULL when it was not probed.';
COMMENT ON COLUMN census.domain_status.mx_hosts IS 'How many MX hosts it has.';
CREATE TABLE census.summary_finding (
    scan_id integer NOT NULL,
    finding text NOT NULL COLLATE pg_catalog."C",
    hosts bigint NOT NULL,
    domains bigint NOT NULL,
    volume double precision NOT NULL
);
COMMENT ON TABLE census.summary_finding IS 'Roll-up: MX hosts by finding, whatever the outcome: a host counts in each of its findings.';
COMMENT ON COLUMN census.summary_finding.scan_id IS 'The scan.';
COMMENT ON COLUMN census.summary_finding.finding IS 'Code of finding.';
COMMENT ON COLUMN census.summary_finding.hosts IS 'MX hosts.';
COMMENT ON COLUMN census.summary_finding.domains IS 'Domains whose primary MX host is one of them.';
COMMENT ON COLUMN census.summary_finding.volume IS 'Mail volume of those domains.';
CREATE TABLE census.summary_outcome (
    scan_id integer NOT NULL,
    outcome text NOT NULL COLLATE pg_catalog."C",
    conclusive boolean NOT NULL,
    starttls boolean,
    hosts bigint NOT NULL,
    domains bigint NOT NULL,
    volume double precision NOT NULL
);
COMMENT ON TABLE census.summary_outcome IS 'Roll-up: probed MX hosts by the outcome of their final attempt.';
COMMENT ON COLUMN census.summary_outcome.scan_id IS 'The scan.';
COMMENT ON COLUMN census.summary_outcome.outcome IS 'Code of outcome.';
COMMENT ON COLUMN census.summary_outcome.conclusive IS 'Whether the census could look.';
COMMENT ON COLUMN census.summary_outcome.starttls IS 'Whether these hosts offer STARTTLS; NULL when that could not be seen.';
COMMENT ON COLUMN census.summary_outcome.hosts IS 'MX hosts.';
COMMENT ON COLUMN census.summary_outcome.domains IS 'Domains whose primary MX host is one of them.';
COMMENT ON COLUMN census.summary_outcome.volume IS 'Mail volume of those domains.';
CREATE VIEW census.failure_breakdown AS
 SELECT s.id AS scan_id,
    s.name AS scan,
    c.code AS outcome,
    c.label,
    c.study_class,
    c.stage,
    COALESCE(o.hosts, (0)::numeric) AS hosts,
    round(((100.0 * COALESCE(o.hosts, (0)::numeric)) / NULLIF(sum(o.hosts) OVER (PARTITION BY s.id), (0)::numeric)), 1) AS percent,
    COALESCE(o.domains, (0)::numeric) AS domains,
    COALESCE(o.volume, (0)::double precision) AS volume,
        CASE
            WHEN (c.stage = 'certificate'::text) THEN (COALESCE(f.hosts, (0)::bigint))::numeric
            ELSE COALESCE(o.hosts, (0)::numeric)
        END AS all_causes_hosts,
    c.remedy
   FROM (((census.scan s
     CROSS JOIN census.outcome c)
     LEFT JOIN ( SELECT summary_outcome.scan_id,
            summary_outcome.outcome,
            sum(summary_outcome.hosts) AS hosts,
            sum(summary_outcome.domains) AS domains,
            sum(summary_outcome.volume) AS volume
           FROM census.summary_outcome
          WHERE (summary_outcome.starttls AND summary_outcome.conclusive AND (summary_outcome.outcome <> 'trusted'::text))
          GROUP BY summary_outcome.scan_id, summary_outcome.outcome) o ON (((o.scan_id = s.id) AND (o.outcome = c.code))))
     LEFT JOIN census.summary_finding f ON (((f.scan_id = s.id) AND (f.finding = c.code) AND (c.stage = 'certificate'::text))))
  WHERE ((o.hosts > (0)::numeric) OR (f.hosts > 0));
COMMENT ON VIEW census.failure_breakdown IS 'Why MX hosts that offer STARTTLS give no trusted TLS: each host at its first cause, and beside it how many have the cause at all.';
COMMENT ON COLUMN census.failure_breakdown.scan_id IS 'Number of the scan.';
COMMENT ON COLUMN census.failure_breakdown.scan IS 'Name of the scan.';
COMMENT ON COLUMN census.failure_breakdown.outcome IS 'Code of outcome: the cause.';
COMMENT ON COLUMN census.failure_breakdown.label IS 'The cause in words.';
COMMENT ON COLUMN census.failure_breakdown.study_class IS 'Its class in the 2014 study; NULL where it had none.';
COMMENT ON COLUMN census.failure_breakdown.stage IS 'At which stage of the dialogue it is decided.';
COMMENT ON COLUMN census.failure_breakdown.hosts IS 'MX hosts of which it is the first cause.';
COMMENT ON COLUMN census.failure_breakdown.percent IS 'Those in percent of all failed MX hosts of the scan.';
COMMENT ON COLUMN census.failure_breakdown.domains IS 'Domains whose primary MX host is one of them.';
COMMENT ON COLUMN census.failure_breakdown.volume IS 'Mail volume of those domains.';
COMMENT ON COLUMN census.failure_breakdown.all_causes_hosts IS 'MX hosts that have this cause, be it the first or not.';
COMMENT ON COLUMN census.failure_breakdown.remedy IS 'What the postmaster can do.';
CREATE TABLE census.host_address (
    host_id bigint NOT NULL,
    scan_id integer NOT NULL,
    ordinal smallint NOT NULL,
    permitted boolean NOT NULL,
    address inet NOT NULL,
    CONSTRAINT host_address_ordinal_check CHECK ((ordinal >= 1))
)
PARTITION BY LIST (scan_id);
COMMENT ON TABLE census.host_address IS 'The addresses of each MX host: those that may be contacted first, in the order in which they are tried.';
COMMENT ON COLUMN census.host_address.host_id IS 'The host.';
COMMENT ON COLUMN census.host_address.scan_id IS 'The scan.';
COMMENT ON COLUMN census.host_address.ordinal IS 'Place in that order, from 1.';
COMMENT ON COLUMN census.host_address.permitted IS 'Whether the census may contact it.';
COMMENT ON COLUMN census.host_address.address IS 'IPv4 or IPv6 address.';
CREATE VIEW census.host_result AS
 SELECT h.scan_id,
    h.id AS host_id,
    h.name AS host,
    h.provider,
    h.status,
    r.outcome,
    r.conclusive,
    r.starttls,
    r.verified,
    r.findings,
    r.error,
    r.address,
    r.started_at,
    r.tls_version,
    r.cipher,
    r.chain_id,
    COALESCE(o.answered_smtp, false) AS answered_smtp,
        CASE
            WHEN (h.status = ANY (ARRAY['dns_failure'::text, 'opted_out'::text])) THEN 'unseen'::text
            WHEN (h.status <> 'ok'::text) THEN 'unreachable'::text
            WHEN r.conclusive THEN o.protection
            ELSE 'unseen'::text
        END AS protection,
        CASE
            WHEN r.second_look THEN census.second_look_result(r.chain_id, r.second_look_chain_id, r.second_look_failure)
            ELSE NULL::text
        END AS second_look
   FROM ((census.mx_host h
     LEFT JOIN census.probe_result r ON (((r.scan_id = h.scan_id) AND (r.host_id = h.id) AND r.final)))
     LEFT JOIN census.outcome o ON ((o.code = r.outcome)));
COMMENT ON VIEW census.host_result IS 'Every MX host of a scan with the attempt that speaks for it.';
COMMENT ON COLUMN census.host_result.scan_id IS 'The scan.';
COMMENT ON COLUMN census.host_result.host_id IS 'Number of the host.';
COMMENT ON COLUMN census.host_result.host IS 'Name of the host.';
COMMENT ON COLUMN census.host_result.provider IS 'Registered domain by the public suffix list; empty when there is none.';
COMMENT ON COLUMN census.host_result.status IS 'Code of host_status_code: only hosts with status ok are probed.';
COMMENT ON COLUMN census.host_result.outcome IS 'Code of outcome; NULL when the host was not probed.';
COMMENT ON COLUMN census.host_result.conclusive IS 'False when the census could not look.';
COMMENT ON COLUMN census.host_result.starttls IS 'Whether it offers STARTTLS; NULL when that could not be seen.';
COMMENT ON COLUMN census.host_result.verified IS 'The certificate is trusted and names the host; NULL without a handshake.';
COMMENT ON COLUMN census.host_result.findings IS 'Codes of finding.';
COMMENT ON COLUMN census.host_result.error IS 'One line for people about what went wrong.';
COMMENT ON COLUMN census.host_result.address IS 'The address that was probed.';
COMMENT ON COLUMN census.host_result.started_at IS 'When.';
COMMENT ON COLUMN census.host_result.tls_version IS 'Such as TLSv1.3.';
COMMENT ON COLUMN census.host_result.cipher IS 'Cipher suite, IANA name.';
COMMENT ON COLUMN census.host_result.chain_id IS 'The certificates it sent.';
COMMENT ON COLUMN census.host_result.answered_smtp IS 'An SMTP server was heard.';
COMMENT ON COLUMN census.host_result.protection IS 'trusted, encrypted, plain, unreachable, or unseen when nothing is known.';
COMMENT ON COLUMN census.host_result.second_look IS 'What it shows without SNI: same (certificate), other, no_certificate, or unseen; NULL when it was not asked again.';
CREATE TABLE census.lane (
    id bigint NOT NULL,
    worker_id bigint,
    fence bigint DEFAULT 0 NOT NULL,
    request bigint,
    ready_at timestamp with time zone NOT NULL,
    rest_until timestamp with time zone DEFAULT '-infinity'::timestamp with time zone NOT NULL,
    scan_id integer NOT NULL,
    pending integer NOT NULL,
    targets_total integer NOT NULL,
    targets_done integer DEFAULT 0 NOT NULL,
    slot smallint NOT NULL,
    size_class smallint NOT NULL,
    attempts smallint DEFAULT 0 NOT NULL,
    state text NOT NULL COLLATE pg_catalog."C",
    network cidr NOT NULL,
    last_error text,
    slowdown smallint DEFAULT 0 NOT NULL,
    CONSTRAINT lane_check CHECK (((state = 'leased'::text) = (worker_id IS NOT NULL))),
    CONSTRAINT lane_check1 CHECK (((state = 'leased'::text) = (request IS NOT NULL))),
    CONSTRAINT lane_check2 CHECK (((state <> 'idle'::text) OR (pending = 0))),
    CONSTRAINT lane_check3 CHECK (((state <> ALL (ARRAY['ready'::text, 'leased'::text])) OR (pending > 0))),
    CONSTRAINT lane_check4 CHECK ((targets_total = (targets_done + pending))),
    CONSTRAINT lane_check5 CHECK (((state <> 'dead'::text) OR (last_error IS NOT NULL))),
    CONSTRAINT lane_pending_check CHECK ((pending >= 0)),
    CONSTRAINT lane_slowdown_check CHECK (((slowdown >= 0) AND (slowdown <= 6))),
    CONSTRAINT lane_state_check CHECK ((state = ANY (ARRAY['ready'::text, 'leased'::text, 'idle'::text, 'dead'::text])))
)
PARTITION BY LIST (scan_id);
COMMENT ON TABLE census.lane IS 'Networks (/24 or /48) with what is to be probed in them. One worker at a time holds a lane, so its pace holds for the whole fleet.';
COMMENT ON COLUMN census.lane.id IS 'Number of the lane.';
COMMENT ON COLUMN census.lane.worker_id IS 'Who holds it, when leased.';
COMMENT ON COLUMN census.lane.fence IS 'Token of the latest lease.';
COMMENT ON COLUMN census.lane.request IS 'Which lease call of its worker took it, when leased.';
COMMENT ON COLUMN census.lane.ready_at IS 'Not leased before this moment: it rests, or its targets have to wait.';
COMMENT ON COLUMN census.lane.rest_until IS 'The network is not contacted before this moment, whatever is added to the lane.';
COMMENT ON COLUMN census.lane.scan_id IS 'The scan.';
COMMENT ON COLUMN census.lane.pending IS 'Targets that remain to be done.';
COMMENT ON COLUMN census.lane.targets_total IS 'Targets ever planned.';
COMMENT ON COLUMN census.lane.targets_done IS 'Targets done.';
COMMENT ON COLUMN census.lane.slot IS 'Spreads workers that lease at the same time over the lanes of one size.';
COMMENT ON COLUMN census.lane.size_class IS 'Binary logarithm of pending: big lanes are leased first.';
COMMENT ON COLUMN census.lane.attempts IS 'Leases in a row that ended without a result.';
COMMENT ON COLUMN census.lane.state IS 'ready, leased, idle (nothing pending) or dead.';
COMMENT ON COLUMN census.lane.network IS 'The network.';
COMMENT ON COLUMN census.lane.last_error IS 'Why the latest lease without a result ended.';
COMMENT ON COLUMN census.lane.slowdown IS 'Back-off: rate and connections of the network are the scan''s, divided by two to this power.';
CREATE SEQUENCE census.lane_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
CREATE TABLE census.list (
    id integer NOT NULL,
    name text NOT NULL COLLATE pg_catalog."C",
    domains bigint DEFAULT 0 NOT NULL,
    volume double precision DEFAULT 0 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    imported_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT list_domains_check CHECK ((domains >= 0)),
    CONSTRAINT list_name_check CHECK ((name <> ''::text))
);
COMMENT ON TABLE census.list IS 'A list of mail domains under a name.';
COMMENT ON COLUMN census.list.id IS 'Number of the list.';
COMMENT ON COLUMN census.list.name IS 'Name of the list, chosen at its first import.';
COMMENT ON COLUMN census.list.domains IS 'How many domains it has; their ids are 1 to this number.';
COMMENT ON COLUMN census.list.volume IS 'Sum of the weights of its domains.';
COMMENT ON COLUMN census.list.created_at IS 'When it was imported first.';
COMMENT ON COLUMN census.list.imported_at IS 'When it was imported last.';
ALTER TABLE census.list ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME census.list_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE census.migration (
    version integer NOT NULL,
    name text NOT NULL,
    applied_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT migration_version_check CHECK ((version > 0))
);
COMMENT ON TABLE census.migration IS 'Migrations of this schema that have been applied.';
COMMENT ON COLUMN census.migration.version IS 'Number of the migration.';
COMMENT ON COLUMN census.migration.name IS 'Its name.';
COMMENT ON COLUMN census.migration.applied_at IS 'When it was applied.';
CREATE SEQUENCE census.mx_host_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
CREATE TABLE census.optout (
    id bigint NOT NULL,
    kind text GENERATED ALWAYS AS (
CASE
    WHEN (network IS NULL) THEN 'domain'::text
    ELSE 'network'::text
END) STORED NOT NULL COLLATE pg_catalog."C",
    network cidr,
    domain text COLLATE pg_catalog."C",
    reason text NOT NULL,
    added_by text NOT NULL,
    added_at timestamp with time zone DEFAULT now() NOT NULL,
    removed_by text,
    removed_reason text,
    removed_at timestamp with time zone,
    CONSTRAINT optout_added_by_check CHECK (((length(added_by) >= 1) AND (length(added_by) <= 200))),
    CONSTRAINT optout_check CHECK (((network IS NULL) <> (domain IS NULL))),
    CONSTRAINT optout_check1 CHECK (((removed_at IS NULL) = (removed_by IS NULL))),
    CONSTRAINT optout_check2 CHECK (((removed_reason IS NULL) OR (removed_at IS NOT NULL))),
    CONSTRAINT optout_domain_check CHECK (((length(domain) <= 253) AND (domain ~ '^[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})+$'::text))),
    CONSTRAINT optout_not_mapped CHECK (((family((network)::inet) = 4) OR (NOT ((network)::inet <<= '::ffff:0.0.0.0/96'::inet)))),
    CONSTRAINT optout_reason_check CHECK (((length(reason) >= 1) AND (length(reason) <= 1000))),
    CONSTRAINT optout_removed_by_check CHECK (((length(removed_by) >= 1) AND (length(removed_by) <= 200))),
    CONSTRAINT optout_removed_reason_check CHECK (((length(removed_reason) >= 1) AND (length(removed_reason) <= 1000)))
);
COMMENT ON TABLE census.optout IS 'Who asked to be left alone: networks and domains. An entry that is removed stays as history.';
COMMENT ON COLUMN census.optout.id IS 'Number of the entry.';
COMMENT ON COLUMN census.optout.kind IS 'network or domain.';
COMMENT ON COLUMN census.optout.network IS 'Addresses that are not contacted, also in IPv6 forms that carry an IPv4 address; NULL for a domain.';
COMMENT ON COLUMN census.optout.domain IS 'Normalised name: with all names below it neither looked up nor contacted as MX host; NULL for a network.';
COMMENT ON COLUMN census.optout.reason IS 'Why, as the operator wrote it.';
COMMENT ON COLUMN census.optout.added_by IS 'Who added it.';
COMMENT ON COLUMN census.optout.added_at IS 'When.';
COMMENT ON COLUMN census.optout.removed_by IS 'Who removed it; NULL while it is active.';
COMMENT ON COLUMN census.optout.removed_reason IS 'Why it was removed; NULL when nothing was said.';
COMMENT ON COLUMN census.optout.removed_at IS 'When; NULL while it is active.';
ALTER TABLE census.optout ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME census.optout_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE census.optout_version (
    version bigint NOT NULL,
    single boolean DEFAULT true NOT NULL,
    CONSTRAINT optout_version_single_check CHECK (single)
);
COMMENT ON TABLE census.optout_version IS 'One row: the version of the active entries of optout.';
COMMENT ON COLUMN census.optout_version.version IS 'Grows with each change.';
COMMENT ON COLUMN census.optout_version.single IS 'Always true: there is one row.';
CREATE TABLE census.probe_queue (
    host_id bigint NOT NULL,
    scan_id integer NOT NULL,
    ordinal smallint NOT NULL
)
PARTITION BY LIST (scan_id);
COMMENT ON TABLE census.probe_queue IS 'Host addresses that plan_probes has yet to put into a lane: of new hosts, and the next ones of hosts that did not answer.';
COMMENT ON COLUMN census.probe_queue.host_id IS 'The host.';
COMMENT ON COLUMN census.probe_queue.scan_id IS 'The scan.';
COMMENT ON COLUMN census.probe_queue.ordinal IS 'Which address of the host, as in host_address.';
CREATE TABLE census.probe_target (
    host_id bigint NOT NULL,
    id bigint NOT NULL,
    lane_id bigint NOT NULL,
    not_before timestamp with time zone NOT NULL,
    scan_id integer NOT NULL,
    ordinal smallint NOT NULL,
    attempt smallint NOT NULL,
    has_next boolean NOT NULL,
    address inet NOT NULL,
    CONSTRAINT probe_target_attempt_check CHECK ((attempt >= 1))
)
PARTITION BY LIST (scan_id);
COMMENT ON TABLE census.probe_target IS 'What remains to be probed: at most one address of a host at a time. A row goes when its target is done.';
COMMENT ON COLUMN census.probe_target.host_id IS 'The host.';
COMMENT ON COLUMN census.probe_target.id IS 'Number of the attempt to come: a new one for each.';
COMMENT ON COLUMN census.probe_target.lane_id IS 'Lane of the address''s network.';
COMMENT ON COLUMN census.probe_target.not_before IS 'Not probed before this moment.';
COMMENT ON COLUMN census.probe_target.scan_id IS 'The scan.';
COMMENT ON COLUMN census.probe_target.ordinal IS 'Which address of the host, as in host_address.';
COMMENT ON COLUMN census.probe_target.attempt IS 'Which attempt at this address it will be, from 1.';
COMMENT ON COLUMN census.probe_target.has_next IS 'The host has a further address that may be contacted.';
COMMENT ON COLUMN census.probe_target.address IS 'The address.';
CREATE SEQUENCE census.probe_target_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
CREATE TABLE census.progress (
    scan_id integer NOT NULL,
    domains_resolved bigint DEFAULT 0 NOT NULL,
    hosts bigint DEFAULT 0 NOT NULL,
    targets bigint DEFAULT 0 NOT NULL,
    targets_done bigint DEFAULT 0 NOT NULL
)
WITH (fillfactor='50');
COMMENT ON TABLE census.progress IS 'Progress of scans, as far as it is added up; see progress_delta and scan_progress().';
COMMENT ON COLUMN census.progress.scan_id IS 'The scan.';
COMMENT ON COLUMN census.progress.domains_resolved IS 'Domains resolved.';
COMMENT ON COLUMN census.progress.hosts IS 'MX hosts found.';
COMMENT ON COLUMN census.progress.targets IS 'Host addresses known as to be probed.';
COMMENT ON COLUMN census.progress.targets_done IS 'Host addresses done.';
CREATE TABLE census.progress_delta (
    scan_id integer NOT NULL,
    domains_resolved bigint DEFAULT 0 NOT NULL,
    hosts bigint DEFAULT 0 NOT NULL,
    targets bigint DEFAULT 0 NOT NULL,
    targets_done bigint DEFAULT 0 NOT NULL
);
COMMENT ON TABLE census.progress_delta IS 'Progress of scans that plan_probes has not added up yet.';
COMMENT ON COLUMN census.progress_delta.scan_id IS 'The scan.';
COMMENT ON COLUMN census.progress_delta.domains_resolved IS 'Domains resolved.';
COMMENT ON COLUMN census.progress_delta.hosts IS 'New MX hosts.';
COMMENT ON COLUMN census.progress_delta.targets IS 'Host addresses that became known as to be probed.';
COMMENT ON COLUMN census.progress_delta.targets_done IS 'Host addresses done.';
CREATE TABLE census.summary_provider (
    hosts bigint NOT NULL,
    domains bigint NOT NULL,
    volume double precision NOT NULL,
    starttls_hosts bigint NOT NULL,
    trusted_hosts bigint NOT NULL,
    scan_id integer NOT NULL,
    provider text NOT NULL COLLATE pg_catalog."C",
    commonest_outcome text COLLATE pg_catalog."C"
)
PARTITION BY LIST (scan_id);
COMMENT ON TABLE census.summary_provider IS 'Roll-up: providers, that is registered domains of MX hosts.';
COMMENT ON COLUMN census.summary_provider.hosts IS 'MX hosts.';
COMMENT ON COLUMN census.summary_provider.domains IS 'Domains whose primary MX host is one of them.';
COMMENT ON COLUMN census.summary_provider.volume IS 'Mail volume of those domains.';
COMMENT ON COLUMN census.summary_provider.starttls_hosts IS 'MX hosts that offer STARTTLS.';
COMMENT ON COLUMN census.summary_provider.trusted_hosts IS 'MX hosts with trusted TLS.';
COMMENT ON COLUMN census.summary_provider.scan_id IS 'The scan.';
COMMENT ON COLUMN census.summary_provider.provider IS 'Registered domain by the public suffix list.';
COMMENT ON COLUMN census.summary_provider.commonest_outcome IS 'Outcome of most of its probed hosts; among equals the first of the vocabulary; NULL when none was probed.';
CREATE VIEW census.provider_support AS
 SELECT s.id AS scan_id,
    s.name AS scan,
    p.provider,
    p.hosts,
    p.domains,
    p.volume,
    p.starttls_hosts,
    round(((100.0 * (p.starttls_hosts)::numeric) / (NULLIF(p.hosts, 0))::numeric), 1) AS starttls_percent,
    p.trusted_hosts,
    round(((100.0 * (p.trusted_hosts)::numeric) / (NULLIF(p.hosts, 0))::numeric), 1) AS trusted_percent,
    p.commonest_outcome,
    o.label AS commonest_label
   FROM ((census.summary_provider p
     JOIN census.scan s ON ((s.id = p.scan_id)))
     LEFT JOIN census.outcome o ON ((o.code = p.commonest_outcome)));
COMMENT ON VIEW census.provider_support IS 'Which providers offer TLS, and which do it right. A provider is the registered domain of its MX hosts.';
COMMENT ON COLUMN census.provider_support.scan_id IS 'Number of the scan.';
COMMENT ON COLUMN census.provider_support.scan IS 'Name of the scan.';
COMMENT ON COLUMN census.provider_support.provider IS 'Registered domain by the public suffix list.';
COMMENT ON COLUMN census.provider_support.hosts IS 'Its MX hosts.';
COMMENT ON COLUMN census.provider_support.domains IS 'Domains whose primary MX host is one of them.';
COMMENT ON COLUMN census.provider_support.volume IS 'Mail volume of those domains.';
COMMENT ON COLUMN census.provider_support.starttls_hosts IS 'MX hosts that offer STARTTLS.';
COMMENT ON COLUMN census.provider_support.starttls_percent IS 'Those in percent of its MX hosts.';
COMMENT ON COLUMN census.provider_support.trusted_hosts IS 'MX hosts with trusted TLS.';
COMMENT ON COLUMN census.provider_support.trusted_percent IS 'Those in percent of its MX hosts.';
COMMENT ON COLUMN census.provider_support.commonest_outcome IS 'Outcome of most of its probed MX hosts.';
COMMENT ON COLUMN census.provider_support.commonest_label IS 'That outcome in words.';
ALTER TABLE census.scan ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME census.scan_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE census.summary_domain_status (
    scan_id integer NOT NULL,
    status text NOT NULL COLLATE pg_catalog."C",
    domains bigint NOT NULL,
    volume double precision NOT NULL
);
COMMENT ON TABLE census.summary_domain_status IS 'Roll-up: domains by DNS status.';
COMMENT ON COLUMN census.summary_domain_status.scan_id IS 'The scan.';
COMMENT ON COLUMN census.summary_domain_status.status IS 'Code of domain_status_code.';
COMMENT ON COLUMN census.summary_domain_status.domains IS 'Domains.';
COMMENT ON COLUMN census.summary_domain_status.volume IS 'Their mail volume.';
CREATE TABLE census.summary_host_status (
    scan_id integer NOT NULL,
    status text NOT NULL COLLATE pg_catalog."C",
    hosts bigint NOT NULL,
    domains bigint NOT NULL,
    volume double precision NOT NULL
);
COMMENT ON TABLE census.summary_host_status IS 'Roll-up: unique MX hosts by DNS status.';
COMMENT ON COLUMN census.summary_host_status.scan_id IS 'The scan.';
COMMENT ON COLUMN census.summary_host_status.status IS 'Code of host_status_code.';
COMMENT ON COLUMN census.summary_host_status.hosts IS 'MX hosts.';
COMMENT ON COLUMN census.summary_host_status.domains IS 'Domains whose primary MX host is one of them.';
COMMENT ON COLUMN census.summary_host_status.volume IS 'Mail volume of those domains.';
CREATE VIEW census.scan_summary AS
 SELECT s.id AS scan_id,
    s.name AS scan,
    l.name AS list,
    s.state,
    s.created_at AS started_at,
    s.finished_at,
    s.rolled_up_at,
    d.domains,
    d.mail_domains,
    d.volume,
    h.hosts,
    o.probed_hosts,
    o.seen_hosts,
    o.unseen_hosts,
    o.starttls_hosts,
    round(((100.0 * o.starttls_hosts) / NULLIF(h.hosts, (0)::numeric)), 1) AS starttls_percent,
    o.trusted_hosts,
    o.failed_hosts,
    o.undecided_hosts,
    round(((100.0 * o.failed_hosts) / NULLIF(o.starttls_hosts, (0)::numeric)), 1) AS failed_percent,
    o.starttls_domains,
    o.starttls_volume,
    o.trusted_domains,
    o.trusted_volume
   FROM ((((census.scan s
     JOIN census.list l ON ((l.id = s.list_id)))
     LEFT JOIN LATERAL ( SELECT sum(x.domains) AS domains,
            sum(x.volume) AS volume,
            COALESCE(sum(x.domains) FILTER (WHERE (x.status = ANY (ARRAY['mx'::text, 'implicit_mx'::text]))), (0)::numeric) AS mail_domains
           FROM census.summary_domain_status x
          WHERE (x.scan_id = s.id)) d ON (true))
     LEFT JOIN LATERAL ( SELECT sum(x.hosts) AS hosts
           FROM census.summary_host_status x
          WHERE (x.scan_id = s.id)) h ON (true))
     LEFT JOIN LATERAL ( SELECT COALESCE(sum(x.hosts), (0)::numeric) AS probed_hosts,
            COALESCE(sum(x.hosts) FILTER (WHERE (x.starttls IS NOT NULL)), (0)::numeric) AS seen_hosts,
            COALESCE(sum(x.hosts) FILTER (WHERE ((x.starttls IS NULL) AND (NOT x.conclusive))), (0)::numeric) AS unseen_hosts,
            COALESCE(sum(x.hosts) FILTER (WHERE x.starttls), (0)::numeric) AS starttls_hosts,
            COALESCE(sum(x.domains) FILTER (WHERE x.starttls), (0)::numeric) AS starttls_domains,
            COALESCE(sum(x.volume) FILTER (WHERE x.starttls), (0)::double precision) AS starttls_volume,
            COALESCE(sum(x.hosts) FILTER (WHERE (x.outcome = 'trusted'::text)), (0)::numeric) AS trusted_hosts,
            COALESCE(sum(x.domains) FILTER (WHERE (x.outcome = 'trusted'::text)), (0)::numeric) AS trusted_domains,
            COALESCE(sum(x.volume) FILTER (WHERE (x.outcome = 'trusted'::text)), (0)::double precision) AS trusted_volume,
            COALESCE(sum(x.hosts) FILTER (WHERE (x.starttls AND x.conclusive AND (x.outcome <> 'trusted'::text))), (0)::numeric) AS failed_hosts,
            COALESCE(sum(x.hosts) FILTER (WHERE (x.starttls AND (NOT x.conclusive))), (0)::numeric) AS undecided_hosts
           FROM census.summary_outcome x
          WHERE (x.scan_id = s.id)) o ON (true));
COMMENT ON VIEW census.scan_summary IS 'One row a scan: the head of the study''s table. Figures are NULL or 0 before the first roll-up.';
COMMENT ON COLUMN census.scan_summary.scan_id IS 'Number of the scan.';
COMMENT ON COLUMN census.scan_summary.scan IS 'Name of the scan.';
COMMENT ON COLUMN census.scan_summary.list IS 'Name of its list.';
COMMENT ON COLUMN census.scan_summary.state IS 'running, paused, finished or cancelled.';
COMMENT ON COLUMN census.scan_summary.started_at IS 'When it began.';
COMMENT ON COLUMN census.scan_summary.finished_at IS 'When it ended; NULL before.';
COMMENT ON COLUMN census.scan_summary.rolled_up_at IS 'As of when the figures are.';
COMMENT ON COLUMN census.scan_summary.domains IS 'Domains resolved.';
COMMENT ON COLUMN census.scan_summary.mail_domains IS 'Domains with a mail host.';
COMMENT ON COLUMN census.scan_summary.volume IS 'Mail volume of the domains resolved.';
COMMENT ON COLUMN census.scan_summary.hosts IS 'Unique MX hosts.';
COMMENT ON COLUMN census.scan_summary.probed_hosts IS 'MX hosts with a final attempt.';
COMMENT ON COLUMN census.scan_summary.seen_hosts IS 'MX hosts of which it is known whether they offer STARTTLS.';
COMMENT ON COLUMN census.scan_summary.unseen_hosts IS 'MX hosts that could not be looked at (blocked, silent): they say nothing about protection.';
COMMENT ON COLUMN census.scan_summary.starttls_hosts IS 'MX hosts that offer STARTTLS.';
COMMENT ON COLUMN census.scan_summary.starttls_percent IS 'Those in percent of all unique MX hosts, as in the 2014 study.';
COMMENT ON COLUMN census.scan_summary.trusted_hosts IS 'MX hosts with trusted TLS.';
COMMENT ON COLUMN census.scan_summary.failed_hosts IS 'MX hosts that offer STARTTLS and certainly give no trusted TLS.';
COMMENT ON COLUMN census.scan_summary.undecided_hosts IS 'MX hosts that offer STARTTLS, but whose TLS could not be looked at.';
COMMENT ON COLUMN census.scan_summary.failed_percent IS 'Failed hosts in percent of those that offer STARTTLS, as in the 2014 study.';
COMMENT ON COLUMN census.scan_summary.starttls_domains IS 'Domains whose primary MX host offers STARTTLS.';
COMMENT ON COLUMN census.scan_summary.starttls_volume IS 'Mail volume of those domains.';
COMMENT ON COLUMN census.scan_summary.trusted_domains IS 'Domains whose primary MX host has trusted TLS.';
COMMENT ON COLUMN census.scan_summary.trusted_volume IS 'Mail volume of those domains.';
CREATE TABLE census.summary_second_look (
    scan_id integer NOT NULL,
    result text NOT NULL COLLATE pg_catalog."C",
    hosts bigint NOT NULL,
    domains bigint NOT NULL,
    volume double precision NOT NULL,
    CONSTRAINT summary_second_look_result_check CHECK ((result = ANY (ARRAY['same'::text, 'other'::text, 'no_certificate'::text, 'unseen'::text])))
);
COMMENT ON TABLE census.summary_second_look IS 'Roll-up: MX hosts that were asked once more without SNI, by what they showed.';
COMMENT ON COLUMN census.summary_second_look.scan_id IS 'The scan.';
COMMENT ON COLUMN census.summary_second_look.result IS 'same (certificate), other, no_certificate, or unseen when the second look says nothing.';
COMMENT ON COLUMN census.summary_second_look.hosts IS 'MX hosts.';
COMMENT ON COLUMN census.summary_second_look.domains IS 'Domains whose primary MX host is one of them.';
COMMENT ON COLUMN census.summary_second_look.volume IS 'Mail volume of those domains.';
CREATE TABLE census.summary_verdict (
    scan_id integer NOT NULL,
    verdict text NOT NULL COLLATE pg_catalog."C",
    domains bigint NOT NULL,
    volume double precision NOT NULL
);
COMMENT ON TABLE census.summary_verdict IS 'Roll-up: domains by verdict.';
COMMENT ON COLUMN census.summary_verdict.scan_id IS 'The scan.';
COMMENT ON COLUMN census.summary_verdict.verdict IS 'Code of verdict_code.';
COMMENT ON COLUMN census.summary_verdict.domains IS 'Domains.';
COMMENT ON COLUMN census.summary_verdict.volume IS 'Their mail volume.';
CREATE TABLE census.trust_store (
    id integer NOT NULL,
    sha256 bytea NOT NULL,
    pem bytea NOT NULL,
    CONSTRAINT trust_store_check CHECK ((sha256 = sha256(pem)))
);
COMMENT ON TABLE census.trust_store IS 'The authorities that scans trust, each set stored once.';
COMMENT ON COLUMN census.trust_store.id IS 'Number of the set.';
COMMENT ON COLUMN census.trust_store.sha256 IS 'SHA-256 of pem.';
COMMENT ON COLUMN census.trust_store.pem IS 'The certificates, PEM.';
ALTER TABLE census.trust_store ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME census.trust_store_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE census.worker (
    id bigint NOT NULL,
    name text NOT NULL,
    state text DEFAULT 'active'::text NOT NULL COLLATE pg_catalog."C",
    lease_length interval NOT NULL,
    lease_until timestamp with time zone NOT NULL,
    registered_at timestamp with time zone DEFAULT now() NOT NULL,
    ended_at timestamp with time zone,
    CONSTRAINT worker_check CHECK (((state = 'active'::text) = (ended_at IS NULL))),
    CONSTRAINT worker_lease_length_check CHECK ((lease_length > '00:00:00'::interval)),
    CONSTRAINT worker_state_check CHECK ((state = ANY (ARRAY['active'::text, 'retired'::text, 'lost'::text])))
)
WITH (fillfactor='50');
COMMENT ON TABLE census.worker IS 'Incarnations of workers.';
COMMENT ON COLUMN census.worker.id IS 'Number of the incarnation, never used again.';
COMMENT ON COLUMN census.worker.name IS 'For people: host and process.';
COMMENT ON COLUMN census.worker.state IS 'active; retired: it handed everything back; lost: its leases were taken back.';
COMMENT ON COLUMN census.worker.lease_length IS 'How long its leases last without a heartbeat.';
COMMENT ON COLUMN census.worker.lease_until IS 'After this moment its leases may be taken back.';
COMMENT ON COLUMN census.worker.registered_at IS 'When it began.';
COMMENT ON COLUMN census.worker.ended_at IS 'When it was retired or lost; NULL while active.';
ALTER TABLE census.worker ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME census.worker_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
ALTER TABLE ONLY census.certificate
    ADD CONSTRAINT certificate_pkey PRIMARY KEY (id);
ALTER TABLE ONLY census.certificate
    ADD CONSTRAINT certificate_sha256_key UNIQUE (sha256);
ALTER TABLE ONLY census.chain
    ADD CONSTRAINT chain_certificates_key UNIQUE (certificates);
ALTER TABLE ONLY census.chain
    ADD CONSTRAINT chain_pkey PRIMARY KEY (id);
ALTER TABLE ONLY census.domain
    ADD CONSTRAINT domain_list_id_name_key UNIQUE (list_id, name);
ALTER TABLE ONLY census.domain_mx
    ADD CONSTRAINT domain_mx_pkey PRIMARY KEY (scan_id, domain_id, ordinal);
ALTER TABLE ONLY census.domain
    ADD CONSTRAINT domain_pkey PRIMARY KEY (list_id, id);
ALTER TABLE ONLY census.domain_result
    ADD CONSTRAINT domain_result_pkey PRIMARY KEY (scan_id, domain_id);
ALTER TABLE ONLY census.domain_status_code
    ADD CONSTRAINT domain_status_code_ordinal_key UNIQUE (ordinal) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY census.domain_status_code
    ADD CONSTRAINT domain_status_code_pkey PRIMARY KEY (code);
ALTER TABLE ONLY census.domain_verdict
    ADD CONSTRAINT domain_verdict_pkey PRIMARY KEY (scan_id, domain_id);
ALTER TABLE ONLY census.finding
    ADD CONSTRAINT finding_ordinal_key UNIQUE (ordinal) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY census.finding
    ADD CONSTRAINT finding_pkey PRIMARY KEY (code);
ALTER TABLE ONLY census.host_address
    ADD CONSTRAINT host_address_pkey PRIMARY KEY (scan_id, host_id, ordinal);
ALTER TABLE ONLY census.host_status_code
    ADD CONSTRAINT host_status_code_ordinal_key UNIQUE (ordinal) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY census.host_status_code
    ADD CONSTRAINT host_status_code_pkey PRIMARY KEY (code);
ALTER TABLE ONLY census.lane
    ADD CONSTRAINT lane_pkey PRIMARY KEY (scan_id, id);
ALTER TABLE ONLY census.lane
    ADD CONSTRAINT lane_scan_id_network_key UNIQUE (scan_id, network);
ALTER TABLE ONLY census.list
    ADD CONSTRAINT list_name_key UNIQUE (name);
ALTER TABLE ONLY census.list
    ADD CONSTRAINT list_pkey PRIMARY KEY (id);
ALTER TABLE ONLY census.migration
    ADD CONSTRAINT migration_pkey PRIMARY KEY (version);
ALTER TABLE ONLY census.mx_host
    ADD CONSTRAINT mx_host_pkey PRIMARY KEY (scan_id, id);
ALTER TABLE ONLY census.mx_host
    ADD CONSTRAINT mx_host_scan_id_name_key UNIQUE (scan_id, name);
ALTER TABLE ONLY census.optout
    ADD CONSTRAINT optout_pkey PRIMARY KEY (id);
ALTER TABLE ONLY census.optout_version
    ADD CONSTRAINT optout_version_pkey PRIMARY KEY (single);
ALTER TABLE ONLY census.outcome
    ADD CONSTRAINT outcome_ordinal_key UNIQUE (ordinal) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY census.outcome
    ADD CONSTRAINT outcome_pkey PRIMARY KEY (code);
ALTER TABLE ONLY census.probe_queue
    ADD CONSTRAINT probe_queue_pkey PRIMARY KEY (scan_id, host_id);
ALTER TABLE ONLY census.probe_result
    ADD CONSTRAINT probe_result_pkey PRIMARY KEY (scan_id, host_id, ordinal, attempt);
ALTER TABLE ONLY census.probe_target
    ADD CONSTRAINT probe_target_pkey PRIMARY KEY (scan_id, host_id);
ALTER TABLE ONLY census.progress
    ADD CONSTRAINT progress_pkey PRIMARY KEY (scan_id);
ALTER TABLE ONLY census.resolve_batch
    ADD CONSTRAINT resolve_batch_pkey PRIMARY KEY (scan_id, id);
ALTER TABLE ONLY census.scan
    ADD CONSTRAINT scan_name_key UNIQUE (name);
ALTER TABLE ONLY census.scan
    ADD CONSTRAINT scan_pkey PRIMARY KEY (id);
ALTER TABLE ONLY census.summary_domain_status
    ADD CONSTRAINT summary_domain_status_pkey PRIMARY KEY (scan_id, status);
ALTER TABLE ONLY census.summary_finding
    ADD CONSTRAINT summary_finding_pkey PRIMARY KEY (scan_id, finding);
ALTER TABLE ONLY census.summary_host_status
    ADD CONSTRAINT summary_host_status_pkey PRIMARY KEY (scan_id, status);
ALTER TABLE ONLY census.summary_outcome
    ADD CONSTRAINT summary_outcome_scan_id_outcome_conclusive_starttls_key UNIQUE (scan_id, outcome, conclusive, starttls);
ALTER TABLE ONLY census.summary_provider
    ADD CONSTRAINT summary_provider_pkey PRIMARY KEY (scan_id, provider);
ALTER TABLE ONLY census.summary_second_look
    ADD CONSTRAINT summary_second_look_pkey PRIMARY KEY (scan_id, result);
ALTER TABLE ONLY census.summary_verdict
    ADD CONSTRAINT summary_verdict_pkey PRIMARY KEY (scan_id, verdict);
ALTER TABLE ONLY census.trust_store
    ADD CONSTRAINT trust_store_pkey PRIMARY KEY (id);
ALTER TABLE ONLY census.trust_store
    ADD CONSTRAINT trust_store_sha256_key UNIQUE (sha256);
ALTER TABLE ONLY census.verdict_code
    ADD CONSTRAINT verdict_code_ordinal_key UNIQUE (ordinal) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY census.verdict_code
    ADD CONSTRAINT verdict_code_pkey PRIMARY KEY (code);
ALTER TABLE ONLY census.worker
    ADD CONSTRAINT worker_pkey PRIMARY KEY (id);
CREATE INDEX lane_dead ON ONLY census.lane USING btree (id) WHERE (state = 'dead'::text);
CREATE INDEX lane_leased ON ONLY census.lane USING btree (worker_id) WHERE (state = 'leased'::text);
CREATE INDEX lane_ready ON ONLY census.lane USING btree (size_class DESC, slot, ready_at) WHERE (state = 'ready'::text);
CREATE UNIQUE INDEX optout_active_domain ON census.optout USING btree (domain) WHERE ((removed_at IS NULL) AND (domain IS NOT NULL));
CREATE UNIQUE INDEX optout_active_network ON census.optout USING btree (network) WHERE ((removed_at IS NULL) AND (network IS NOT NULL));
CREATE UNIQUE INDEX probe_result_final ON ONLY census.probe_result USING btree (scan_id, host_id) WHERE final;
CREATE INDEX probe_target_due ON ONLY census.probe_target USING btree (lane_id, not_before, id);
CREATE INDEX progress_delta_scan ON census.progress_delta USING btree (scan_id);
CREATE INDEX resolve_batch_leased ON ONLY census.resolve_batch USING btree (worker_id) WHERE (state = 'leased'::text);
CREATE INDEX resolve_batch_ready ON ONLY census.resolve_batch USING btree (id) WHERE (state = 'ready'::text);
CREATE INDEX summary_provider_by_volume ON ONLY census.summary_provider USING btree (volume DESC, hosts DESC, provider);
CREATE INDEX worker_active ON census.worker USING btree (id) WHERE (state = 'active'::text);
ALTER TABLE ONLY census.progress_delta
    ADD CONSTRAINT progress_delta_scan_id_fkey FOREIGN KEY (scan_id) REFERENCES census.scan(id) ON DELETE CASCADE;
ALTER TABLE ONLY census.progress
    ADD CONSTRAINT progress_scan_id_fkey FOREIGN KEY (scan_id) REFERENCES census.scan(id) ON DELETE CASCADE;
ALTER TABLE ONLY census.scan
    ADD CONSTRAINT scan_list_id_fkey FOREIGN KEY (list_id) REFERENCES census.list(id);
ALTER TABLE ONLY census.scan
    ADD CONSTRAINT scan_trust_store_id_fkey FOREIGN KEY (trust_store_id) REFERENCES census.trust_store(id);
ALTER TABLE ONLY census.summary_domain_status
    ADD CONSTRAINT summary_domain_status_scan_id_fkey FOREIGN KEY (scan_id) REFERENCES census.scan(id) ON DELETE CASCADE;
ALTER TABLE ONLY census.summary_domain_status
    ADD CONSTRAINT summary_domain_status_status_fkey FOREIGN KEY (status) REFERENCES census.domain_status_code(code);
ALTER TABLE ONLY census.summary_finding
    ADD CONSTRAINT summary_finding_finding_fkey FOREIGN KEY (finding) REFERENCES census.finding(code);
ALTER TABLE ONLY census.summary_finding
    ADD CONSTRAINT summary_finding_scan_id_fkey FOREIGN KEY (scan_id) REFERENCES census.scan(id) ON DELETE CASCADE;
ALTER TABLE ONLY census.summary_host_status
    ADD CONSTRAINT summary_host_status_scan_id_fkey FOREIGN KEY (scan_id) REFERENCES census.scan(id) ON DELETE CASCADE;
ALTER TABLE ONLY census.summary_host_status
    ADD CONSTRAINT summary_host_status_status_fkey FOREIGN KEY (status) REFERENCES census.host_status_code(code);
ALTER TABLE ONLY census.summary_outcome
    ADD CONSTRAINT summary_outcome_outcome_fkey FOREIGN KEY (outcome) REFERENCES census.outcome(code);
ALTER TABLE ONLY census.summary_outcome
    ADD CONSTRAINT summary_outcome_scan_id_fkey FOREIGN KEY (scan_id) REFERENCES census.scan(id) ON DELETE CASCADE;
ALTER TABLE ONLY census.summary_second_look
    ADD CONSTRAINT summary_second_look_scan_id_fkey FOREIGN KEY (scan_id) REFERENCES census.scan(id) ON DELETE CASCADE;
ALTER TABLE ONLY census.summary_verdict
    ADD CONSTRAINT summary_verdict_scan_id_fkey FOREIGN KEY (scan_id) REFERENCES census.scan(id) ON DELETE CASCADE;
ALTER TABLE ONLY census.summary_verdict
    ADD CONSTRAINT summary_verdict_verdict_fkey FOREIGN KEY (verdict) REFERENCES census.verdict_code(code);
