-- How scans begin and are dropped.

CREATE FUNCTION census.scan_tables() RETURNS text[]
LANGUAGE sql IMMUTABLE AS $$
  SELECT ARRAY[
    'resolve_batch', 'domain_result', 'domain_mx', 'mx_host', 'host_address', 'lane', 'probe_target', 'probe_queue',
    'probe_result', 'domain_verdict', 'summary_provider']
$$;
COMMENT ON FUNCTION census.scan_tables() IS 'The tables that have one partition for each scan, named TABLE_sNUMBER.';

-- ATTACH takes a weaker lock on the parents than CREATE … PARTITION OF would: exports and other scans go on.
CREATE FUNCTION census.create_scan_partitions(p_scan integer) RETURNS void
LANGUAGE plpgsql SET search_path = census, pg_temp AS $$
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
COMMENT ON FUNCTION census.create_scan_partitions(integer) IS 'Part of create_scan.';

CREATE FUNCTION census.create_scan(
  p_name text, p_list text, p_settings jsonb, p_trust_store bytea, p_limit bigint DEFAULT NULL
) RETURNS integer
LANGUAGE plpgsql SET search_path = census, pg_temp AS $$
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
COMMENT ON FUNCTION census.create_scan(text, text, jsonb, bytea, bigint) IS
  'Begins a scan of a list as it is now; with a limit, of its first domains. Returns the scan''s number.';

CREATE FUNCTION census.drop_scan(p_scan integer) RETURNS boolean
LANGUAGE plpgsql SET search_path = census, pg_temp SET lock_timeout = '10s' AS $$
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
COMMENT ON FUNCTION census.drop_scan(integer) IS
  'Removes a scan and everything it found, except certificates. Fails when something reads it for longer than ten seconds. False when there is no such scan.';
