-- An import comes in order: its client adds up doubles, sorts by weight and numbers the domains, in files of its own, and
-- copies them where they belong. Sorting twice in PostgreSQL, and copying from a staging table, took 15 s of 25 s for 8
-- million names.

DROP FUNCTION census.import_begin(text);
CREATE FUNCTION census.import_begin(p_name text, OUT list_id integer, OUT target text)
LANGUAGE plpgsql SET search_path = census, pg_temp AS $$
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
COMMENT ON FUNCTION census.import_begin(text) IS
  'Opens an import into a list, which is made if need be. To be followed in the same transaction by COPY into the table target, of domains that are each there once and numbered from 1 by descending weight, then by import_merge.';

CREATE OR REPLACE FUNCTION census.import_into_new(p_list integer) RETURNS bigint
LANGUAGE plpgsql SET search_path = census, pg_temp AS $$
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
COMMENT ON FUNCTION census.import_into_new(integer) IS
  'Part of import_merge: makes the table of a new list, which is filled, part of the domains.';

-- Names that the list has get the weight of this import; the others are added behind the last id; none is removed.
CREATE OR REPLACE FUNCTION census.import_into_existing(p_list integer) RETURNS bigint
LANGUAGE plpgsql SET search_path = census, pg_temp AS $$
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

CREATE OR REPLACE FUNCTION census.import_merge(p_list integer, OUT new bigint, OUT known bigint, OUT total bigint)
LANGUAGE plpgsql SET search_path = census, pg_temp AS $$
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
COMMENT ON FUNCTION census.import_merge(integer) IS
  'Ends an import: new names are added, known names get their weight from this import.';
