-- Statistics of the partitioned tables themselves.
--
-- Autovacuum analyzes partitions only, but it is the parent's statistics that PostgreSQL asks when it estimates joins and groups.
-- Without them it takes every column for 200 values: the roll-up of 8 million domains spilled its groups to disk time and again.

CREATE FUNCTION census.analyze_parent() RETURNS text
LANGUAGE plpgsql SET search_path = census, pg_temp SET lock_timeout = '1s' AS $$
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
COMMENT ON FUNCTION census.analyze_parent() IS
  'Gives the planner statistics of one partitioned table that has none, or had a tenth of its rows when they were made. Returns its name; null when there is none, or it is being worked on.';
