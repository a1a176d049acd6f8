-- What the roles need (sql/roles/roles.sql): the worker's role reads by functions alone, and new partitions belong to
-- whom the other tables belong to, whoever makes them.

CREATE FUNCTION census.schema_version() RETURNS integer
LANGUAGE sql STABLE SET search_path = census, pg_temp AS 'SELECT coalesce(max(version), 0) FROM migration';
COMMENT ON FUNCTION census.schema_version() IS 'The newest migration applied.';

CREATE FUNCTION census.scan_definition(p_scan integer) RETURNS TABLE (settings text, trust_store bytea)
LANGUAGE sql STABLE SET search_path = census, pg_temp AS $$
  SELECT s.settings::text, t.pem FROM scan s JOIN trust_store t ON t.id = s.trust_store_id WHERE s.id = p_scan
$$;
COMMENT ON FUNCTION census.scan_definition(integer) IS
  'Settings (JSON) and trust store (PEM) of a scan; no row when there is no such scan.';

CREATE FUNCTION census.hand_to_owner(p_table text) RETURNS void
LANGUAGE plpgsql SET search_path = census, pg_temp AS $$
DECLARE
  v_owner name := (SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = 'census.scan'::regclass);
BEGIN
  IF v_owner <> current_user THEN
    EXECUTE format('ALTER TABLE census.%I OWNER TO %I', p_table, v_owner);
  END IF;
END $$;
COMMENT ON FUNCTION census.hand_to_owner(text) IS 'Gives a new table to the owner of the schema''s tables.';

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
    v_storage := CASE WHEN v_parent IN ('resolve_batch', 'lane', 'probe_target', 'probe_queue')
      THEN 'WITH (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 2000,
                  autovacuum_vacuum_cost_delay = 0)' ELSE '' END;
    EXECUTE format('CREATE TABLE census.%I (LIKE census.%I INCLUDING DEFAULTS INCLUDING CONSTRAINTS) %s',
      v_child, v_parent, v_storage);
    EXECUTE format('ALTER TABLE census.%I ADD CHECK (scan_id = %s)', v_child, p_scan);
    EXECUTE format('ALTER TABLE census.%I ATTACH PARTITION census.%I FOR VALUES IN (%s)', v_parent, v_child, p_scan);
    PERFORM hand_to_owner(v_child);
  END LOOP;
END $$;

-- The fast way for a new list: rows into a bare table, indexes afterwards.
CREATE OR REPLACE FUNCTION census.import_into_new(p_list integer) RETURNS bigint
LANGUAGE plpgsql SET search_path = census, pg_temp AS $$
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
  PERFORM hand_to_owner(v_table);
  RETURN v_rows;
END $$;
