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
CREATE TYPE census.look_note AS (
	lane_id bigint,
	address inet,
	state text,
	host_id bigint,
	checks integer,
	unchecked integer
);
COMMENT ON TYPE census.look_note IS 'What a lease has learnt of an address: as in address_look, but checks only counts those of the lease.';
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
	pushed_back boolean,
	shared_from bigint
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
  PERFORM pg_advisory_xact_lock_shared(hashtext('mxcensus certificates'), 0);
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
CREATE FUNCTION census.add_schedule(p_name text, p_list text, p_every_count integer, p_every_unit text, p_at_day smallint, p_at_time time without time zone, p_timezone text, p_settings jsonb, p_trust_store bytea, p_limit bigint DEFAULT NULL::bigint, p_now timestamp with time zone DEFAULT now()) RETURNS integer
    LANGUAGE plpgsql
    SET search_path TO 'census', 'pg_temp'
    AS $$
DECLARE
  v_zone text := time_zone_name(p_timezone);
  v_today date := (p_now AT TIME ZONE v_zone)::date;
  v_list integer;
  v_schedule schedule;
BEGIN
  SELECT id INTO v_list FROM list WHERE name = p_list;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'there is no list named ''%''', p_list USING ERRCODE = 'MX002';
  END IF;
  INSERT INTO trust_store (sha256, pem) VALUES (sha256(p_trust_store), p_trust_store) ON CONFLICT (sha256) DO NOTHING;
  INSERT INTO schedule AS s (name, list_id, every_count, every_unit, at_day, at_time, timezone, first_date, settings,
    trust_store_id, domain_limit, next_at, created_at)
  SELECT p_name, v_list, p_every_count, p_every_unit, p_at_day, p_at_time, v_zone,
    CASE p_every_unit WHEN 'week' THEN v_today + (p_at_day + 7 - extract(isodow FROM v_today)::integer) % 7 ELSE v_today END,
    p_settings, t.id, p_limit, p_now, p_now
  FROM trust_store t WHERE t.sha256 = sha256(p_trust_store)
  ON CONFLICT (name) DO NOTHING
  RETURNING s.* INTO v_schedule;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'there is a schedule named ''%'' already', p_name USING ERRCODE = 'MX003';
  END IF;
  -- Moment 0 is still to come: every two weeks is two weeks from the first run, not from today.
  IF p_every_unit <> 'hour' AND schedule_moment(v_schedule, 0) <= p_now THEN
    v_schedule.first_date := CASE p_every_unit
      WHEN 'month' THEN (date_trunc('month', v_today::timestamp) + interval '1 month')::date
      WHEN 'week' THEN v_schedule.first_date + 7
      ELSE v_schedule.first_date + 1 END;
  END IF;
  UPDATE schedule SET first_date = v_schedule.first_date, next_at = next_run(v_schedule, p_now) WHERE id = v_schedule.id;
  RETURN v_schedule.id;
END $$;
COMMENT ON FUNCTION census.add_schedule(p_name text, p_list text, p_every_count integer, p_every_unit text, p_at_day smallint, p_at_time time without time zone, p_timezone text, p_settings jsonb, p_trust_store bytea, p_limit bigint, p_now timestamp with time zone) IS 'A new schedule for an imported list; its first run is the first moment after p_now. Returns its number.';
CREATE FUNCTION census.add_targets(p_scan integer, p_hosts bigint[], p_ordinals smallint[]) RETURNS void
    LANGUAGE sql
    SET search_path TO 'census', 'pg_temp'
    AS $$
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
CREATE FUNCTION census.analyze_misjudged(p_scan integer) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'census', 'pg_temp'
    AS $$
DECLARE
  v_table text;
BEGIN
  FOR v_table IN
    SELECT c.relname FROM unnest(scan_tables()) AS parent (name)
    JOIN pg_class c ON c.relnamespace = 'census'::regnamespace AND c.relname = format('%s_s%s', parent.name, p_scan)
    CROSS JOIN pg_stat_get_live_tuples(c.oid) AS live (rows)
    -- Fewer rows are read as fast without an index. Rows of transactions that are still open do not count: a look that finds
    -- none but theirs would say that the partition is empty.
    WHERE live.rows >= 1000
      -- What the planner expects; nothing where nobody looked yet.
      AND live.rows > 8 * greatest(c.reltuples, 0) / greatest(c.relpages, 1)
        * (pg_relation_size(c.oid) / current_setting('block_size')::integer)
  LOOP
    -- Autovacuum may be at it: that will do.
    EXECUTE format('ANALYZE (SKIP_LOCKED) census.%I', v_table);
  END LOOP;
END $$;
COMMENT ON FUNCTION census.analyze_misjudged(p_scan integer) IS 'Part of plan_probes: gives the planner statistics of the partitions of a scan that have none, or eight times the rows that it expects.';
CREATE FUNCTION census.analyze_parent() RETURNS text
    LANGUAGE plpgsql
    SET search_path TO 'census', 'pg_temp'
    SET lock_timeout TO '1s'
    AS $$
DECLARE
  v_table text;
BEGIN
  IF NOT pg_try_advisory_xact_lock(hashtext('mxcensus statistics')) THEN
    RETURN NULL;
  END IF;
  -- What the planner uses are shares of rows, which last: ten times the rows are reason to look again, a further scan is not.
  SELECT parent.relname INTO v_table
  FROM pg_class parent
  WHERE parent.relnamespace = 'census'::regnamespace AND parent.relname = ANY (scan_tables() || 'domain'::text)
    AND (SELECT sum(c.reltuples) FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
      WHERE i.inhparent = parent.oid AND c.reltuples > 0) >= greatest(1000, 10 * parent.reltuples)
  ORDER BY parent.relname LIMIT 1;
  -- One table a call: its partitions stay locked against migrations, other looks and DROP until the transaction ends.
  IF FOUND THEN
    EXECUTE format('ANALYZE census.%I', v_table);
  END IF;
  RETURN v_table;
EXCEPTION WHEN lock_not_available THEN
  RETURN NULL;
END $$;
COMMENT ON FUNCTION census.analyze_parent() IS 'Gives the planner statistics of one partitioned table that has none, or had a tenth of its rows when they were made. Returns its name; null when there is none, or it is being worked on.';
CREATE FUNCTION census.apply_retention(p_now timestamp with time zone DEFAULT now()) RETURNS integer
    LANGUAGE plpgsql
    SET search_path TO 'census', 'pg_temp'
    AS $$
DECLARE
  v_scan integer := (
    SELECT e.id
    FROM (
      SELECT s.id, s.list_id, s.finished_at, row_number() OVER (PARTITION BY s.list_id ORDER BY s.id DESC) AS place,
        s.id = max(s.id) FILTER (WHERE s.state = 'finished') OVER (PARTITION BY s.list_id) AS is_latest
      FROM scan s WHERE s.finished_at IS NOT NULL
    ) e
    JOIN LATERAL (
      SELECT r.keep_scans, r.keep_months FROM retention r
      WHERE r.list_id = e.list_id OR r.list_id IS NULL
      ORDER BY r.list_id NULLS LAST LIMIT 1
    ) k ON true
    WHERE NOT e.is_latest IS TRUE
      AND (e.place > k.keep_scans OR e.finished_at < p_now - make_interval(months => k.keep_months))
    ORDER BY e.id LIMIT 1);
BEGIN
  IF v_scan IS NOT NULL THEN
    PERFORM drop_scan(v_scan);
  END IF;
  RETURN v_scan;
END $$;
COMMENT ON FUNCTION census.apply_retention(p_now timestamp with time zone) IS 'Drops the oldest ended scan that is to be kept no longer, but never the latest finished one of its list. Returns its number; NULL when there is none.';
CREATE FUNCTION census.cancel_scan(p_scan integer) RETURNS text
    LANGUAGE sql
    SET search_path TO 'census', 'pg_temp'
    AS $$
  SELECT change_scan_state(p_scan, ARRAY['running', 'paused'], 'cancelling')
$$;
COMMENT ON FUNCTION census.cancel_scan(p_scan integer) IS 'Ends a scan before its time: as soon as no lease of it is left. What it has found stays. Returns its state.';
CREATE FUNCTION census.change_of(p_before text, p_now text, p_gone boolean) RETURNS text
    LANGUAGE sql IMMUTABLE
    AS $$
  SELECT CASE
    WHEN p_gone THEN CASE WHEN p_before IS NOT NULL THEN 'gone' END
    WHEN p_now IS NULL THEN CASE WHEN p_before IS NOT NULL THEN 'unseen' END
    WHEN p_before IS NULL THEN 'appeared'
    WHEN p_now = 'broken' THEN CASE p_before WHEN 'broken' THEN 'still_broken' ELSE 'broke' END
    WHEN p_before = 'broken' THEN 'fixed'
  END
$$;
COMMENT ON FUNCTION census.change_of(p_before text, p_now text, p_gone boolean) IS 'The change between two conditions, each NULL when there is none; NULL when there is no change to keep.';
CREATE FUNCTION census.change_scan_state(p_scan integer, p_from text[], p_to text) RETURNS text
    LANGUAGE plpgsql
    SET search_path TO 'census', 'pg_temp'
    AS $$
DECLARE
  v_state text;
BEGIN
  SELECT state INTO v_state FROM scan WHERE id = p_scan FOR UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'there is no scan number %', p_scan USING ERRCODE = 'MX002';
  END IF;
  IF v_state <> p_to AND v_state <> ALL (p_from) THEN
    RAISE EXCEPTION 'scan % is %', p_scan, v_state USING ERRCODE = 'MX005';
  END IF;
  UPDATE scan SET state = p_to WHERE id = p_scan AND state <> p_to;
  RETURN p_to;
END $$;
COMMENT ON FUNCTION census.change_scan_state(p_scan integer, p_from text[], p_to text) IS 'Part of pause_scan and the like: to the state p_to, from one of p_from or from itself. MX005: the scan is in another state.';
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
CREATE FUNCTION census.compare_domains(p_scan integer, p_previous integer) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'census', 'pg_temp'
    SET work_mem TO '128MB'
    SET jit TO 'off'
    SET enable_nestloop TO 'off'
    AS $$
DECLARE
  v_begin timestamptz := (SELECT created_at FROM scan WHERE id = p_scan);
  v_before timestamptz := (SELECT created_at FROM scan WHERE id = p_previous);
BEGIN
  DELETE FROM domain_change WHERE scan_id = p_scan;
  INSERT INTO domain_change (scan_id, domain_id, change, condition, since)
  SELECT p_scan, x.domain_id, x.change, coalesce(x.now, x.before),
    CASE WHEN x.change IN ('still_broken', 'unseen') THEN coalesce(x.since, v_before, v_begin) ELSE v_begin END
  FROM (
    SELECT n.domain_id, b.condition AS before, n.condition AS now, b.since,
      change_of(b.condition, n.condition, n.verdict = 'no_mail') AS change
    FROM (
      SELECT domain_id, verdict, domain_condition(verdict) AS condition FROM domain_verdict WHERE scan_id = p_scan
    ) n
    LEFT JOIN (
      SELECT v.domain_id, coalesce(c.condition, domain_condition(v.verdict)) AS condition, c.since
      FROM domain_verdict v
      LEFT JOIN domain_change c ON c.scan_id = p_previous AND c.domain_id = v.domain_id
      WHERE v.scan_id = p_previous AND c.change IS DISTINCT FROM 'gone'
    ) b ON b.domain_id = n.domain_id
  ) x
  WHERE x.change IS NOT NULL AND (p_previous IS NOT NULL OR coalesce(x.now, x.before) = 'broken');
END $$;
COMMENT ON FUNCTION census.compare_domains(p_scan integer, p_previous integer) IS 'Part of compare_scan: changes of domains.';
CREATE FUNCTION census.compare_hosts(p_scan integer, p_previous integer) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'census', 'pg_temp'
    SET work_mem TO '128MB'
    SET jit TO 'off'
    SET enable_nestloop TO 'off'
    AS $$
DECLARE
  v_begin timestamptz := (SELECT created_at FROM scan WHERE id = p_scan);
  v_before timestamptz := (SELECT created_at FROM scan WHERE id = p_previous);
BEGIN
  DELETE FROM host_change WHERE scan_id = p_scan;
  -- Hosts of domains of which nothing could be learnt this time.
  WITH uncertain AS MATERIALIZED (
    SELECT DISTINCT h.name
    FROM domain_result r
    JOIN domain_mx e ON e.scan_id = p_previous AND e.domain_id = r.domain_id
    JOIN mx_host h ON h.scan_id = p_previous AND h.id = e.host_id
    WHERE r.scan_id = p_scan AND r.status IN ('dns_failure', 'opted_out')
  )
  INSERT INTO host_change (scan_id, host, change, condition, since)
  SELECT p_scan, x.host, x.change, coalesce(x.now, x.before),
    CASE WHEN x.change IN ('still_broken', 'unseen') THEN coalesce(x.since, v_before, v_begin) ELSE v_begin END
  FROM (
    SELECT coalesce(n.host, b.host) AS host, b.condition AS before, n.condition AS now, b.since,
      change_of(b.condition, n.condition, n.host IS NULL AND u.name IS NULL) AS change
    FROM (
      SELECT host, host_condition(protection) AS condition FROM host_result WHERE scan_id = p_scan
    ) n
    FULL JOIN (
      SELECT coalesce(c.host, h.host) AS host, coalesce(c.condition, h.condition) AS condition, c.since
      FROM (SELECT host, host_condition(protection) AS condition FROM host_result WHERE scan_id = p_previous) h
      FULL JOIN (SELECT * FROM host_change WHERE scan_id = p_previous) c ON c.host = h.host
      WHERE c.change IS DISTINCT FROM 'gone'
    ) b ON b.host = n.host
    LEFT JOIN uncertain u ON u.name = b.host
  ) x
  WHERE x.change IS NOT NULL AND (p_previous IS NOT NULL OR coalesce(x.now, x.before) = 'broken');
END $$;
COMMENT ON FUNCTION census.compare_hosts(p_scan integer, p_previous integer) IS 'Part of compare_scan: changes of MX hosts.';
CREATE FUNCTION census.compare_scan(p_scan integer) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'census', 'pg_temp'
    AS $$
DECLARE
  v_previous integer := (
    SELECT o.id FROM scan s JOIN scan o ON o.list_id = s.list_id AND o.id < s.id AND o.state = 'finished'
    WHERE s.id = p_scan ORDER BY o.id DESC LIMIT 1);
BEGIN
  PERFORM compare_hosts(p_scan, v_previous);
  PERFORM compare_domains(p_scan, v_previous);
  EXECUTE format('ANALYZE census.%I', format('host_change_s%s', p_scan));
  EXECUTE format('ANALYZE census.%I', format('domain_change_s%s', p_scan));
  UPDATE scan SET previous_scan_id = v_previous WHERE id = p_scan;
END $$;
COMMENT ON FUNCTION census.compare_scan(p_scan integer) IS 'Computes what changed since the latest finished scan of the same list before this one. Safe to repeat.';
CREATE FUNCTION census.complete_lanes(p_scan integer, p_worker bigint, p_lanes census.lane_completion[], p_results census.probe_record[], p_certificates census.certificate_record[], p_withdrawn census.withdrawal[] DEFAULT '{}'::census.withdrawal[], p_looks census.look_note[] DEFAULT '{}'::census.look_note[]) RETURNS bigint[]
    LANGUAGE plpgsql SECURITY DEFINER
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
COMMENT ON FUNCTION census.complete_lanes(p_scan integer, p_worker bigint, p_lanes census.lane_completion[], p_results census.probe_record[], p_certificates census.certificate_record[], p_withdrawn census.withdrawal[], p_looks census.look_note[]) IS 'Ends leases of lanes with the results they have, the targets they withdraw and what was learnt of addresses; targets with neither stay pending. Returns the lanes whose lease was lost: of those nothing is written.';
CREATE FUNCTION census.complete_resolve(p_scan integer, p_batch integer, p_worker bigint, p_fence bigint, p_domains census.domain_answer[], p_hosts census.host_answer[]) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'census', 'pg_temp'
    SET plan_cache_mode TO 'force_custom_plan'
    SET jit TO 'off'
    SET max_parallel_workers_per_gather TO '0'
    AS $$
DECLARE
  v_batch resolve_batch := lock_resolve(p_scan, p_batch, p_worker, p_fence);
  v_rows bigint;
BEGIN
  PERFORM add_hosts(p_scan, p_hosts);
  INSERT INTO domain_result (scan_id, domain_id, weight, status, failure, dnssec, mx_hosts, mx_preferences)
  SELECT p_scan, d.id, d.weight, a.status, a.failure::dns_failure, a.dnssec::dnssec_status,
    ARRAY(
      -- One look at the index for each, whatever the planner thinks their number is; it would hash all hosts.
      SELECT coalesce((SELECT k.id FROM mx_host k WHERE k.scan_id = p_scan AND k.name = u.name), refuse_host(p_batch, u.name))
      FROM unnest(a.hosts) WITH ORDINALITY AS u (name, ordinal) ORDER BY u.ordinal),
    a.preferences
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
  UPDATE resolve_batch SET state = 'done', worker_id = NULL, request = NULL, attempts = 0
  WHERE scan_id = p_scan AND id = p_batch;
  INSERT INTO progress_delta (scan_id, domains_resolved) VALUES (p_scan, v_rows);
END $$;
COMMENT ON FUNCTION census.complete_resolve(p_scan integer, p_batch integer, p_worker bigint, p_fence bigint, p_domains census.domain_answer[], p_hosts census.host_answer[]) IS 'Ends a leased resolve batch with the results of all its domains, or writes nothing (MX001: the lease is lost).';
CREATE FUNCTION census.complete_scan(p_scan integer) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'census', 'pg_temp'
    AS $$
BEGIN
  -- Every domain ends in exactly one state, also those of batches that were given up.
  INSERT INTO domain_result (scan_id, domain_id, weight, status, failure, dnssec)
  SELECT p_scan, d.id, d.weight, 'dns_failure', NULL, 'indeterminate'
  FROM resolve_batch b
  JOIN scan s ON s.id = b.scan_id
  JOIN domain d ON d.list_id = s.list_id AND d.id BETWEEN b.first_domain AND b.last_domain
  WHERE b.scan_id = p_scan AND b.state = 'dead';
  PERFORM roll_up(p_scan);
  PERFORM compare_scan(p_scan);
END $$;
COMMENT ON FUNCTION census.complete_scan(p_scan integer) IS 'Part of finish_scan: what is computed when everything of a scan is done.';
CREATE FUNCTION census.contact_rules(p_known bigint, OUT version bigint, OUT networks text[], OUT domains text[]) RETURNS record
    LANGUAGE sql STABLE SECURITY DEFINER
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
CREATE FUNCTION census.continue_lane(p_scan integer, p_worker bigint, p_lane bigint, p_fence bigint, p_results census.probe_record[], p_certificates census.certificate_record[], p_withdrawn census.withdrawal[], p_held bigint[], p_max integer) RETURNS TABLE(target_id bigint, host_id bigint, host text, address inet, attempt smallint, has_next boolean)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'census', 'pg_temp'
    SET plan_cache_mode TO 'force_custom_plan'
    SET jit TO 'off'
    SET max_parallel_workers_per_gather TO '0'
    AS $$
#variable_conflict use_column
DECLARE
  v_ended bigint := cardinality(p_withdrawn) + (SELECT count(*) FROM unnest(p_results) r WHERE r.next_step <> 'retry');
BEGIN
  PERFORM FROM lane l
  WHERE l.scan_id = p_scan AND l.id = p_lane AND l.state = 'leased' AND l.worker_id = p_worker AND l.fence = p_fence
  FOR UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'the lease of lane % of scan % is lost', p_lane, p_scan USING ERRCODE = 'MX001';
  END IF;
  IF EXISTS (
    SELECT FROM probe_target t WHERE t.scan_id = p_scan AND t.lane_id = p_lane AND (t.host_id, t.id) IN (
      SELECT r.host_id, r.target_id FROM unnest(p_results) r
      UNION ALL SELECT w.host_id, w.target_id FROM unnest(p_withdrawn) w))
  THEN
    PERFORM write_probes(p_scan, ARRAY[p_lane], p_results, p_certificates);
    PERFORM withdraw_targets(p_scan, ARRAY[p_lane], p_withdrawn);
    UPDATE lane l SET attempts = 0, pending = l.pending - v_ended, targets_done = l.targets_done + v_ended,
      size_class = size_class(l.pending - v_ended)
    WHERE l.scan_id = p_scan AND l.id = p_lane;
  END IF;
  IF lane_should_yield(p_scan, p_lane) THEN
    RETURN;
  END IF;
  RETURN QUERY
    SELECT t.id, t.host_id, h.name, t.address, t.attempt, t.has_next
    FROM probe_target t JOIN mx_host h ON h.scan_id = p_scan AND h.id = t.host_id
    WHERE t.scan_id = p_scan AND t.lane_id = p_lane AND t.not_before <= now() AND t.id <> ALL (p_held)
    ORDER BY t.not_before, t.id LIMIT p_max;
END $$;
COMMENT ON FUNCTION census.continue_lane(p_scan integer, p_worker bigint, p_lane bigint, p_fence bigint, p_results census.probe_record[], p_certificates census.certificate_record[], p_withdrawn census.withdrawal[], p_held bigint[], p_max integer) IS 'Writes what a lease has found so far, and goes on with it: returns up to p_max further targets that are due and not among p_held, of which there must be one at least; none when the lane should yield. MX001: the lease is lost, and nothing was written.';
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
    make_interval(secs => greatest(coalesce((p_settings ->> 'reclaimRest')::double precision, 300), 1 / v_rate)))
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
COMMENT ON FUNCTION census.create_scan_partitions(p_scan integer) IS 'Part of create_scan.';
CREATE FUNCTION census.domain_condition(p_verdict text) RETURNS text
    LANGUAGE sql IMMUTABLE
    AS $$
  SELECT CASE
    WHEN p_verdict = 'secure' THEN 'good'
    WHEN p_verdict IN ('partly_secure', 'encrypted', 'partly_encrypted', 'plain') THEN 'broken'
  END
$$;
COMMENT ON FUNCTION census.domain_condition(p_verdict text) IS 'good or broken; NULL when that was not seen.';
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
CREATE FUNCTION census.empty_queues(p_scan integer) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'census', 'pg_temp'
    SET lock_timeout TO '500ms'
    AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM probe_queue WHERE scan_id = p_scan) THEN
    EXECUTE format('TRUNCATE census.%I', 'probe_queue_s' || p_scan);
  END IF;
  IF NOT EXISTS (SELECT FROM probe_target WHERE scan_id = p_scan) THEN
    EXECUTE format('TRUNCATE census.%I', 'probe_target_s' || p_scan);
  END IF;
EXCEPTION WHEN lock_not_available THEN
  RAISE NOTICE 'the queues of scan % keep their space, since somebody reads them', p_scan;
END $$;
COMMENT ON FUNCTION census.empty_queues(p_scan integer) IS 'Part of finish_scan: gives the space of what is done back to the system. The caller holds the lock of lock_planning.';
CREATE FUNCTION census.fail_resolve(p_scan integer, p_batch integer, p_worker bigint, p_fence bigint, p_error text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
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
CREATE FUNCTION census.find_unused_certificates() RETURNS bigint
    LANGUAGE plpgsql
    SET search_path TO 'census', 'pg_temp'
    SET work_mem TO '128MB'
    SET jit TO 'off'
    AS $$
DECLARE
  v_rows bigint;
BEGIN
  DELETE FROM unused_chain;
  INSERT INTO unused_chain (id, found_at)
  SELECT c.id, now() FROM chain c
  WHERE NOT EXISTS (SELECT FROM probe_result r WHERE r.chain_id = c.id)
    AND NOT EXISTS (SELECT FROM probe_result r WHERE r.second_look_chain_id = c.id);
  GET DIAGNOSTICS v_rows = ROW_COUNT;
  RETURN v_rows;
END $$;
COMMENT ON FUNCTION census.find_unused_certificates() IS 'Notes the chains that no result refers to. Returns how many.';
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
  IF v_state IS NULL OR v_state = 'paused' OR NOT scan_can_end(p_scan, v_state) THEN
    RETURN false;
  END IF;
  PERFORM lock_planning(p_scan);
  -- Asked again under the lock: another coordinator may have planned, or finished the scan.
  SELECT state INTO v_state FROM scan WHERE id = p_scan FOR UPDATE;
  IF v_state NOT IN ('running', 'cancelling') OR NOT scan_can_end(p_scan, v_state) THEN
    RETURN v_state IN ('finished', 'cancelled');
  END IF;
  PERFORM add_up_progress(p_scan);
  IF v_state = 'running' THEN
    PERFORM complete_scan(p_scan);
  ELSE
    PERFORM roll_up(p_scan);
  END IF;
  PERFORM empty_queues(p_scan);
  UPDATE scan SET state = CASE v_state WHEN 'running' THEN 'finished' ELSE 'cancelled' END, finished_at = now()
  WHERE id = p_scan;
  RETURN true;
END $$;
COMMENT ON FUNCTION census.finish_scan(p_scan integer) IS 'Rolls a scan up and ends it if nothing is left to do, or if it is being cancelled and no lease is left. True when the scan has ended, now or before.';
CREATE FUNCTION census.forget_workers() RETURNS bigint
    LANGUAGE plpgsql
    SET search_path TO 'census', 'pg_temp'
    AS $$
DECLARE
  v_rows bigint;
BEGIN
  DELETE FROM worker w WHERE w.ended_at < now() - interval '7 days'
    AND NOT EXISTS (SELECT FROM resolve_batch b WHERE b.state = 'leased' AND b.worker_id = w.id)
    AND NOT EXISTS (SELECT FROM lane l WHERE l.state = 'leased' AND l.worker_id = w.id);
  GET DIAGNOSTICS v_rows = ROW_COUNT;
  RETURN v_rows;
END $$;
COMMENT ON FUNCTION census.forget_workers() IS 'Removes workers that ended a week ago and hold nothing. Returns how many.';
CREATE FUNCTION census.hand_to_owner(p_table text) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'census', 'pg_temp'
    AS $$
DECLARE
  v_owner name := (SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = 'census.scan'::regclass);
BEGIN
  IF v_owner <> current_user THEN
    EXECUTE format('ALTER TABLE census.%I OWNER TO %I', p_table, v_owner);
  END IF;
END $$;
COMMENT ON FUNCTION census.hand_to_owner(p_table text) IS 'Gives a new table to the owner of the schema''s tables.';
CREATE FUNCTION census.heartbeat(p_worker bigint) RETURNS double precision
    LANGUAGE plpgsql SECURITY DEFINER
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
CREATE FUNCTION census.host_condition(p_protection text) RETURNS text
    LANGUAGE sql IMMUTABLE
    AS $$
  SELECT CASE WHEN p_protection = 'trusted' THEN 'good' WHEN p_protection IN ('encrypted', 'plain') THEN 'broken' END
$$;
COMMENT ON FUNCTION census.host_condition(p_protection text) IS 'good or broken; NULL when that was not seen.';
CREATE FUNCTION census.import_begin(p_name text, OUT list_id integer, OUT target text) RETURNS record
    LANGUAGE plpgsql
    SET search_path TO 'census', 'pg_temp'
    AS $$
DECLARE
  v_table text;
BEGIN
  INSERT INTO list (name) VALUES (p_name) ON CONFLICT (name) DO NOTHING;
  SELECT l.id INTO STRICT list_id FROM list l WHERE l.name = p_name FOR UPDATE;
  v_table := format('domain_%s', list_id);
  IF to_regclass(format('census.%I', v_table)) IS NULL THEN
    target := format('census.%I', v_table);
    -- Keys come when the rows are there.
    EXECUTE format('CREATE TABLE %s (LIKE census.domain INCLUDING DEFAULTS INCLUDING CONSTRAINTS, CHECK (list_id = %s))',
      target, list_id);
  ELSE
    target := 'pg_temp.import_stage';
    CREATE TEMPORARY TABLE import_stage (LIKE census.domain INCLUDING CONSTRAINTS) ON COMMIT DROP;
  END IF;
END $$;
COMMENT ON FUNCTION census.import_begin(p_name text, OUT list_id integer, OUT target text) IS 'Opens an import into a list, which is made if need be. To be followed in the same transaction by COPY into the table target, of domains that are each there once and numbered from 1 by descending weight, then by import_merge.';
CREATE FUNCTION census.import_into_existing(p_list integer) RETURNS bigint
    LANGUAGE plpgsql
    SET search_path TO 'census', 'pg_temp'
    AS $$
DECLARE
  v_rows bigint;
BEGIN
  ANALYZE pg_temp.import_stage;
  UPDATE domain d SET weight = s.weight
  FROM pg_temp.import_stage s
  WHERE d.list_id = p_list AND d.name = s.name AND d.weight <> s.weight;
  INSERT INTO domain (list_id, id, name, weight)
  SELECT p_list, l.domains + row_number() OVER (ORDER BY s.id), s.name, s.weight
  FROM pg_temp.import_stage s, list l
  WHERE l.id = p_list AND NOT EXISTS (SELECT FROM domain d WHERE d.list_id = p_list AND d.name = s.name)
  ORDER BY s.id;
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
  EXECUTE format('ALTER TABLE census.%I ADD PRIMARY KEY (list_id, id), ADD UNIQUE (list_id, name)', v_table);
  -- ATTACH takes a weaker lock on census.domain than CREATE … PARTITION OF would: running scans go on.
  EXECUTE format('ALTER TABLE census.domain ATTACH PARTITION census.%I FOR VALUES IN (%s)', v_table, p_list);
  EXECUTE format('ANALYZE census.%I', v_table);
  PERFORM hand_to_owner(v_table);
  -- Numbered without gaps.
  EXECUTE format('SELECT coalesce(max(id), 0) FROM census.%I', v_table) INTO v_rows;
  RETURN v_rows;
END $$;
COMMENT ON FUNCTION census.import_into_new(p_list integer) IS 'Part of import_merge: makes the table of a new list, which is filled, part of the domains.';
CREATE FUNCTION census.import_merge(p_list integer, OUT new bigint, OUT known bigint, OUT total bigint) RETURNS record
    LANGUAGE plpgsql
    SET search_path TO 'census', 'pg_temp'
    AS $$
DECLARE
  v_named bigint;
BEGIN
  IF to_regclass('pg_temp.import_stage') IS NULL THEN
    new := import_into_new(p_list);
    v_named := new;
  ELSE
    new := import_into_existing(p_list);
    SELECT coalesce(max(id), 0) INTO v_named FROM pg_temp.import_stage;
  END IF;
  known := v_named - new;
  UPDATE list SET
    domains = domains + new, imported_at = now(),
    volume = (SELECT coalesce(sum(weight), 0) FROM domain WHERE list_id = p_list)
  WHERE id = p_list
  RETURNING domains INTO total;
END $$;
COMMENT ON FUNCTION census.import_merge(p_list integer, OUT new bigint, OUT known bigint, OUT total bigint) IS 'Ends an import: new names are added, known names get their weight from this import.';
CREATE FUNCTION census.keep_looks(p_scan integer, p_held bigint[], p_looks census.look_note[], p_results census.probe_record[]) RETURNS bigint[]
    LANGUAGE plpgsql
    SET search_path TO 'census', 'pg_temp'
    SET plan_cache_mode TO 'force_custom_plan'
    SET jit TO 'off'
    SET max_parallel_workers_per_gather TO '0'
    AS $$
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
COMMENT ON FUNCTION census.keep_looks(p_scan integer, p_held bigint[], p_looks census.look_note[], p_results census.probe_record[]) IS 'Part of complete_lanes: what was learnt of addresses, and the end of shared results that did not hold.';
CREATE FUNCTION census.lane_rest(p_gap interval, p_slowdown smallint) RETURNS interval
    LANGUAGE sql IMMUTABLE
    AS $$
  SELECT greatest(p_gap, least(p_gap * (1 << p_slowdown), interval '10 minutes'))
$$;
COMMENT ON FUNCTION census.lane_rest(p_gap interval, p_slowdown smallint) IS 'How long a network rests between two leases, given how long it does without slowdown.';
CREATE FUNCTION census.lane_should_yield(p_scan integer, p_lane bigint) RETURNS boolean
    LANGUAGE sql STABLE
    SET search_path TO 'census', 'pg_temp'
    SET enable_seqscan TO 'off'
    SET jit TO 'off'
    SET max_parallel_workers_per_gather TO '0'
    AS $$
  SELECT s.state <> 'running'
    OR EXISTS (
      SELECT FROM lane o WHERE o.scan_id = p_scan AND o.state = 'ready'
        AND o.size_class + o.slowdown > l.size_class + l.slowdown AND o.ready_at <= now())
    OR EXISTS (
      SELECT FROM scan x JOIN lane o ON o.scan_id = x.id
      WHERE x.state = 'running' AND x.id <> p_scan AND o.network = l.network AND o.state = 'ready')
    OR EXISTS (
      SELECT FROM scan x JOIN lane o ON o.scan_id = x.id
      WHERE x.state = 'running' AND x.id <> p_scan AND o.state = 'ready' AND o.ready_at <= now())
  FROM lane l JOIN scan s ON s.id = l.scan_id
  WHERE l.scan_id = p_scan AND l.id = p_lane
$$;
COMMENT ON FUNCTION census.lane_should_yield(p_scan integer, p_lane bigint) IS 'Part of continue_lane: somebody waits who goes before this lane (a longer one of its scan, or another scan), or its scan does not run.';
CREATE FUNCTION census.lane_slots() RETURNS integer
    LANGUAGE sql IMMUTABLE
    AS $$SELECT 32767$$;
COMMENT ON FUNCTION census.lane_slots() IS 'Number of slots over which lanes are spread.';
CREATE FUNCTION census.lead(p_id bigint, p_name text, p_seconds double precision) RETURNS boolean
    LANGUAGE plpgsql
    SET search_path TO 'census', 'pg_temp'
    AS $$
DECLARE
  v_until timestamptz := now() + make_interval(secs => p_seconds);
BEGIN
  INSERT INTO coordinator AS c (id, name, seen_until) VALUES (p_id, p_name, v_until)
  ON CONFLICT (id) DO UPDATE SET seen_until = v_until;
  UPDATE leader SET lead_until = v_until WHERE coordinator_id = p_id AND lead_until > now();
  IF FOUND THEN
    RETURN true;
  END IF;
  UPDATE leader SET coordinator_id = p_id, term = term + 1, since = now(), lead_until = v_until WHERE lead_until <= now();
  IF FOUND THEN
    DELETE FROM coordinator WHERE seen_until < now() - interval '1 day';
    RETURN true;
  END IF;
  RETURN false;
END $$;
COMMENT ON FUNCTION census.lead(p_id bigint, p_name text, p_seconds double precision) IS 'A coordinator says that it lives, and leads for so many seconds from now if it led already or nobody does. True when it leads.';
CREATE FUNCTION census.lease_lanes(p_worker bigint, p_max_lanes integer, p_max_targets integer, p_request bigint, p_unanswered bigint[] DEFAULT '{}'::bigint[]) RETURNS TABLE(scan_id integer, lane_id bigint, fence bigint, network cidr, slowdown smallint, target_id bigint, host_id bigint, host text, address inet, attempt smallint, has_next boolean, look_state text, look_host_id bigint, look_unchecked integer)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'census', 'pg_temp'
    SET enable_seqscan TO 'off'
    SET jit TO 'off'
    SET max_parallel_workers_per_gather TO '0'
    AS $$
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
COMMENT ON FUNCTION census.lease_lanes(p_worker bigint, p_max_lanes integer, p_max_targets integer, p_request bigint, p_unanswered bigint[]) IS 'Leases up to p_max_lanes lanes of running scans, each with up to p_max_targets targets that are due. p_request numbers the call; what the calls p_unanswered took goes back first. One row a target, with what is known of its address.';
CREATE FUNCTION census.lease_picked_lanes(p_scan integer, p_worker bigint, p_request bigint, p_picked bigint[]) RETURNS bigint[]
    LANGUAGE plpgsql
    SET search_path TO 'census', 'pg_temp'
    SET enable_seqscan TO 'off'
    SET jit TO 'off'
    SET max_parallel_workers_per_gather TO '0'
    AS $$
DECLARE
  -- Only then, in a statement of its own, is looked who else has the network.
  v_locked bigint[] := ARRAY(
    WITH picked AS MATERIALIZED (
      SELECT l.id, l.network FROM lane l WHERE l.scan_id = p_scan AND l.id = ANY (p_picked)
    )
    SELECT p.id FROM picked p WHERE pg_try_advisory_xact_lock(hashtextextended(p.network::text, 7)));
  v_others integer[] := ARRAY(
    SELECT s.id FROM scan s
    WHERE s.id <> p_scan AND (s.finished_at IS NULL OR s.finished_at > now() - interval '15 minutes'));
  v_free bigint[] := v_locked;
  v_taken bigint[];
BEGIN
  IF cardinality(v_others) > 0 THEN
    v_free := ARRAY(
      SELECT l.id FROM lane l
      WHERE l.scan_id = p_scan AND l.id = ANY (v_locked) AND NOT EXISTS (
        SELECT FROM lane o
        WHERE o.scan_id = ANY (v_others) AND o.network = l.network AND (o.state = 'leased' OR o.rest_until > now())));
  END IF;
  IF cardinality(v_free) < cardinality(p_picked) THEN
    UPDATE lane l SET ready_at = now() + random() * interval '1 second'
    WHERE l.scan_id = p_scan AND l.id = ANY (p_picked) AND l.id <> ALL (v_free);
  END IF;
  WITH leased AS (
    UPDATE lane l SET state = 'leased', worker_id = p_worker, request = p_request, fence = l.fence + 1
    WHERE l.scan_id = p_scan AND l.id = ANY (v_free)
    RETURNING l.id
  )
  SELECT coalesce(array_agg(leased.id), '{}') INTO v_taken FROM leased;
  RETURN v_taken;
END $$;
COMMENT ON FUNCTION census.lease_picked_lanes(p_scan integer, p_worker bigint, p_request bigint, p_picked bigint[]) IS 'Part of take_lanes: leases those of the locked lanes whose network no other scan is using.';
CREATE FUNCTION census.lease_resolve(p_worker bigint, p_max integer, p_request bigint, p_unanswered bigint[] DEFAULT '{}'::bigint[]) RETURNS TABLE(scan_id integer, batch_id integer, fence bigint, domain_id bigint, name text)
    LANGUAGE plpgsql SECURITY DEFINER
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
  FOR v_scan, v_list IN SELECT s.id, s.list_id FROM scan s WHERE s.state = 'running' ORDER BY random() LOOP
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
            FROM jsonb_array_elements((load_vocabulary.words -> 'outcome'::text)) WITH ORDINALITY w(value, ordinality)
         EXCEPT
          SELECT outcome_1.code,
             outcome_1.stage,
             outcome_1.label,
             outcome_1.explanation,
             outcome_1.remedy,
             outcome_1.rfc8460,
             outcome_1.reference,
             outcome_1.study_class,
             outcome_1.ordinal,
             outcome_1.answered_smtp,
             outcome_1.protection
            FROM census.outcome outcome_1 ON CONFLICT(code) DO UPDATE SET stage = excluded.stage, label = excluded.label, explanation = excluded.explanation, remedy = excluded.remedy, rfc8460 = excluded.rfc8460, reference = excluded.reference, study_class = excluded.study_class, ordinal = excluded.ordinal, answered_smtp = excluded.answered_smtp, protection = excluded.protection;
 INSERT INTO census.finding (code, label, explanation, remedy, rfc8460, reference, ordinal)  SELECT (w.value ->> 'code'::text),
             (w.value ->> 'label'::text),
             (w.value ->> 'explanation'::text),
             (w.value ->> 'remedy'::text),
             (w.value ->> 'rfc8460'::text),
             (w.value ->> 'reference'::text),
             w.ordinality
            FROM jsonb_array_elements((load_vocabulary.words -> 'finding'::text)) WITH ORDINALITY w(value, ordinality)
         EXCEPT
          SELECT finding_1.code,
             finding_1.label,
             finding_1.explanation,
             finding_1.remedy,
             finding_1.rfc8460,
             finding_1.reference,
             finding_1.ordinal
            FROM census.finding finding_1 ON CONFLICT(code) DO UPDATE SET label = excluded.label, explanation = excluded.explanation, remedy = excluded.remedy, rfc8460 = excluded.rfc8460, reference = excluded.reference, ordinal = excluded.ordinal;
 INSERT INTO census.domain_status_code (code, label, explanation, ordinal)  SELECT (w.value ->> 'code'::text),
             (w.value ->> 'label'::text),
             (w.value ->> 'explanation'::text),
             w.ordinality
            FROM jsonb_array_elements((load_vocabulary.words -> 'domain_status'::text)) WITH ORDINALITY w(value, ordinality)
         EXCEPT
          SELECT domain_status_code_1.code,
             domain_status_code_1.label,
             domain_status_code_1.explanation,
             domain_status_code_1.ordinal
            FROM census.domain_status_code domain_status_code_1 ON CONFLICT(code) DO UPDATE SET label = excluded.label, explanation = excluded.explanation, ordinal = excluded.ordinal;
 INSERT INTO census.host_status_code (code, label, explanation, ordinal)  SELECT (w.value ->> 'code'::text),
             (w.value ->> 'label'::text),
             (w.value ->> 'explanation'::text),
             w.ordinality
            FROM jsonb_array_elements((load_vocabulary.words -> 'host_status'::text)) WITH ORDINALITY w(value, ordinality)
         EXCEPT
          SELECT host_status_code_1.code,
             host_status_code_1.label,
             host_status_code_1.explanation,
             host_status_code_1.ordinal
            FROM census.host_status_code host_status_code_1 ON CONFLICT(code) DO UPDATE SET label = excluded.label, explanation = excluded.explanation, ordinal = excluded.ordinal;
 INSERT INTO census.verdict_code (code, label, explanation, ordinal)  SELECT (w.value ->> 'code'::text),
             (w.value ->> 'label'::text),
             (w.value ->> 'explanation'::text),
             w.ordinality
            FROM jsonb_array_elements((load_vocabulary.words -> 'verdict'::text)) WITH ORDINALITY w(value, ordinality)
         EXCEPT
          SELECT verdict_code_1.code,
             verdict_code_1.label,
             verdict_code_1.explanation,
             verdict_code_1.ordinal
            FROM census.verdict_code verdict_code_1 ON CONFLICT(code) DO UPDATE SET label = excluded.label, explanation = excluded.explanation, ordinal = excluded.ordinal;
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
CREATE TABLE census.schedule (
    id integer NOT NULL,
    name text NOT NULL COLLATE pg_catalog."C",
    list_id integer NOT NULL,
    every_count integer NOT NULL,
    every_unit text NOT NULL COLLATE pg_catalog."C",
    at_day smallint,
    at_time time without time zone NOT NULL,
    timezone text NOT NULL COLLATE pg_catalog."C",
    first_date date NOT NULL,
    settings jsonb NOT NULL,
    trust_store_id integer NOT NULL,
    domain_limit bigint,
    paused boolean DEFAULT false NOT NULL,
    next_at timestamp with time zone NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT schedule_check CHECK (
CASE every_unit
    WHEN 'hour'::text THEN ((at_day IS NULL) AND (at_time < '01:00:00'::time without time zone))
    WHEN 'day'::text THEN (at_day IS NULL)
    WHEN 'week'::text THEN ((at_day IS NOT NULL) AND ((at_day >= 1) AND (at_day <= 7)))
    ELSE ((at_day IS NOT NULL) AND ((at_day >= 1) AND (at_day <= 31)))
END),
    CONSTRAINT schedule_domain_limit_check CHECK ((domain_limit >= 1)),
    CONSTRAINT schedule_every_count_check CHECK (((every_count >= 1) AND (every_count <= 1000))),
    CONSTRAINT schedule_every_unit_check CHECK ((every_unit = ANY (ARRAY['hour'::text, 'day'::text, 'week'::text, 'month'::text]))),
    CONSTRAINT schedule_name_check CHECK (((name <> ''::text) AND (length(name) <= 100)))
);
COMMENT ON TABLE census.schedule IS 'Scans that begin by the calendar.';
COMMENT ON COLUMN census.schedule.id IS 'Number of the schedule.';
COMMENT ON COLUMN census.schedule.name IS 'Its name; its scans are called by it and the date.';
COMMENT ON COLUMN census.schedule.list_id IS 'The list that is scanned, as it is when a scan begins.';
COMMENT ON COLUMN census.schedule.every_count IS 'Every so many …';
COMMENT ON COLUMN census.schedule.every_unit IS '… of these: hour, day, week or month.';
COMMENT ON COLUMN census.schedule.at_day IS 'Of weeks: 1 (Monday) to 7; of months: 1 to 31, where a shorter month has its last day; NULL of hours and days.';
COMMENT ON COLUMN census.schedule.at_time IS 'Time of the day by the clock of timezone; of hours: 00:00 to 00:59.';
COMMENT ON COLUMN census.schedule.timezone IS 'IANA time zone, as in pg_timezone_names.';
COMMENT ON COLUMN census.schedule.first_date IS 'Date of moment 0 in timezone; of months any day of its month.';
COMMENT ON COLUMN census.schedule.settings IS 'Settings of its scans, as in scan.settings.';
COMMENT ON COLUMN census.schedule.trust_store_id IS 'The authorities that its scans trust.';
COMMENT ON COLUMN census.schedule.domain_limit IS 'Only so many domains, the first of the list; NULL for all.';
COMMENT ON COLUMN census.schedule.paused IS 'It starts nothing.';
COMMENT ON COLUMN census.schedule.next_at IS 'The next moment that nobody has looked after; without meaning while paused.';
COMMENT ON COLUMN census.schedule.created_at IS 'When it was added.';
CREATE FUNCTION census.lock_schedule(p_name text) RETURNS census.schedule
    LANGUAGE plpgsql
    SET search_path TO 'census', 'pg_temp'
    AS $$
DECLARE
  v_schedule schedule;
BEGIN
  SELECT * INTO v_schedule FROM schedule WHERE name = p_name FOR UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'there is no schedule named ''%''', p_name USING ERRCODE = 'MX002';
  END IF;
  RETURN v_schedule;
END $$;
COMMENT ON FUNCTION census.lock_schedule(p_name text) IS 'Part of the functions below: the schedule, locked. MX002: there is none.';
CREATE FUNCTION census.max_attempts() RETURNS integer
    LANGUAGE sql IMMUTABLE
    AS $$SELECT 5$$;
COMMENT ON FUNCTION census.max_attempts() IS 'After so many leases in a row without a result a batch is dead.';
CREATE FUNCTION census.new_hosts(p_scan integer, p_names text[]) RETURNS text[]
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'census', 'pg_temp'
    SET plan_cache_mode TO 'force_custom_plan'
    SET jit TO 'off'
    SET max_parallel_workers_per_gather TO '0'
    AS $$
BEGIN
  RETURN (
    SELECT coalesce(array_agg(n.name), '{}') FROM unnest(p_names) AS n (name)
    -- A scalar subquery: one look at the index for each name, however many hosts there are.
    WHERE (SELECT k.id FROM mx_host k WHERE k.scan_id = p_scan AND k.name = n.name) IS NULL);
END $$;
COMMENT ON FUNCTION census.new_hosts(p_scan integer, p_names text[]) IS 'Those of the names that no completed batch has brought yet: what complete_resolve must be told about.';
CREATE FUNCTION census.next_moment(p_schedule census.schedule, p_after timestamp with time zone) RETURNS bigint
    LANGUAGE sql STABLE
    SET search_path TO 'census', 'pg_temp'
    AS $$
  -- Guessed from the calendar, then the neighbours are looked at: moments come later than the guess, or earlier, by the
  -- time of the day and the clock's changes.
  SELECT min(n) FROM (
    SELECT CASE p_schedule.every_unit
      WHEN 'hour' THEN floor(extract(epoch FROM p_after - schedule_moment(p_schedule, 0)) / 3600)
      WHEN 'month' THEN (extract(year FROM c.date) - extract(year FROM p_schedule.first_date)) * 12
        + extract(month FROM c.date) - extract(month FROM p_schedule.first_date)
      WHEN 'week' THEN floor((c.date - p_schedule.first_date) / 7.0)
      ELSE c.date - p_schedule.first_date
    END
    FROM (SELECT (p_after AT TIME ZONE p_schedule.timezone)::date) AS c (date)
  ) AS e (elapsed),
  generate_series(greatest(0, floor(e.elapsed / p_schedule.every_count)::bigint - 2),
    greatest(0, floor(e.elapsed / p_schedule.every_count)::bigint) + 3) AS n
  WHERE schedule_moment(p_schedule, n) > p_after
$$;
COMMENT ON FUNCTION census.next_moment(p_schedule census.schedule, p_after timestamp with time zone) IS 'Number of the first moment of a schedule after p_after.';
CREATE FUNCTION census.next_run(p_schedule census.schedule, p_after timestamp with time zone) RETURNS timestamp with time zone
    LANGUAGE sql STABLE
    SET search_path TO 'census', 'pg_temp'
    AS $$
  SELECT schedule_moment(p_schedule, next_moment(p_schedule, p_after))
$$;
COMMENT ON FUNCTION census.next_run(p_schedule census.schedule, p_after timestamp with time zone) IS 'The first moment of a schedule after p_after.';
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
CREATE FUNCTION census.pause_scan(p_scan integer) RETURNS text
    LANGUAGE sql
    SET search_path TO 'census', 'pg_temp'
    AS $$ SELECT change_scan_state(p_scan, ARRAY['running'], 'paused') $$;
COMMENT ON FUNCTION census.pause_scan(p_scan integer) IS 'Nothing of the scan is leased from now on. Returns its state.';
CREATE FUNCTION census.pause_schedule(p_name text) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'census', 'pg_temp'
    AS $$
BEGIN
  PERFORM lock_schedule(p_name);
  UPDATE schedule SET paused = true WHERE name = p_name;
END $$;
COMMENT ON FUNCTION census.pause_schedule(p_name text) IS 'The schedule starts nothing from now on; a scan that runs goes on.';
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
  PERFORM analyze_misjudged(p_scan);
  PERFORM add_up_progress(p_scan);
  WITH taken AS (
    -- A range of the primary key, not a join: whatever the planner thinks of the queue's length, each row is looked at once.
    DELETE FROM probe_queue WHERE scan_id = p_scan AND host_id <= (
      SELECT max(first.host_id) FROM (
        SELECT q.host_id FROM probe_queue q WHERE q.scan_id = p_scan ORDER BY q.host_id LIMIT p_max) AS first)
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
CREATE FUNCTION census.refuse_host(p_batch integer, p_name text) RETURNS bigint
    LANGUAGE plpgsql
    SET search_path TO 'census', 'pg_temp'
    AS $$
BEGIN
  RAISE EXCEPTION 'resolve batch % names the MX host ''%'' without saying what it is', p_batch, p_name USING ERRCODE = 'MX004';
END $$;
COMMENT ON FUNCTION census.refuse_host(p_batch integer, p_name text) IS 'Part of complete_resolve: raises MX004.';
CREATE FUNCTION census.register_worker(p_name text, p_lease_seconds double precision, OUT worker bigint, OUT remaining double precision) RETURNS record
    LANGUAGE sql SECURITY DEFINER
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
    LANGUAGE plpgsql SECURITY DEFINER
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
CREATE FUNCTION census.remove_schedule(p_name text) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'census', 'pg_temp'
    AS $$
BEGIN
  PERFORM lock_schedule(p_name);
  DELETE FROM schedule WHERE name = p_name;
END $$;
COMMENT ON FUNCTION census.remove_schedule(p_name text) IS 'Removes a schedule and the record of its runs. Its scans stay.';
CREATE FUNCTION census.remove_unused_certificates(p_max integer DEFAULT 5000, OUT examined bigint, OUT removed bigint) RETURNS record
    LANGUAGE plpgsql
    SET search_path TO 'census', 'pg_temp'
    SET jit TO 'off'
    AS $$
DECLARE
  v_noted bigint[];
  v_since timestamptz;
  v_unused bigint[];
  v_certificates bigint[];
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('mxcensus certificates'), 0);
  WITH taken AS (
    DELETE FROM unused_chain WHERE id IN (SELECT u.id FROM unused_chain u ORDER BY u.id LIMIT p_max) RETURNING id, found_at
  )
  SELECT coalesce(array_agg(id), '{}'), min(found_at) INTO v_noted, v_since FROM taken;
  examined := cardinality(v_noted);
  removed := 0;
  IF examined = 0 THEN
    RETURN;
  END IF;
  -- Only results of scans that had not ended by then can refer to them now.
  v_unused := ARRAY(
    SELECT n.id FROM unnest(v_noted) AS n (id)
    WHERE NOT EXISTS (
      SELECT FROM probe_result r JOIN scan s ON s.id = r.scan_id AND (s.finished_at IS NULL OR s.finished_at > v_since)
      WHERE r.chain_id = n.id OR r.second_look_chain_id = n.id));
  WITH gone AS (DELETE FROM chain c WHERE c.id = ANY (v_unused) RETURNING c.certificates)
  SELECT coalesce(array_agg(DISTINCT k.id), '{}') INTO v_certificates FROM gone, unnest(gone.certificates) AS k (id);
  DELETE FROM certificate c WHERE c.id = ANY (v_certificates)
    AND NOT EXISTS (SELECT FROM chain o WHERE o.certificates @> ARRAY[c.id]);
  GET DIAGNOSTICS removed = ROW_COUNT;
END $$;
COMMENT ON FUNCTION census.remove_unused_certificates(p_max integer, OUT examined bigint, OUT removed bigint) IS 'Removes up to p_max of the noted chains, and the certificates that are in no other. Returns how many chains were examined, 0 when none is noted, and how many certificates went.';
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
CREATE FUNCTION census.resume_scan(p_scan integer) RETURNS text
    LANGUAGE sql
    SET search_path TO 'census', 'pg_temp'
    AS $$ SELECT change_scan_state(p_scan, ARRAY['paused'], 'running') $$;
COMMENT ON FUNCTION census.resume_scan(p_scan integer) IS 'A paused scan goes on. Returns its state.';
CREATE FUNCTION census.resume_schedule(p_name text, p_now timestamp with time zone DEFAULT now()) RETURNS timestamp with time zone
    LANGUAGE plpgsql
    SET search_path TO 'census', 'pg_temp'
    AS $$
DECLARE
  v_schedule schedule := lock_schedule(p_name);
BEGIN
  IF v_schedule.paused THEN
    UPDATE schedule SET paused = false, next_at = next_run(v_schedule, p_now) WHERE id = v_schedule.id
    RETURNING next_at INTO v_schedule.next_at;
  END IF;
  RETURN v_schedule.next_at;
END $$;
COMMENT ON FUNCTION census.resume_schedule(p_name text, p_now timestamp with time zone) IS 'A paused schedule goes on with its next moment; those in the pause are not caught up. Returns when it runs next.';
CREATE FUNCTION census.retry_dead(p_scan integer) RETURNS bigint
    LANGUAGE plpgsql
    SET search_path TO 'census', 'pg_temp'
    AS $$
DECLARE
  v_state text;
  v_batches bigint;
  v_lanes bigint;
BEGIN
  PERFORM lock_planning(p_scan);
  SELECT state INTO v_state FROM scan WHERE id = p_scan FOR UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'there is no scan number %', p_scan USING ERRCODE = 'MX002';
  END IF;
  IF v_state IN ('cancelling', 'cancelled') THEN
    RAISE EXCEPTION 'scan % is %', p_scan, v_state USING ERRCODE = 'MX005';
  END IF;
  IF v_state = 'finished' THEN
    DELETE FROM domain_result r USING resolve_batch b
    WHERE b.scan_id = p_scan AND b.state = 'dead' AND r.scan_id = p_scan
      AND r.domain_id BETWEEN b.first_domain AND b.last_domain;
  END IF;
  UPDATE resolve_batch SET state = 'ready', attempts = 0, ready_at = now() WHERE scan_id = p_scan AND state = 'dead';
  GET DIAGNOSTICS v_batches = ROW_COUNT;
  UPDATE lane SET state = 'ready', attempts = 0, ready_at = greatest(now(), rest_until) WHERE scan_id = p_scan AND state = 'dead';
  GET DIAGNOSTICS v_lanes = ROW_COUNT;
  IF v_state = 'finished' AND v_batches + v_lanes > 0 THEN
    UPDATE scan SET state = 'running', finished_at = NULL WHERE id = p_scan;
  END IF;
  RETURN v_batches + v_lanes;
END $$;
COMMENT ON FUNCTION census.retry_dead(p_scan integer) IS 'Makes the dead batches of a scan ready again; a finished scan runs again until they are done. Returns how many.';
CREATE FUNCTION census.roll_up(p_scan integer) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'census', 'pg_temp'
    AS $$
DECLARE
  v_table text;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('mxcensus roll-up'), p_scan);
  FOREACH v_table IN ARRAY ARRAY['domain_result', 'mx_host', 'probe_result'] LOOP
    EXECUTE format('ANALYZE census.%I', format('%s_s%s', v_table, p_scan));
  END LOOP;
  PERFORM roll_up_domains(p_scan);
  EXECUTE format('ANALYZE census.%I', format('domain_verdict_s%s', p_scan));
  PERFORM roll_up_summary(p_scan);
  PERFORM roll_up_looks(p_scan);
  UPDATE scan SET rolled_up_at = now() WHERE id = p_scan;
END $$;
COMMENT ON FUNCTION census.roll_up(p_scan integer) IS 'Computes verdicts and summary tables of a scan from what it has found so far. Safe to repeat at any time.';
CREATE FUNCTION census.roll_up_domains(p_scan integer) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'census', 'pg_temp'
    SET work_mem TO '128MB'
    SET jit TO 'off'
    SET enable_nestloop TO 'off'
    SET enable_hashagg TO 'off'
    AS $$
BEGIN
  DELETE FROM domain_verdict WHERE scan_id = p_scan;
  DROP TABLE IF EXISTS pg_temp.seen_host;
  CREATE TEMPORARY TABLE seen_host ON COMMIT DROP AS
    SELECT h.host_id, h.protection, h.answered_smtp FROM host_result h WHERE h.scan_id = p_scan;
  ANALYZE pg_temp.seen_host;
  INSERT INTO domain_verdict (scan_id, domain_id, verdict, primary_host_id)
  SELECT p_scan, m.domain_id,
    CASE
      WHEN m.status IN ('null_mx', 'nxdomain', 'no_mail_host') THEN 'no_mail'
      WHEN m.status IN ('dns_failure', 'invalid_name', 'opted_out') THEN 'unresolved'
      WHEN m.seen = 0 THEN CASE WHEN m.unseen > 0 THEN 'unseen' ELSE 'unreachable' END
      WHEN m.trusted = m.seen THEN 'secure'
      WHEN m.trusted > 0 THEN 'partly_secure'
      WHEN m.encrypted = m.seen THEN 'encrypted'
      WHEN m.encrypted > 0 THEN 'partly_encrypted'
      ELSE 'plain'
    END,
    -- The lower 48 bits of the key: see below.
    m.primary_key & ((1::bigint << 48) - 1)
  FROM (
    SELECT e.domain_id, e.status,
      count(*) FILTER (WHERE h.protection IN ('trusted', 'encrypted', 'plain')) AS seen,
      count(*) FILTER (WHERE h.protection = 'trusted') AS trusted,
      count(*) FILTER (WHERE h.protection = 'encrypted') AS encrypted,
      count(*) FILTER (WHERE h.protection = 'unseen') AS unseen,
      -- First answering, then ordinal, and the host itself, in one number: a minimum is much cheaper than a sort in
      -- each of millions of groups.
      min((CASE WHEN h.answered_smtp THEN 0 ELSE 1::bigint << 62 END) | (e.ordinal::bigint << 48) | e.host_id)
        AS primary_key
    FROM (
      SELECT d.domain_id, d.status, d.host_id, array_position(d.mx_hosts, d.host_id) AS ordinal
      -- Unnested in the list of columns: in FROM it would be a nested loop.
      FROM (
        SELECT r.domain_id, r.status, r.mx_hosts, unnest(r.mx_hosts) AS host_id FROM domain_result r WHERE r.scan_id = p_scan
      ) d
      UNION ALL
      SELECT r.domain_id, r.status, NULL, NULL FROM domain_result r WHERE r.scan_id = p_scan AND r.mx_hosts = '{}'
    ) e
    LEFT JOIN pg_temp.seen_host h ON h.host_id = e.host_id
    GROUP BY e.domain_id, e.status
  ) m
  -- As the domains lie: the index is dense then, and quicker to make.
  ORDER BY m.domain_id;
  DROP TABLE pg_temp.seen_host;
END $$;
COMMENT ON FUNCTION census.roll_up_domains(p_scan integer) IS 'Part of roll_up: verdict and primary MX host of each domain.';
CREATE FUNCTION census.roll_up_looks(p_scan integer) RETURNS void
    LANGUAGE sql
    SET search_path TO 'census', 'pg_temp'
    SET work_mem TO '128MB'
    SET jit TO 'off'
    SET enable_nestloop TO 'off'
    AS $$
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
COMMENT ON FUNCTION census.roll_up_looks(p_scan integer) IS 'Part of roll_up: what shared looks saved.';
CREATE FUNCTION census.roll_up_summary(p_scan integer) RETURNS void
    LANGUAGE sql
    SET search_path TO 'census', 'pg_temp'
    SET work_mem TO '128MB'
    SET jit TO 'off'
    SET enable_nestloop TO 'off'
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
CREATE FUNCTION census.run_due_schedules(p_now timestamp with time zone DEFAULT now()) RETURNS TABLE(schedule text, due_at timestamp with time zone, result text, missed bigint, scan_name text, reason text)
    LANGUAGE plpgsql
    SET search_path TO 'census', 'pg_temp'
    SET lock_timeout TO '2s'
    AS $$
#variable_conflict use_column
DECLARE
  v_schedule schedule;
  v_run schedule_run;
  v_started integer := 0;
BEGIN
  FOR v_schedule IN
    SELECT * FROM schedule s WHERE NOT s.paused AND s.next_at <= p_now ORDER BY s.next_at, s.id FOR UPDATE SKIP LOCKED
  LOOP
    FOR v_run IN SELECT * FROM run_schedule(v_schedule, p_now) LOOP
      RETURN QUERY SELECT v_schedule.name, v_run.due_at, v_run.result, v_run.missed, v_run.scan_name, v_run.reason;
      v_started := v_started + (v_run.result = 'started')::integer;
    END LOOP;
    -- Each scan takes locks on a set of new tables, and a transaction may have only so many.
    EXIT WHEN v_started >= 10;
  END LOOP;
END $$;
COMMENT ON FUNCTION census.run_due_schedules(p_now timestamp with time zone) IS 'Starts a scan for every schedule that is due, ten at most, and returns what became of them. Safe to repeat and to call from several sessions at once.';
CREATE TABLE census.schedule_run (
    id bigint NOT NULL,
    schedule_id integer NOT NULL,
    due_at timestamp with time zone NOT NULL,
    started_at timestamp with time zone NOT NULL,
    by_hand boolean NOT NULL,
    result text NOT NULL COLLATE pg_catalog."C",
    missed bigint DEFAULT 0 NOT NULL,
    scan_id integer,
    scan_name text COLLATE pg_catalog."C",
    reason text,
    CONSTRAINT schedule_run_check CHECK (((result = 'started'::text) = (scan_name IS NOT NULL))),
    CONSTRAINT schedule_run_check1 CHECK (((result = 'started'::text) OR (scan_id IS NULL))),
    CONSTRAINT schedule_run_check2 CHECK (((result = 'started'::text) = (reason IS NULL))),
    CONSTRAINT schedule_run_missed_check CHECK ((missed >= 0)),
    CONSTRAINT schedule_run_result_check CHECK ((result = ANY (ARRAY['started'::text, 'skipped'::text, 'failed'::text])))
);
COMMENT ON TABLE census.schedule_run IS 'What became of the moments of a schedule.';
COMMENT ON COLUMN census.schedule_run.id IS 'Number of the run, in the order of time.';
COMMENT ON COLUMN census.schedule_run.schedule_id IS 'The schedule.';
COMMENT ON COLUMN census.schedule_run.due_at IS 'The moment.';
COMMENT ON COLUMN census.schedule_run.started_at IS 'When it was looked after: later than due_at after an outage.';
COMMENT ON COLUMN census.schedule_run.by_hand IS 'Somebody asked for it.';
COMMENT ON COLUMN census.schedule_run.result IS 'started; skipped, because the previous scan had not ended; or failed.';
COMMENT ON COLUMN census.schedule_run.missed IS 'Moments before it that passed while no coordinator ran.';
COMMENT ON COLUMN census.schedule_run.scan_id IS 'The scan; NULL when none was started, or when it has been removed since.';
COMMENT ON COLUMN census.schedule_run.scan_name IS 'Name of the scan when it began; NULL when none was started.';
COMMENT ON COLUMN census.schedule_run.reason IS 'Why it was skipped or failed.';
CREATE FUNCTION census.run_schedule(p_schedule census.schedule, p_now timestamp with time zone) RETURNS SETOF census.schedule_run
    LANGUAGE plpgsql
    SET search_path TO 'census', 'pg_temp'
    AS $$
DECLARE
  v_next bigint;
  v_due timestamptz := p_schedule.next_at;
  v_missed bigint := 0;
  v_running text;
  v_scan record;
  v_error text;
BEGIN
  BEGIN
    v_next := next_moment(p_schedule, p_now);
    v_due := schedule_moment(p_schedule, v_next - 1);
    v_missed := greatest(0, v_next - 1 - next_moment(p_schedule, p_schedule.next_at - interval '1 microsecond'));
    UPDATE schedule SET next_at = schedule_moment(p_schedule, v_next) WHERE id = p_schedule.id;
    v_running := unfinished_scan_of(p_schedule.id);
    IF v_running IS NOT NULL THEN
      RETURN QUERY INSERT INTO schedule_run (schedule_id, due_at, started_at, by_hand, result, missed, reason)
      VALUES (p_schedule.id, v_due, p_now, false, 'skipped', v_missed, format('scan ''%s'' has not ended', v_running))
      RETURNING *;
    ELSE
      SELECT * INTO v_scan FROM start_scheduled_scan(p_schedule, p_now);
      RETURN QUERY INSERT INTO schedule_run (schedule_id, due_at, started_at, by_hand, result, missed, scan_id, scan_name)
      VALUES (p_schedule.id, v_due, p_now, false, 'started', v_missed, v_scan.scan_id, v_scan.scan_name)
      RETURNING *;
    END IF;
    RETURN;
  EXCEPTION
    WHEN lock_not_available OR deadlock_detected THEN
      RETURN;  -- It stays due: the next round tries again.
    WHEN OTHERS THEN
      v_error := SQLERRM;
  END;
  -- Without a next moment, as when the time zone is no longer known, it would fail in every round.
  BEGIN
    UPDATE schedule SET next_at = next_run(p_schedule, p_now) WHERE id = p_schedule.id;
  EXCEPTION WHEN OTHERS THEN
    UPDATE schedule SET paused = true WHERE id = p_schedule.id;
    v_error := v_error || '; the schedule is paused';
  END;
  RETURN QUERY INSERT INTO schedule_run (schedule_id, due_at, started_at, by_hand, result, missed, reason)
  VALUES (p_schedule.id, v_due, p_now, false, 'failed', v_missed, left(v_error, 1000))
  RETURNING *;
END $$;
COMMENT ON FUNCTION census.run_schedule(p_schedule census.schedule, p_now timestamp with time zone) IS 'Part of run_due_schedules: starts, skips or fails the latest moment of a locked schedule. Nothing when it has to be tried again.';
CREATE FUNCTION census.run_schedule_now(p_name text, p_now timestamp with time zone DEFAULT now()) RETURNS text
    LANGUAGE plpgsql
    SET search_path TO 'census', 'pg_temp'
    AS $$
DECLARE
  v_schedule schedule := lock_schedule(p_name);
  v_running text := unfinished_scan_of(v_schedule.id);
  v_scan record;
BEGIN
  IF v_running IS NOT NULL THEN
    RAISE EXCEPTION 'scan ''%'' of schedule ''%'' has not ended', v_running, p_name USING ERRCODE = 'MX005';
  END IF;
  SELECT * INTO v_scan FROM start_scheduled_scan(v_schedule, p_now);
  INSERT INTO schedule_run (schedule_id, due_at, started_at, by_hand, result, scan_id, scan_name)
  VALUES (v_schedule.id, p_now, p_now, true, 'started', v_scan.scan_id, v_scan.scan_name);
  RETURN v_scan.scan_name;
END $$;
COMMENT ON FUNCTION census.run_schedule_now(p_name text, p_now timestamp with time zone) IS 'Begins a scan of a schedule at once, also of a paused one; its moments stay. Returns the scan''s name. MX005: its scan has not ended.';
CREATE FUNCTION census.scan_can_end(p_scan integer, p_state text) RETURNS boolean
    LANGUAGE sql STABLE
    SET search_path TO 'census', 'pg_temp'
    AS $$
  SELECT CASE p_state
    WHEN 'running' THEN (SELECT complete FROM scan_progress(p_scan))
    WHEN 'cancelling' THEN NOT EXISTS (SELECT FROM resolve_batch b WHERE b.scan_id = p_scan AND b.state = 'leased')
      AND NOT EXISTS (SELECT FROM lane l WHERE l.scan_id = p_scan AND l.state = 'leased')
    ELSE false
  END
$$;
COMMENT ON FUNCTION census.scan_can_end(p_scan integer, p_state text) IS 'Part of finish_scan: nothing is left to do in this state.';
CREATE FUNCTION census.scan_definition(p_scan integer) RETURNS TABLE(settings text, trust_store bytea)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'census', 'pg_temp'
    AS $$
  SELECT s.settings::text, t.pem FROM scan s JOIN trust_store t ON t.id = s.trust_store_id WHERE s.id = p_scan
$$;
COMMENT ON FUNCTION census.scan_definition(p_scan integer) IS 'Settings (JSON) and trust store (PEM) of a scan; no row when there is no such scan.';
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
    'resolve_batch', 'domain_result', 'mx_host', 'host_address', 'lane', 'probe_target', 'probe_queue', 'probe_result',
    'domain_verdict', 'summary_provider', 'host_change', 'domain_change', 'address_look']
$$;
COMMENT ON FUNCTION census.scan_tables() IS 'The tables that have one partition for each scan, named TABLE_sNUMBER.';
CREATE FUNCTION census.schedule_moment(p_schedule census.schedule, p_number bigint) RETURNS timestamp with time zone
    LANGUAGE sql STABLE
    SET search_path TO 'census', 'pg_temp'
    AS $$
  SELECT CASE p_schedule.every_unit
    WHEN 'hour' THEN (p_schedule.first_date + p_schedule.at_time) AT TIME ZONE p_schedule.timezone
      + p_number * p_schedule.every_count * interval '1 hour'
    WHEN 'month' THEN (least(m.first + p_schedule.at_day - 1, (m.first + interval '1 month')::date - 1)
      + p_schedule.at_time) AT TIME ZONE p_schedule.timezone
    ELSE (p_schedule.first_date + (p_number * p_schedule.every_count
      * CASE p_schedule.every_unit WHEN 'week' THEN 7 ELSE 1 END)::integer
      + p_schedule.at_time) AT TIME ZONE p_schedule.timezone
  END
  FROM (SELECT (date_trunc('month', p_schedule.first_date::timestamp)
    + make_interval(months => (p_number * p_schedule.every_count)::integer))::date) AS m (first)
$$;
COMMENT ON FUNCTION census.schedule_moment(p_schedule census.schedule, p_number bigint) IS 'Moment of this number, from 0, of a schedule.';
CREATE FUNCTION census.schema_version() RETURNS integer
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'census', 'pg_temp'
    AS $$SELECT coalesce(max(version), 0) FROM migration$$;
COMMENT ON FUNCTION census.schema_version() IS 'The newest migration applied.';
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
CREATE FUNCTION census.set_retention(p_list text, p_keep_scans integer, p_keep_months integer) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'census', 'pg_temp'
    AS $$
DECLARE
  v_list integer := (SELECT id FROM list WHERE name = p_list);
BEGIN
  IF p_list IS NOT NULL AND v_list IS NULL THEN
    RAISE EXCEPTION 'there is no list named ''%''', p_list USING ERRCODE = 'MX002';
  END IF;
  DELETE FROM retention WHERE list_id IS NOT DISTINCT FROM v_list;
  IF p_keep_scans IS NOT NULL OR p_keep_months IS NOT NULL THEN
    INSERT INTO retention (list_id, keep_scans, keep_months) VALUES (v_list, p_keep_scans, p_keep_months);
  END IF;
END $$;
COMMENT ON FUNCTION census.set_retention(p_list text, p_keep_scans integer, p_keep_months integer) IS 'Sets what is kept of a list, or with NULL of every list without a rule of its own. With both limits NULL everything is.';
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
CREATE TABLE census.chain (
    id bigint NOT NULL,
    certificates bigint[] NOT NULL,
    CONSTRAINT chain_certificates_check CHECK ((cardinality(certificates) > 0))
);
COMMENT ON TABLE census.chain IS 'Every sequence of certificates that a server ever sent, once.';
COMMENT ON COLUMN census.chain.id IS 'Number of the chain.';
COMMENT ON COLUMN census.chain.certificates IS 'Numbers of its certificates as sent: the first is the server''s own.';
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
    shared_from bigint,
    CONSTRAINT probe_result_attempt_check CHECK ((attempt >= 1)),
    CONSTRAINT probe_result_check CHECK (((handshake_failure IS NULL) OR (outcome = 'handshake_failed'::text))),
    CONSTRAINT probe_result_check1 CHECK (((second_look_failure IS NULL) OR second_look)),
    CONSTRAINT probe_result_check2 CHECK (((second_look_chain_id IS NULL) OR second_look)),
    CONSTRAINT probe_result_check3 CHECK (((shared_from IS NULL) OR (final AND conclusive AND (shared_from <> host_id))))
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
COMMENT ON COLUMN census.probe_result.shared_from IS 'The host whose final look at the same address this result was judged from; NULL: from a connection of its own.';
CREATE VIEW census.stored_probe AS
 SELECT r.scan_id,
    r.host_id,
    r.ordinal,
    h.name,
    r.address,
    r.port,
    r.started_at,
    r.attempt,
    r.final,
    r.outcome,
    r.handshake_failure,
    r.findings,
    r.conclusive,
    r.starttls,
    r.verified,
    r.error,
    r.failure,
    r.greeting,
    r.ehlo,
    r.ehlo_refusal,
    r.starttls_reply,
    r.ehlo_tls,
    r.starttls_offered,
    r.masked_keyword,
    r.helo_only,
    r.bare_line_feed,
    r.plaintext_after_starttls,
    r.handshake_step,
    r.tls_version,
    r.cipher,
    r.key_group,
    r.cipher_bits,
    r.dh_bits,
    r.signature_digest,
    r.forward_secrecy,
    r.client_certificate_requested,
    r.ocsp_staple,
    ARRAY[r.connect_ms, r.greeting_ms, r.ehlo_ms, r.starttls_ms, r.handshake_ms, r.ehlo_tls_ms, r.quit_ms] AS durations_ms,
    ( SELECT array_agg(c.der ORDER BY u.place) AS array_agg
           FROM ((census.chain n
             CROSS JOIN LATERAL unnest(n.certificates) WITH ORDINALITY u(id, place))
             JOIN census.certificate c ON ((c.id = u.id)))
          WHERE (n.id = r.chain_id)) AS chain,
    r.second_look,
    r.second_look_failure,
    ( SELECT array_agg(c.der ORDER BY u.place) AS array_agg
           FROM ((census.chain n
             CROSS JOIN LATERAL unnest(n.certificates) WITH ORDINALITY u(id, place))
             JOIN census.certificate c ON ((c.id = u.id)))
          WHERE (n.id = r.second_look_chain_id)) AS second_look_chain
   FROM (census.probe_result r
     JOIN census.mx_host h ON (((h.scan_id = r.scan_id) AND (h.id = r.host_id))));
COMMENT ON VIEW census.stored_probe IS 'Every attempt with all that a judgement needs, and the judgement that was made.';
COMMENT ON COLUMN census.stored_probe.scan_id IS 'The scan.';
COMMENT ON COLUMN census.stored_probe.host_id IS 'The host.';
COMMENT ON COLUMN census.stored_probe.ordinal IS 'Which address of the host, as in host_address.';
COMMENT ON COLUMN census.stored_probe.name IS 'Name of the host.';
COMMENT ON COLUMN census.stored_probe.address IS 'The address that was probed.';
COMMENT ON COLUMN census.stored_probe.port IS 'TCP port.';
COMMENT ON COLUMN census.stored_probe.started_at IS 'When the attempt began, by the worker''s clock.';
COMMENT ON COLUMN census.stored_probe.attempt IS 'Which attempt at this address, from 1.';
COMMENT ON COLUMN census.stored_probe.final IS 'This attempt speaks for its host: at most one does.';
COMMENT ON COLUMN census.stored_probe.outcome IS 'First cause, or trusted: code of outcome.';
COMMENT ON COLUMN census.stored_probe.handshake_failure IS 'Why the handshake failed; only with handshake_failed.';
COMMENT ON COLUMN census.stored_probe.findings IS 'Codes of finding: everything that was found, whatever the outcome.';
COMMENT ON COLUMN census.stored_probe.conclusive IS 'False when the census could not look: blocked, rate-limited, silently dropped.';
COMMENT ON COLUMN census.stored_probe.starttls IS 'Whether the host offers STARTTLS; NULL when that could not be seen.';
COMMENT ON COLUMN census.stored_probe.verified IS 'The certificate is trusted and names the host; NULL without a handshake.';
COMMENT ON COLUMN census.stored_probe.error IS 'One line for people about what went wrong.';
COMMENT ON COLUMN census.stored_probe.failure IS 'What ended the dialogue before its natural end, such as timeout:greeting; NULL when nothing did.';
COMMENT ON COLUMN census.stored_probe.greeting IS 'The greeting: code and lines.';
COMMENT ON COLUMN census.stored_probe.ehlo IS 'The reply to EHLO or HELO.';
COMMENT ON COLUMN census.stored_probe.ehlo_refusal IS 'The refusal of EHLO after which HELO was tried; NULL when EHLO was not refused for good.';
COMMENT ON COLUMN census.stored_probe.starttls_reply IS 'The reply to STARTTLS.';
COMMENT ON COLUMN census.stored_probe.ehlo_tls IS 'The reply to EHLO under TLS.';
COMMENT ON COLUMN census.stored_probe.starttls_offered IS 'Whether EHLO''s answer named STARTTLS; NULL when EHLO was not reached.';
COMMENT ON COLUMN census.stored_probe.masked_keyword IS 'What stood in the place of STARTTLS, such as XXXXXXXA.';
COMMENT ON COLUMN census.stored_probe.helo_only IS 'EHLO was refused and HELO accepted.';
COMMENT ON COLUMN census.stored_probe.bare_line_feed IS 'A reply line ended with LF alone.';
COMMENT ON COLUMN census.stored_probe.plaintext_after_starttls IS 'Bytes that followed the 220 to STARTTLS in the clear.';
COMMENT ON COLUMN census.stored_probe.handshake_step IS 'The newest handshake message read from the server, such as server_hello, or client_hello when none was; NULL when no handshake was begun, or in scans before this column.';
COMMENT ON COLUMN census.stored_probe.tls_version IS 'Such as TLSv1.3.';
COMMENT ON COLUMN census.stored_probe.cipher IS 'Cipher suite, IANA name.';
COMMENT ON COLUMN census.stored_probe.key_group IS 'Key exchange group, such as x25519; NULL without (EC)DHE.';
COMMENT ON COLUMN census.stored_probe.cipher_bits IS 'Security bits of the cipher.';
COMMENT ON COLUMN census.stored_probe.dh_bits IS 'Bits of the server''s ephemeral finite-field Diffie-Hellman key; NULL when it used a curve or none.';
COMMENT ON COLUMN census.stored_probe.signature_digest IS 'Digest with which the server signed the handshake, such as SHA256; NULL when nothing was signed, or the scheme has no digest of its own (Ed25519).';
COMMENT ON COLUMN census.stored_probe.forward_secrecy IS 'The key exchange was ephemeral; NULL without TLS.';
COMMENT ON COLUMN census.stored_probe.client_certificate_requested IS 'The server asked the client for a certificate; NULL without TLS.';
COMMENT ON COLUMN census.stored_probe.ocsp_staple IS 'Stapled OCSP response, DER.';
COMMENT ON COLUMN census.stored_probe.durations_ms IS 'Milliseconds of each step, in the order of the dialogue; NULL for a step that was not begun.';
COMMENT ON COLUMN census.stored_probe.chain IS 'The certificates it sent, DER; NULL when there was no handshake.';
COMMENT ON COLUMN census.stored_probe.second_look IS 'The host was asked once more, without SNI (RFC 6066 §3).';
COMMENT ON COLUMN census.stored_probe.second_look_failure IS 'What ended the second look before its natural end, as in failure; NULL when nothing did, or there was none.';
COMMENT ON COLUMN census.stored_probe.second_look_chain IS 'The certificates it sent without SNI, DER; NULL when it sent none, or there was no second look.';
CREATE FUNCTION census.shared_looks(p_worker bigint, p_scan integer, p_hosts bigint[]) RETURNS SETOF census.stored_probe
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'census', 'pg_temp'
    SET enable_seqscan TO 'off'
    SET jit TO 'off'
    SET max_parallel_workers_per_gather TO '0'
    AS $$
  SELECT p.* FROM stored_probe p
  WHERE p.scan_id = p_scan AND p.host_id = ANY (p_hosts) AND p.final AND EXISTS (
    SELECT FROM address_look k JOIN lane l ON l.scan_id = p_scan AND l.network = politeness_network(k.address)
    WHERE k.scan_id = p_scan AND k.address = p.address AND k.host_id = p.host_id
      AND l.state = 'leased' AND l.worker_id = p_worker)
$$;
COMMENT ON FUNCTION census.shared_looks(p_worker bigint, p_scan integer, p_hosts bigint[]) IS 'The first looks at addresses in lanes that the worker holds, by the hosts for which they were made.';
CREATE FUNCTION census.size_class(p_pending bigint) RETURNS smallint
    LANGUAGE sql IMMUTABLE
    AS $$SELECT floor(ln(greatest(1, p_pending)) / ln(2) + 1e-9)::smallint$$;
COMMENT ON FUNCTION census.size_class(p_pending bigint) IS 'Binary logarithm of the number of pending targets, rounded down.';
CREATE FUNCTION census.start_scheduled_scan(p_schedule census.schedule, p_now timestamp with time zone, OUT scan_id integer, OUT scan_name text) RETURNS record
    LANGUAGE plpgsql
    SET search_path TO 'census', 'pg_temp'
    AS $$
DECLARE
  v_base text := format('%s-%s', p_schedule.name, to_char(p_now AT TIME ZONE p_schedule.timezone, 'YYYY-MM-DD'));
  v_list text;
  v_number integer := 1;
  v_pem bytea;
BEGIN
  -- Not to wait for an import, which locks its list for as long as it lasts.
  SELECT l.name INTO STRICT v_list FROM list l WHERE l.id = p_schedule.list_id FOR SHARE NOWAIT;
  SELECT t.pem INTO STRICT v_pem FROM trust_store t WHERE t.id = p_schedule.trust_store_id;
  LOOP
    scan_name := v_base || CASE WHEN v_number > 1 THEN '-' || v_number ELSE '' END;
    IF NOT EXISTS (SELECT FROM scan s WHERE s.name = scan_name) THEN
      BEGIN
        scan_id := create_scan(scan_name, v_list, p_schedule.settings, v_pem, p_schedule.domain_limit);
        RETURN;
      EXCEPTION WHEN SQLSTATE 'MX003' THEN
        NULL;  -- Somebody took the name meanwhile.
      END;
    END IF;
    v_number := v_number + 1;
  END LOOP;
END $$;
COMMENT ON FUNCTION census.start_scheduled_scan(p_schedule census.schedule, p_now timestamp with time zone, OUT scan_id integer, OUT scan_name text) IS 'Part of the functions below: begins a scan named by the schedule and the date in its time zone, with a number where that is taken.';
CREATE FUNCTION census.stop_leading(p_id bigint) RETURNS void
    LANGUAGE sql
    SET search_path TO 'census', 'pg_temp'
    AS $$
  UPDATE leader SET lead_until = '-infinity' WHERE coordinator_id = p_id;
  DELETE FROM coordinator WHERE id = p_id;
$$;
COMMENT ON FUNCTION census.stop_leading(p_id bigint) IS 'A coordinator ends: another may lead at once.';
CREATE FUNCTION census.stopped_scans(p_scans integer[]) RETURNS integer[]
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'census', 'pg_temp'
    AS $$
  SELECT coalesce(array_agg(k.id ORDER BY k.id), '{}') FROM unnest(p_scans) AS k (id)
  WHERE NOT EXISTS (SELECT FROM scan s WHERE s.id = k.id AND s.state = 'running')
$$;
COMMENT ON FUNCTION census.stopped_scans(p_scans integer[]) IS 'Which of these scans do not run: a worker starts nothing new for them, and hands back what it has not begun.';
CREATE FUNCTION census.take_lanes(p_scan integer, p_worker bigint, p_max integer, p_request bigint) RETURNS bigint[]
    LANGUAGE plpgsql
    SET search_path TO 'census', 'pg_temp'
    SET enable_seqscan TO 'off'
    SET jit TO 'off'
    SET max_parallel_workers_per_gather TO '0'
    AS $$
DECLARE
  v_taken bigint[] := '{}';
  v_picked bigint[];
  v_start integer := floor(random() * lane_slots());
  v_class smallint := 32767;
  v_from smallint;
  v_to smallint;
BEGIN
  LOOP
    -- The next smaller class that has ready lanes: one index probe, however many lanes there are.
    SELECT l.size_class + l.slowdown INTO v_class FROM lane l
    WHERE l.scan_id = p_scan AND l.state = 'ready' AND l.size_class + l.slowdown < v_class
    ORDER BY l.size_class + l.slowdown DESC LIMIT 1;
    EXIT WHEN NOT FOUND;
    FOR v_from, v_to IN VALUES (v_start, 32767), (0, v_start - 1) LOOP
      v_picked := ARRAY(
        SELECT l.id FROM lane l
        WHERE l.scan_id = p_scan AND l.state = 'ready' AND l.size_class + l.slowdown = v_class
          AND l.slot BETWEEN v_from AND v_to AND l.ready_at <= now()
        ORDER BY l.slot, l.ready_at LIMIT p_max - cardinality(v_taken) FOR UPDATE SKIP LOCKED);
      IF cardinality(v_picked) > 0 THEN
        v_taken := v_taken || lease_picked_lanes(p_scan, p_worker, p_request, v_picked);
      END IF;
      IF cardinality(v_taken) >= p_max THEN
        RETURN v_taken;
      END IF;
    END LOOP;
  END LOOP;
  RETURN v_taken;
END $$;
COMMENT ON FUNCTION census.take_lanes(p_scan integer, p_worker bigint, p_max integer, p_request bigint) IS 'Part of lease_lanes: leases ready lanes of one scan.';
CREATE FUNCTION census.time_zone_name(p_name text) RETURNS text
    LANGUAGE plpgsql STABLE
    SET search_path TO 'census', 'pg_temp'
    AS $_$
DECLARE
  v_name text;
  v_similar text;
BEGIN
  SELECT z.name INTO v_name FROM pg_timezone_names z
  WHERE lower(z.name) = lower(p_name) AND z.name NOT IN ('localtime', 'posixrules')
  ORDER BY z.name = p_name DESC, z.name LIMIT 1;
  IF FOUND THEN
    RETURN v_name;
  END IF;
  SELECT string_agg(s.name, ', ') INTO v_similar FROM (
    SELECT z.name FROM pg_timezone_names z
    WHERE length(p_name) >= 3 AND strpos(lower(z.name), replace(lower(p_name), ' ', '_')) > 0
      AND z.name !~ '^(posix|right)/|^(localtime|posixrules)$'
    ORDER BY length(z.name), z.name LIMIT 3) AS s;
  RAISE EXCEPTION 'there is no time zone named ''%''; %', p_name,
    coalesce('similar: ' || v_similar, 'names are those of the IANA database, such as Europe/Zurich or UTC')
    USING ERRCODE = 'MX006';
END $_$;
COMMENT ON FUNCTION census.time_zone_name(p_name text) IS 'A time zone as pg_timezone_names spells it, whatever the case. MX006: there is none of this name.';
CREATE FUNCTION census.unfinished_scan_of(p_schedule integer) RETURNS text
    LANGUAGE sql STABLE
    SET search_path TO 'census', 'pg_temp'
    AS $$
  SELECT s.name FROM schedule_run r JOIN scan s ON s.id = r.scan_id
  WHERE r.schedule_id = p_schedule AND s.finished_at IS NULL
  ORDER BY r.id DESC LIMIT 1
$$;
COMMENT ON FUNCTION census.unfinished_scan_of(p_schedule integer) IS 'Name of the scan of a schedule that has not ended; NULL when all have.';
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
COMMENT ON FUNCTION census.write_probes(p_scan integer, p_held bigint[], p_results census.probe_record[], p_certificates census.certificate_record[]) IS 'Part of complete_lanes: results, follow-up targets and counters of locked lanes.';
CREATE TABLE census.address_look (
    host_id bigint NOT NULL,
    scan_id integer NOT NULL,
    unchecked integer DEFAULT 0 NOT NULL,
    checks integer DEFAULT 0 NOT NULL,
    voided integer DEFAULT 0 NOT NULL,
    state text NOT NULL COLLATE pg_catalog."C",
    address inet NOT NULL,
    CONSTRAINT address_look_checks_check CHECK ((checks >= 0)),
    CONSTRAINT address_look_state_check CHECK ((state = ANY (ARRAY['single'::text, 'independent'::text, 'dependent'::text]))),
    CONSTRAINT address_look_unchecked_check CHECK ((unchecked >= 0)),
    CONSTRAINT address_look_voided_check CHECK ((voided >= 0))
)
PARTITION BY LIST (scan_id);
COMMENT ON TABLE census.address_look IS 'What is known of addresses that several host names of a scan share; empty in scans that share no looks.';
COMMENT ON COLUMN census.address_look.host_id IS 'The host for which the first look was made.';
COMMENT ON COLUMN census.address_look.scan_id IS 'The scan.';
COMMENT ON COLUMN census.address_look.unchecked IS 'Results shared since the last check.';
COMMENT ON COLUMN census.address_look.checks IS 'Looks that were compared with the first one, the deciding one included.';
COMMENT ON COLUMN census.address_look.voided IS 'Shared results that were taken back.';
COMMENT ON COLUMN census.address_look.state IS 'single: one look so far; independent: the name asked for does not matter; dependent: it does, or may.';
COMMENT ON COLUMN census.address_look.address IS 'The address.';
ALTER TABLE census.certificate ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME census.certificate_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
ALTER TABLE census.chain ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME census.chain_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE census.coordinator (
    id bigint NOT NULL,
    name text NOT NULL,
    seen_until timestamp with time zone NOT NULL,
    registered_at timestamp with time zone DEFAULT now() NOT NULL
)
WITH (fillfactor='50');
COMMENT ON TABLE census.coordinator IS 'Coordinators that run, or ran in the last day.';
COMMENT ON COLUMN census.coordinator.id IS 'A random number that the process chose.';
COMMENT ON COLUMN census.coordinator.name IS 'For people: host and process.';
COMMENT ON COLUMN census.coordinator.seen_until IS 'After this moment it counts as gone.';
COMMENT ON COLUMN census.coordinator.registered_at IS 'When it began.';
CREATE TABLE census.leader (
    single boolean DEFAULT true NOT NULL,
    coordinator_id bigint,
    term bigint DEFAULT 0 NOT NULL,
    lead_until timestamp with time zone DEFAULT '-infinity'::timestamp with time zone NOT NULL,
    since timestamp with time zone,
    CONSTRAINT leader_single_check CHECK (single)
)
WITH (fillfactor='50');
COMMENT ON TABLE census.leader IS 'The one coordinator that leads: a single row.';
COMMENT ON COLUMN census.leader.single IS 'True: there is one row.';
COMMENT ON COLUMN census.leader.coordinator_id IS 'Who leads, or led last; NULL before the first.';
COMMENT ON COLUMN census.leader.term IS 'Grows by one with each change of the leader.';
COMMENT ON COLUMN census.leader.lead_until IS 'From this moment on another coordinator may lead.';
COMMENT ON COLUMN census.leader.since IS 'When the present term began.';
CREATE VIEW census.coordinator_state AS
 SELECT c.name,
    c.registered_at,
    (c.seen_until > now()) AS alive,
    COALESCE(((l.coordinator_id = c.id) AND (l.lead_until > now())), false) AS leads,
        CASE
            WHEN (l.coordinator_id = c.id) THEN l.since
            ELSE NULL::timestamp with time zone
        END AS leads_since
   FROM (census.coordinator c
     LEFT JOIN census.leader l ON (true));
COMMENT ON VIEW census.coordinator_state IS 'Coordinators, and which of them leads.';
COMMENT ON COLUMN census.coordinator_state.name IS 'For people: host and process.';
COMMENT ON COLUMN census.coordinator_state.registered_at IS 'When it began.';
COMMENT ON COLUMN census.coordinator_state.alive IS 'It was heard of a few seconds ago.';
COMMENT ON COLUMN census.coordinator_state.leads IS 'It is the one that leads.';
COMMENT ON COLUMN census.coordinator_state.leads_since IS 'When its term began; NULL when it is not the present or last leader.';
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
CREATE TABLE census.domain_change (
    domain_id bigint NOT NULL,
    since timestamp with time zone NOT NULL,
    scan_id integer NOT NULL,
    change text NOT NULL COLLATE pg_catalog."C",
    condition text NOT NULL COLLATE pg_catalog."C",
    CONSTRAINT domain_change_change_check CHECK ((change = ANY (ARRAY['appeared'::text, 'gone'::text, 'fixed'::text, 'broke'::text, 'still_broken'::text, 'unseen'::text]))),
    CONSTRAINT domain_change_condition_check CHECK ((condition = ANY (ARRAY['good'::text, 'broken'::text])))
)
PARTITION BY LIST (scan_id);
COMMENT ON TABLE census.domain_change IS 'What changed at domains since the scan before, and conditions that stand unseen.';
COMMENT ON COLUMN census.domain_change.domain_id IS 'The domain.';
COMMENT ON COLUMN census.domain_change.since IS 'Begin of the first scan that found the domain in this condition; of this scan, when it is gone.';
COMMENT ON COLUMN census.domain_change.scan_id IS 'The scan.';
COMMENT ON COLUMN census.domain_change.change IS 'appeared, gone, fixed, broke or still_broken; unseen: the condition stands from before.';
COMMENT ON COLUMN census.domain_change.condition IS 'good or broken: now, or before it was gone.';
CREATE TABLE census.domain_result (
    domain_id bigint NOT NULL,
    weight double precision NOT NULL,
    scan_id integer NOT NULL,
    dnssec census.dnssec_status NOT NULL,
    failure census.dns_failure,
    status text NOT NULL COLLATE pg_catalog."C",
    mx_hosts bigint[] DEFAULT '{}'::bigint[] NOT NULL,
    mx_preferences integer[] DEFAULT '{}'::integer[] NOT NULL,
    CONSTRAINT domain_result_check CHECK (((failure IS NULL) OR (status = 'dns_failure'::text))),
    CONSTRAINT domain_result_check1 CHECK (((cardinality(mx_preferences) = cardinality(mx_hosts)) AND (0 <= ALL (mx_preferences)) AND (65535 >= ALL (mx_preferences)))),
    CONSTRAINT domain_result_mx_hosts_check CHECK ((array_position(mx_hosts, NULL::bigint) IS NULL))
)
PARTITION BY LIST (scan_id);
COMMENT ON TABLE census.domain_result IS 'What DNS said about each domain of a scan: exactly one row a domain once the scan is finished.';
COMMENT ON COLUMN census.domain_result.domain_id IS 'Number of the domain in the scan''s list.';
COMMENT ON COLUMN census.domain_result.weight IS 'Weight of the domain when it was resolved.';
COMMENT ON COLUMN census.domain_result.scan_id IS 'The scan.';
COMMENT ON COLUMN census.domain_result.dnssec IS 'DNSSEC status of the MX answer.';
COMMENT ON COLUMN census.domain_result.failure IS 'Which DNS failure, when status is dns_failure; NULL with dns_failure: its batch was given up.';
COMMENT ON COLUMN census.domain_result.status IS 'Code of domain_status_code.';
COMMENT ON COLUMN census.domain_result.mx_hosts IS 'Its MX hosts, by preference, then name; itself when it has an address and no MX.';
COMMENT ON COLUMN census.domain_result.mx_preferences IS 'Preference of each: lower is used first. 0 when the domain has no MX.';
CREATE VIEW census.domain_mx AS
 SELECT r.domain_id,
    m.host_id,
    r.scan_id,
    m.preference,
    (m.ordinal)::smallint AS ordinal
   FROM census.domain_result r,
    LATERAL UNNEST(r.mx_hosts, r.mx_preferences) WITH ORDINALITY m(host_id, preference, ordinal);
COMMENT ON VIEW census.domain_mx IS 'The MX hosts of each domain, a row each. A domain without MX but with an address is its own, with preference 0.';
COMMENT ON COLUMN census.domain_mx.domain_id IS 'The domain.';
COMMENT ON COLUMN census.domain_mx.host_id IS 'The MX host.';
COMMENT ON COLUMN census.domain_mx.scan_id IS 'The scan.';
COMMENT ON COLUMN census.domain_mx.preference IS 'Preference of the MX record: lower is used first.';
COMMENT ON COLUMN census.domain_mx.ordinal IS 'Place in the order by preference, then name, from 1.';
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
    previous_scan_id integer,
    CONSTRAINT scan_check CHECK (((state = ANY (ARRAY['finished'::text, 'cancelled'::text])) = (finished_at IS NOT NULL))),
    CONSTRAINT scan_domains_check CHECK ((domains >= 0)),
    CONSTRAINT scan_name_check CHECK ((name <> ''::text)),
    CONSTRAINT scan_state_check CHECK ((state = ANY (ARRAY['running'::text, 'paused'::text, 'cancelling'::text, 'finished'::text, 'cancelled'::text])))
);
COMMENT ON TABLE census.scan IS 'One scan of one list.';
COMMENT ON COLUMN census.scan.id IS 'Number of the scan.';
COMMENT ON COLUMN census.scan.name IS 'Name of the scan.';
COMMENT ON COLUMN census.scan.list_id IS 'The list that is scanned.';
COMMENT ON COLUMN census.scan.state IS 'running; paused (nothing is leased); cancelling (nothing is leased, and it ends with its last lease); finished or cancelled.';
COMMENT ON COLUMN census.scan.settings IS 'Everything that decides what the scan finds: port, deadlines, limits, policy …';
COMMENT ON COLUMN census.scan.trust_store_id IS 'The authorities it trusts.';
COMMENT ON COLUMN census.scan.domains IS 'It covers the domains 1 to this number of its list, as the list was when the scan began.';
COMMENT ON COLUMN census.scan.lane_gap IS 'How long a network rests between two leases: one over its rate, so that the rate holds across leases.';
COMMENT ON COLUMN census.scan.reclaim_gap IS 'How long a network rests after its lease was taken back from a worker that vanished.';
COMMENT ON COLUMN census.scan.created_at IS 'When it began.';
COMMENT ON COLUMN census.scan.finished_at IS 'When it was finished or cancelled; NULL before.';
COMMENT ON COLUMN census.scan.rolled_up_at IS 'When its summary tables were computed last; NULL before.';
COMMENT ON COLUMN census.scan.previous_scan_id IS 'The scan with which its changes were computed; NULL before it is finished, and for the first of a list.';
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
    (cardinality(r.mx_hosts))::bigint AS mx_hosts
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
CREATE VIEW census.expiring_soon AS
 SELECT s.id AS scan_id,
    s.name AS scan,
    l.name AS list,
    k.id AS certificate_id,
    k.subject,
    k.issuer,
    k.not_after,
    n.before AS next_scan,
    count(*) AS hosts,
    (COALESCE(sum(d.domains), (0)::numeric))::bigint AS domains,
    COALESCE(sum(d.volume), (0)::double precision) AS volume,
    min(h.name) AS example_host
   FROM (((((((census.list l
     JOIN LATERAL ( SELECT x.id,
            x.name
           FROM census.scan x
          WHERE ((x.list_id = l.id) AND (x.state = 'finished'::text))
          ORDER BY x.id DESC
         LIMIT 1) s ON (true))
     JOIN LATERAL ( SELECT COALESCE(min(c_1.next_at), (now() + '30 days'::interval)) AS before
           FROM census.schedule c_1
          WHERE ((c_1.list_id = l.id) AND (NOT c_1.paused))) n ON (true))
     JOIN census.probe_result r ON (((r.scan_id = s.id) AND r.final AND (r.outcome = 'trusted'::text))))
     JOIN census.chain c ON ((c.id = r.chain_id)))
     JOIN census.certificate k ON (((k.id = c.certificates[1]) AND (k.not_after < n.before))))
     JOIN census.mx_host h ON (((h.scan_id = s.id) AND (h.id = r.host_id))))
     LEFT JOIN ( SELECT v.scan_id,
            v.primary_host_id,
            count(*) AS domains,
            sum(t.weight) AS volume
           FROM (census.domain_verdict v
             JOIN census.domain_result t ON (((t.scan_id = v.scan_id) AND (t.domain_id = v.domain_id))))
          GROUP BY v.scan_id, v.primary_host_id) d ON (((d.scan_id = s.id) AND (d.primary_host_id = h.id))))
  GROUP BY s.id, s.name, l.name, k.id, k.subject, k.issuer, k.not_after, n.before;
COMMENT ON VIEW census.expiring_soon IS 'Certificates of hosts with trusted TLS in the latest finished scan of each list that expire before the next scheduled scan of the list, or within 30 days where none is scheduled.';
COMMENT ON COLUMN census.expiring_soon.scan_id IS 'Number of the scan.';
COMMENT ON COLUMN census.expiring_soon.scan IS 'Name of the scan.';
COMMENT ON COLUMN census.expiring_soon.list IS 'Name of the list.';
COMMENT ON COLUMN census.expiring_soon.certificate_id IS 'Number of the server''s own certificate.';
COMMENT ON COLUMN census.expiring_soon.subject IS 'Its subject, escaped.';
COMMENT ON COLUMN census.expiring_soon.issuer IS 'Its issuer, escaped.';
COMMENT ON COLUMN census.expiring_soon.not_after IS 'When it expires, or has expired since the scan.';
COMMENT ON COLUMN census.expiring_soon.next_scan IS 'The next scheduled scan of the list; 30 days from now where there is none.';
COMMENT ON COLUMN census.expiring_soon.hosts IS 'MX hosts that showed it.';
COMMENT ON COLUMN census.expiring_soon.domains IS 'Domains whose primary MX host is one of them.';
COMMENT ON COLUMN census.expiring_soon.volume IS 'Mail volume of those domains.';
COMMENT ON COLUMN census.expiring_soon.example_host IS 'One of the hosts.';
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
CREATE TABLE census.host_change (
    since timestamp with time zone NOT NULL,
    scan_id integer NOT NULL,
    change text NOT NULL COLLATE pg_catalog."C",
    condition text NOT NULL COLLATE pg_catalog."C",
    host text NOT NULL COLLATE pg_catalog."C",
    CONSTRAINT host_change_change_check CHECK ((change = ANY (ARRAY['appeared'::text, 'gone'::text, 'fixed'::text, 'broke'::text, 'still_broken'::text, 'unseen'::text]))),
    CONSTRAINT host_change_condition_check CHECK ((condition = ANY (ARRAY['good'::text, 'broken'::text])))
)
PARTITION BY LIST (scan_id);
COMMENT ON TABLE census.host_change IS 'What changed at MX hosts since the scan before, and conditions that stand unseen.';
COMMENT ON COLUMN census.host_change.since IS 'Begin of the first scan that found the host in this condition; of this scan, when it is gone.';
COMMENT ON COLUMN census.host_change.scan_id IS 'The scan.';
COMMENT ON COLUMN census.host_change.change IS 'appeared, gone, fixed, broke or still_broken; unseen: the condition stands from before.';
COMMENT ON COLUMN census.host_change.condition IS 'good or broken: now, or before it was gone.';
COMMENT ON COLUMN census.host_change.host IS 'Name of the host.';
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
        END AS second_look,
    (r.shared_from IS NOT NULL) AS shared
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
COMMENT ON COLUMN census.host_result.shared IS 'Judged from the look of another host at the same address: no connection of its own.';
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
COMMENT ON COLUMN census.lane.size_class IS 'Binary logarithm of pending. With the slowdown added: lanes that take longest are leased first.';
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
CREATE VIEW census.lane_state AS
 SELECT s.id AS scan_id,
    s.name AS scan,
    l.network,
    l.state,
    l.pending,
    l.targets_done AS done,
    l.slowdown,
    (((s.settings #>> '{limits,rate}'::text[]))::double precision / ((1 << (l.slowdown)::integer))::double precision) AS rate,
    GREATEST(1, (((s.settings #>> '{limits,connections}'::text[]))::integer >> (l.slowdown)::integer)) AS connections,
    make_interval(secs => (((l.pending * (1 << (l.slowdown)::integer)))::double precision / ((s.settings #>> '{limits,rate}'::text[]))::double precision)) AS remaining,
    l.ready_at,
    w.name AS worker,
    l.attempts,
    l.last_error
   FROM ((census.lane l
     JOIN census.scan s ON ((s.id = l.scan_id)))
     LEFT JOIN census.worker w ON ((w.id = l.worker_id)));
COMMENT ON VIEW census.lane_state IS 'Networks of each scan: how much is left in them, and at which pace.';
COMMENT ON COLUMN census.lane_state.scan_id IS 'Number of the scan.';
COMMENT ON COLUMN census.lane_state.scan IS 'Name of the scan.';
COMMENT ON COLUMN census.lane_state.network IS 'The network: a /24 or /48.';
COMMENT ON COLUMN census.lane_state.state IS 'ready, leased, idle (nothing pending) or dead.';
COMMENT ON COLUMN census.lane_state.pending IS 'Host addresses that remain to be probed.';
COMMENT ON COLUMN census.lane_state.done IS 'Host addresses done.';
COMMENT ON COLUMN census.lane_state.slowdown IS 'Back-off: rate and connections are the scan''s, divided by two to this power.';
COMMENT ON COLUMN census.lane_state.rate IS 'New connections per second at that pace.';
COMMENT ON COLUMN census.lane_state.connections IS 'Connections open at once at that pace.';
COMMENT ON COLUMN census.lane_state.remaining IS 'How long the rest takes at least, at that pace.';
COMMENT ON COLUMN census.lane_state.ready_at IS 'When it is due, if ready.';
COMMENT ON COLUMN census.lane_state.worker IS 'Who holds it; NULL when nobody does.';
COMMENT ON COLUMN census.lane_state.attempts IS 'Leases in a row that ended without a result.';
COMMENT ON COLUMN census.lane_state.last_error IS 'Why the latest of them did.';
ALTER TABLE census.list ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME census.list_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE VIEW census.look_sharing AS
 SELECT s.id AS scan_id,
    s.name AS scan,
    ((s.settings ->> 'sharedLookCheck'::text))::double precision AS check_share,
    k.addresses,
    k.independent,
    k.dependent,
    k.checks,
    k.voided,
    ( SELECT count(*) AS count
           FROM census.probe_result r
          WHERE ((r.scan_id = s.id) AND (r.shared_from IS NOT NULL))) AS shared_hosts
   FROM (census.scan s
     CROSS JOIN LATERAL ( SELECT count(*) AS addresses,
            count(*) FILTER (WHERE (a.state = 'independent'::text)) AS independent,
            count(*) FILTER (WHERE (a.state = 'dependent'::text)) AS dependent,
            COALESCE(sum(a.checks), (0)::bigint) AS checks,
            COALESCE(sum(a.voided), (0)::bigint) AS voided
           FROM census.address_look a
          WHERE (a.scan_id = s.id)) k)
  WHERE ((s.settings ->> 'sharedLookCheck'::text) IS NOT NULL);
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
CREATE VIEW census.ready_work AS
 SELECT ( SELECT count(*) AS count
           FROM census.scan
          WHERE (scan.state = 'running'::text)) AS scans_running,
    ( SELECT count(*) AS count
           FROM (census.resolve_batch b
             JOIN census.scan s ON (((s.id = b.scan_id) AND (s.state = 'running'::text))))
          WHERE ((b.state = 'ready'::text) AND (b.ready_at <= now()))) AS resolve_batches_ready,
    ( SELECT count(*) AS count
           FROM (census.lane l
             JOIN census.scan s ON (((s.id = l.scan_id) AND (s.state = 'running'::text))))
          WHERE ((l.state = 'ready'::text) AND (l.ready_at <= now()))) AS lanes_ready;
COMMENT ON VIEW census.ready_work IS 'What could be leased at this moment: more workers help while it is not small.';
COMMENT ON COLUMN census.ready_work.scans_running IS 'Scans that run.';
COMMENT ON COLUMN census.ready_work.resolve_batches_ready IS 'Resolve batches that are due.';
COMMENT ON COLUMN census.ready_work.lanes_ready IS 'Lanes that are due.';
CREATE TABLE census.retention (
    list_id integer,
    keep_scans integer,
    keep_months integer,
    CONSTRAINT retention_check CHECK (((keep_scans IS NOT NULL) OR (keep_months IS NOT NULL))),
    CONSTRAINT retention_keep_months_check CHECK ((keep_months >= 1)),
    CONSTRAINT retention_keep_scans_check CHECK ((keep_scans >= 1))
);
COMMENT ON TABLE census.retention IS 'How many scans of a list are kept. Without a row everything is.';
COMMENT ON COLUMN census.retention.list_id IS 'The list; NULL: every list without a row of its own.';
COMMENT ON COLUMN census.retention.keep_scans IS 'So many ended scans of the list are kept; NULL: no such limit.';
COMMENT ON COLUMN census.retention.keep_months IS 'Scans that ended so many months ago are not kept; NULL: no such limit.';
CREATE VIEW census.scan_change AS
 SELECT s.id AS scan_id,
    s.name AS scan,
    s.previous_scan_id,
    'host'::text AS kind,
    c.host AS name,
    c.change,
    c.since,
    h.outcome AS now,
    h.provider
   FROM ((census.scan s
     JOIN census.host_change c ON ((c.scan_id = s.id)))
     LEFT JOIN census.host_result h ON (((h.scan_id = s.id) AND (h.host = c.host))))
  WHERE ((s.previous_scan_id IS NOT NULL) AND (c.change <> 'unseen'::text))
UNION ALL
 SELECT s.id AS scan_id,
    s.name AS scan,
    s.previous_scan_id,
    'domain'::text AS kind,
    d.name,
    c.change,
    c.since,
    v.verdict AS now,
    NULL::text AS provider
   FROM (((census.scan s
     JOIN census.domain_change c ON ((c.scan_id = s.id)))
     JOIN census.domain d ON (((d.list_id = s.list_id) AND (d.id = c.domain_id))))
     LEFT JOIN census.domain_verdict v ON (((v.scan_id = s.id) AND (v.domain_id = c.domain_id))))
  WHERE ((s.previous_scan_id IS NOT NULL) AND (c.change <> 'unseen'::text));
COMMENT ON VIEW census.scan_change IS 'What changed between a finished scan and the one before of the same list, for each MX host and each domain. V0018 says what each change means.';
COMMENT ON COLUMN census.scan_change.scan_id IS 'Number of the scan.';
COMMENT ON COLUMN census.scan_change.scan IS 'Name of the scan.';
COMMENT ON COLUMN census.scan_change.previous_scan_id IS 'The scan that it is compared with; it may have been removed since.';
COMMENT ON COLUMN census.scan_change.kind IS 'host or domain.';
COMMENT ON COLUMN census.scan_change.name IS 'Name of the host or domain.';
COMMENT ON COLUMN census.scan_change.change IS 'appeared, gone, fixed, broke or still_broken.';
COMMENT ON COLUMN census.scan_change.since IS 'Begin of the first scan that found it so.';
COMMENT ON COLUMN census.scan_change.now IS 'Outcome of the host, or verdict of the domain, in this scan; NULL when it is gone.';
COMMENT ON COLUMN census.scan_change.provider IS 'Of a host: registered domain by the public suffix list.';
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
CREATE VIEW census.scan_trend AS
 SELECT t.scan_id,
    t.scan,
    t.list,
    t.started_at,
    t.finished_at,
    t.domains,
    t.hosts,
    t.seen_hosts,
    t.unseen_hosts,
    t.starttls_hosts,
    t.starttls_percent,
    t.trusted_hosts,
    round(((100.0 * t.trusted_hosts) / NULLIF(t.hosts, (0)::numeric)), 1) AS trusted_percent,
    t.failed_percent,
    (t.starttls_percent - lag(t.starttls_percent) OVER of_list) AS starttls_percent_change,
    (round(((100.0 * t.trusted_hosts) / NULLIF(t.hosts, (0)::numeric)), 1) - lag(round(((100.0 * t.trusted_hosts) / NULLIF(t.hosts, (0)::numeric)), 1)) OVER of_list) AS trusted_percent_change,
    c.appeared_hosts,
    c.gone_hosts,
    c.fixed_hosts,
    c.broke_hosts,
    c.still_broken_hosts
   FROM ((census.scan_summary t
     JOIN census.scan s ON ((s.id = t.scan_id)))
     LEFT JOIN LATERAL ( SELECT count(*) FILTER (WHERE (x.change = 'appeared'::text)) AS appeared_hosts,
            count(*) FILTER (WHERE (x.change = 'gone'::text)) AS gone_hosts,
            count(*) FILTER (WHERE (x.change = 'fixed'::text)) AS fixed_hosts,
            count(*) FILTER (WHERE (x.change = 'broke'::text)) AS broke_hosts,
            count(*) FILTER (WHERE (x.change = 'still_broken'::text)) AS still_broken_hosts
           FROM census.host_change x
          WHERE (x.scan_id = s.id)) c ON ((s.previous_scan_id IS NOT NULL)))
  WHERE (s.state = 'finished'::text)
  WINDOW of_list AS (PARTITION BY s.list_id ORDER BY s.id);
COMMENT ON VIEW census.scan_trend IS 'One row a finished scan: how the figures of a list move from scan to scan.';
COMMENT ON COLUMN census.scan_trend.scan_id IS 'Number of the scan.';
COMMENT ON COLUMN census.scan_trend.scan IS 'Name of the scan.';
COMMENT ON COLUMN census.scan_trend.list IS 'Name of its list.';
COMMENT ON COLUMN census.scan_trend.started_at IS 'When it began.';
COMMENT ON COLUMN census.scan_trend.finished_at IS 'When it ended.';
COMMENT ON COLUMN census.scan_trend.domains IS 'Domains resolved.';
COMMENT ON COLUMN census.scan_trend.hosts IS 'Unique MX hosts.';
COMMENT ON COLUMN census.scan_trend.seen_hosts IS 'MX hosts of which it is known whether they offer STARTTLS.';
COMMENT ON COLUMN census.scan_trend.unseen_hosts IS 'MX hosts that could not be looked at.';
COMMENT ON COLUMN census.scan_trend.starttls_hosts IS 'MX hosts that offer STARTTLS.';
COMMENT ON COLUMN census.scan_trend.starttls_percent IS 'Those in percent of all unique MX hosts.';
COMMENT ON COLUMN census.scan_trend.trusted_hosts IS 'MX hosts with trusted TLS.';
COMMENT ON COLUMN census.scan_trend.trusted_percent IS 'Those in percent of all unique MX hosts.';
COMMENT ON COLUMN census.scan_trend.failed_percent IS 'Hosts that offer STARTTLS and certainly give no trusted TLS, in percent of those that offer it.';
COMMENT ON COLUMN census.scan_trend.starttls_percent_change IS 'Percentage points since the scan before of the list; NULL for the first.';
COMMENT ON COLUMN census.scan_trend.trusted_percent_change IS 'Percentage points since the scan before of the list; NULL for the first.';
COMMENT ON COLUMN census.scan_trend.appeared_hosts IS 'MX hosts seen for the first time; NULL, as the next ones, for the first scan of a list.';
COMMENT ON COLUMN census.scan_trend.gone_hosts IS 'MX hosts that are no longer there.';
COMMENT ON COLUMN census.scan_trend.fixed_hosts IS 'MX hosts with trusted TLS that had none before.';
COMMENT ON COLUMN census.scan_trend.broke_hosts IS 'MX hosts without trusted TLS that had it before.';
COMMENT ON COLUMN census.scan_trend.still_broken_hosts IS 'MX hosts without trusted TLS, now as before.';
ALTER TABLE census.schedule ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME census.schedule_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
ALTER TABLE census.schedule_run ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME census.schedule_run_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE VIEW census.schedule_state AS
 SELECT s.name,
    l.name AS list,
    s.every_count,
    s.every_unit,
    s.at_day,
    s.at_time,
    s.timezone,
    s.paused,
        CASE
            WHEN (NOT s.paused) THEN s.next_at
            ELSE NULL::timestamp with time zone
        END AS next_at,
    census.unfinished_scan_of(s.id) AS running_scan,
    r.due_at AS last_due_at,
    r.result AS last_result,
    r.scan_name AS last_scan,
    r.reason AS last_reason
   FROM ((census.schedule s
     JOIN census.list l ON ((l.id = s.list_id)))
     LEFT JOIN LATERAL ( SELECT r_1.id,
            r_1.schedule_id,
            r_1.due_at,
            r_1.started_at,
            r_1.by_hand,
            r_1.result,
            r_1.missed,
            r_1.scan_id,
            r_1.scan_name,
            r_1.reason
           FROM census.schedule_run r_1
          WHERE (r_1.schedule_id = s.id)
          ORDER BY r_1.id DESC
         LIMIT 1) r ON (true));
COMMENT ON VIEW census.schedule_state IS 'Schedules, when they run next, and what became of their latest run.';
COMMENT ON COLUMN census.schedule_state.name IS 'Name of the schedule.';
COMMENT ON COLUMN census.schedule_state.list IS 'The list that is scanned.';
COMMENT ON COLUMN census.schedule_state.every_count IS 'Every so many …';
COMMENT ON COLUMN census.schedule_state.every_unit IS '… of these: hour, day, week or month.';
COMMENT ON COLUMN census.schedule_state.at_day IS 'Day of the week from 1 (Monday), or of the month; NULL of hours and days.';
COMMENT ON COLUMN census.schedule_state.at_time IS 'Time of the day.';
COMMENT ON COLUMN census.schedule_state.timezone IS 'Time zone of the day and time.';
COMMENT ON COLUMN census.schedule_state.paused IS 'It starts nothing.';
COMMENT ON COLUMN census.schedule_state.next_at IS 'When it runs next; NULL while paused.';
COMMENT ON COLUMN census.schedule_state.running_scan IS 'Its scan that has not ended; NULL when there is none.';
COMMENT ON COLUMN census.schedule_state.last_due_at IS 'Moment of the latest run; NULL before the first.';
COMMENT ON COLUMN census.schedule_state.last_result IS 'started, skipped or failed.';
COMMENT ON COLUMN census.schedule_state.last_scan IS 'Name of the scan that it started.';
COMMENT ON COLUMN census.schedule_state.last_reason IS 'Why it was skipped or failed.';
CREATE TABLE census.summary_look (
    scan_id integer NOT NULL,
    source text NOT NULL COLLATE pg_catalog."C",
    hosts bigint NOT NULL,
    domains bigint NOT NULL,
    volume double precision NOT NULL,
    CONSTRAINT summary_look_source_check CHECK ((source = ANY (ARRAY['own'::text, 'shared'::text])))
);
COMMENT ON TABLE census.summary_look IS 'Roll-up of scans that share looks: probed MX hosts by where their result comes from.';
COMMENT ON COLUMN census.summary_look.scan_id IS 'The scan.';
COMMENT ON COLUMN census.summary_look.source IS 'own: a connection for this host; shared: the look of another host at the same address.';
COMMENT ON COLUMN census.summary_look.hosts IS 'MX hosts.';
COMMENT ON COLUMN census.summary_look.domains IS 'Domains whose primary MX host is one of them.';
COMMENT ON COLUMN census.summary_look.volume IS 'Mail volume of those domains.';
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
CREATE TABLE census.unused_chain (
    id bigint NOT NULL,
    found_at timestamp with time zone NOT NULL
);
COMMENT ON TABLE census.unused_chain IS 'Chains that no result referred to when they were noted.';
COMMENT ON COLUMN census.unused_chain.id IS 'The chain.';
COMMENT ON COLUMN census.unused_chain.found_at IS 'When it was noted.';
ALTER TABLE census.worker ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME census.worker_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE VIEW census.worker_state AS
 SELECT w.id AS worker_id,
    w.name,
    w.state,
    w.registered_at,
    w.ended_at,
    w.lease_until,
    ( SELECT count(*) AS count
           FROM census.resolve_batch b
          WHERE ((b.state = 'leased'::text) AND (b.worker_id = w.id))) AS resolve_batches,
    ( SELECT count(*) AS count
           FROM census.lane l
          WHERE ((l.state = 'leased'::text) AND (l.worker_id = w.id))) AS lanes
   FROM census.worker w;
COMMENT ON VIEW census.worker_state IS 'Workers of the last week, and what they hold.';
COMMENT ON COLUMN census.worker_state.worker_id IS 'Number of the incarnation.';
COMMENT ON COLUMN census.worker_state.name IS 'For people: host and process.';
COMMENT ON COLUMN census.worker_state.state IS 'active, retired or lost.';
COMMENT ON COLUMN census.worker_state.registered_at IS 'When it began.';
COMMENT ON COLUMN census.worker_state.ended_at IS 'When it was retired or lost; NULL while active.';
COMMENT ON COLUMN census.worker_state.lease_until IS 'After this moment its leases may be taken back.';
COMMENT ON COLUMN census.worker_state.resolve_batches IS 'Resolve batches that it holds.';
COMMENT ON COLUMN census.worker_state.lanes IS 'Lanes that it holds.';
ALTER TABLE ONLY census.address_look
    ADD CONSTRAINT address_look_pkey PRIMARY KEY (scan_id, address);
ALTER TABLE ONLY census.certificate
    ADD CONSTRAINT certificate_pkey PRIMARY KEY (id);
ALTER TABLE ONLY census.certificate
    ADD CONSTRAINT certificate_sha256_key UNIQUE (sha256);
ALTER TABLE ONLY census.chain
    ADD CONSTRAINT chain_certificates_key UNIQUE (certificates);
ALTER TABLE ONLY census.chain
    ADD CONSTRAINT chain_pkey PRIMARY KEY (id);
ALTER TABLE ONLY census.coordinator
    ADD CONSTRAINT coordinator_pkey PRIMARY KEY (id);
ALTER TABLE ONLY census.domain_change
    ADD CONSTRAINT domain_change_pkey PRIMARY KEY (scan_id, domain_id);
ALTER TABLE ONLY census.domain
    ADD CONSTRAINT domain_list_id_name_key UNIQUE (list_id, name);
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
ALTER TABLE ONLY census.host_change
    ADD CONSTRAINT host_change_pkey PRIMARY KEY (scan_id, host);
ALTER TABLE ONLY census.host_status_code
    ADD CONSTRAINT host_status_code_ordinal_key UNIQUE (ordinal) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY census.host_status_code
    ADD CONSTRAINT host_status_code_pkey PRIMARY KEY (code);
ALTER TABLE ONLY census.lane
    ADD CONSTRAINT lane_pkey PRIMARY KEY (scan_id, id);
ALTER TABLE ONLY census.lane
    ADD CONSTRAINT lane_scan_id_network_key UNIQUE (scan_id, network);
ALTER TABLE ONLY census.leader
    ADD CONSTRAINT leader_pkey PRIMARY KEY (single);
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
ALTER TABLE ONLY census.retention
    ADD CONSTRAINT retention_list_id_key UNIQUE NULLS NOT DISTINCT (list_id);
ALTER TABLE ONLY census.scan
    ADD CONSTRAINT scan_name_key UNIQUE (name);
ALTER TABLE ONLY census.scan
    ADD CONSTRAINT scan_pkey PRIMARY KEY (id);
ALTER TABLE ONLY census.schedule
    ADD CONSTRAINT schedule_name_key UNIQUE (name);
ALTER TABLE ONLY census.schedule
    ADD CONSTRAINT schedule_pkey PRIMARY KEY (id);
ALTER TABLE ONLY census.schedule_run
    ADD CONSTRAINT schedule_run_pkey PRIMARY KEY (id);
ALTER TABLE ONLY census.summary_domain_status
    ADD CONSTRAINT summary_domain_status_pkey PRIMARY KEY (scan_id, status);
ALTER TABLE ONLY census.summary_finding
    ADD CONSTRAINT summary_finding_pkey PRIMARY KEY (scan_id, finding);
ALTER TABLE ONLY census.summary_host_status
    ADD CONSTRAINT summary_host_status_pkey PRIMARY KEY (scan_id, status);
ALTER TABLE ONLY census.summary_look
    ADD CONSTRAINT summary_look_pkey PRIMARY KEY (scan_id, source);
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
ALTER TABLE ONLY census.unused_chain
    ADD CONSTRAINT unused_chain_pkey PRIMARY KEY (id);
ALTER TABLE ONLY census.verdict_code
    ADD CONSTRAINT verdict_code_ordinal_key UNIQUE (ordinal) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY census.verdict_code
    ADD CONSTRAINT verdict_code_pkey PRIMARY KEY (code);
ALTER TABLE ONLY census.worker
    ADD CONSTRAINT worker_pkey PRIMARY KEY (id);
CREATE INDEX chain_certificates ON census.chain USING gin (certificates);
CREATE INDEX lane_dead ON ONLY census.lane USING btree (id) WHERE (state = 'dead'::text);
CREATE INDEX lane_leased ON ONLY census.lane USING btree (worker_id) WHERE (state = 'leased'::text);
CREATE INDEX lane_ready ON ONLY census.lane USING btree (((size_class + slowdown)) DESC, slot, ready_at) WHERE (state = 'ready'::text);
CREATE UNIQUE INDEX optout_active_domain ON census.optout USING btree (domain) WHERE ((removed_at IS NULL) AND (domain IS NOT NULL));
CREATE UNIQUE INDEX optout_active_network ON census.optout USING btree (network) WHERE ((removed_at IS NULL) AND (network IS NOT NULL));
CREATE UNIQUE INDEX probe_result_final ON ONLY census.probe_result USING btree (scan_id, host_id) WHERE final;
CREATE INDEX probe_result_shared ON ONLY census.probe_result USING btree (address) WHERE (shared_from IS NOT NULL);
CREATE INDEX probe_target_due ON ONLY census.probe_target USING btree (lane_id, not_before, id);
CREATE INDEX progress_delta_scan ON census.progress_delta USING btree (scan_id);
CREATE INDEX resolve_batch_leased ON ONLY census.resolve_batch USING btree (worker_id) WHERE (state = 'leased'::text);
CREATE INDEX resolve_batch_ready ON ONLY census.resolve_batch USING btree (id) WHERE (state = 'ready'::text);
CREATE INDEX schedule_due ON census.schedule USING btree (next_at) WHERE (NOT paused);
CREATE INDEX schedule_run_scan ON census.schedule_run USING btree (scan_id) WHERE (scan_id IS NOT NULL);
CREATE INDEX schedule_run_schedule ON census.schedule_run USING btree (schedule_id, id);
CREATE INDEX summary_provider_by_volume ON ONLY census.summary_provider USING btree (volume DESC, hosts DESC, provider);
CREATE INDEX worker_active ON census.worker USING btree (id) WHERE (state = 'active'::text);
ALTER TABLE ONLY census.progress_delta
    ADD CONSTRAINT progress_delta_scan_id_fkey FOREIGN KEY (scan_id) REFERENCES census.scan(id) ON DELETE CASCADE;
ALTER TABLE ONLY census.progress
    ADD CONSTRAINT progress_scan_id_fkey FOREIGN KEY (scan_id) REFERENCES census.scan(id) ON DELETE CASCADE;
ALTER TABLE ONLY census.retention
    ADD CONSTRAINT retention_list_id_fkey FOREIGN KEY (list_id) REFERENCES census.list(id) ON DELETE CASCADE;
ALTER TABLE ONLY census.scan
    ADD CONSTRAINT scan_list_id_fkey FOREIGN KEY (list_id) REFERENCES census.list(id);
ALTER TABLE ONLY census.scan
    ADD CONSTRAINT scan_trust_store_id_fkey FOREIGN KEY (trust_store_id) REFERENCES census.trust_store(id);
ALTER TABLE ONLY census.schedule
    ADD CONSTRAINT schedule_list_id_fkey FOREIGN KEY (list_id) REFERENCES census.list(id);
ALTER TABLE ONLY census.schedule_run
    ADD CONSTRAINT schedule_run_scan_id_fkey FOREIGN KEY (scan_id) REFERENCES census.scan(id) ON DELETE SET NULL;
ALTER TABLE ONLY census.schedule_run
    ADD CONSTRAINT schedule_run_schedule_id_fkey FOREIGN KEY (schedule_id) REFERENCES census.schedule(id) ON DELETE CASCADE;
ALTER TABLE ONLY census.schedule
    ADD CONSTRAINT schedule_trust_store_id_fkey FOREIGN KEY (trust_store_id) REFERENCES census.trust_store(id);
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
ALTER TABLE ONLY census.summary_look
    ADD CONSTRAINT summary_look_scan_id_fkey FOREIGN KEY (scan_id) REFERENCES census.scan(id) ON DELETE CASCADE;
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
