-- Lists of mail domains.
--
-- The domains of a list have the ids 1, 2, 3 … without gaps, in the order of weight when they came in: so a batch of
-- domains is a range of ids, and the first N are the N that matter most to whoever made the list.
-- A name is never removed from a list, and its id never changes: a scan remembers only how far its list reached.

CREATE TABLE census.list (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text COLLATE "C" NOT NULL UNIQUE CHECK (name <> ''),
  domains bigint NOT NULL DEFAULT 0 CHECK (domains >= 0),
  volume double precision NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL DEFAULT now(),
  imported_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE census.list IS 'A list of mail domains under a name.';
COMMENT ON COLUMN census.list.id IS 'Number of the list.';
COMMENT ON COLUMN census.list.name IS 'Name of the list, chosen at its first import.';
COMMENT ON COLUMN census.list.domains IS 'How many domains it has; their ids are 1 to this number.';
COMMENT ON COLUMN census.list.volume IS 'Sum of the weights of its domains.';
COMMENT ON COLUMN census.list.created_at IS 'When it was imported first.';
COMMENT ON COLUMN census.list.imported_at IS 'When it was imported last.';

CREATE TABLE census.domain (
  list_id integer NOT NULL,
  id bigint NOT NULL,
  name text COLLATE "C" NOT NULL,
  weight double precision NOT NULL CHECK (weight >= 0 AND weight < 'Infinity'),
  PRIMARY KEY (list_id, id),
  UNIQUE (list_id, name)
) PARTITION BY LIST (list_id);
COMMENT ON TABLE census.domain IS 'The domains of the lists; one partition a list.';
COMMENT ON COLUMN census.domain.list_id IS 'The list.';
COMMENT ON COLUMN census.domain.id IS 'Number of the domain in its list, from 1 without gaps.';
COMMENT ON COLUMN census.domain.name IS 'Normalised name: lower case, IDNA A-labels, no final dot.';
COMMENT ON COLUMN census.domain.weight IS 'Mail volume, or whatever the owner of the list counts; 1 where the list has none.';

-- An import is one transaction of the client: import_begin, COPY into pg_temp.import_stage, import_merge.
-- Two imports of one list run one after the other: import_begin locks the list.
CREATE FUNCTION census.import_begin(p_name text) RETURNS integer
LANGUAGE plpgsql SET search_path = census, pg_temp AS $$
DECLARE
  v_list integer;
BEGIN
  INSERT INTO list (name) VALUES (p_name) ON CONFLICT (name) DO NOTHING;
  SELECT id INTO STRICT v_list FROM list WHERE name = p_name FOR UPDATE;
  CREATE TEMPORARY TABLE import_stage (name text COLLATE "C" NOT NULL, weight double precision NOT NULL)
    ON COMMIT DROP;
  RETURN v_list;
END $$;
COMMENT ON FUNCTION census.import_begin(text) IS
  'Opens an import into a list, which is made if need be; to be followed by COPY pg_temp.import_stage and import_merge in the same transaction.';

-- The fast way for a new list: rows into a bare table, indexes afterwards.
CREATE FUNCTION census.import_into_new(p_list integer) RETURNS bigint
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
  RETURN v_rows;
END $$;
COMMENT ON FUNCTION census.import_into_new(integer) IS 'Part of import_merge: fills a list that has no domain yet.';

-- Names that the list has get the weight of this import; the others are added behind the last id; none is removed.
CREATE FUNCTION census.import_into_existing(p_list integer) RETURNS bigint
LANGUAGE plpgsql SET search_path = census, pg_temp AS $$
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
COMMENT ON FUNCTION census.import_into_existing(integer) IS
  'Part of import_merge: adds new names to a list and sets the weights of those that the import names.';

CREATE FUNCTION census.import_merge(p_list integer, OUT new bigint, OUT known bigint, OUT total bigint)
LANGUAGE plpgsql SET search_path = census, pg_temp AS $$
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
COMMENT ON FUNCTION census.import_merge(integer) IS
  'Ends an import: doubles add their weights, new names are added, known names get their weight from this import.';
