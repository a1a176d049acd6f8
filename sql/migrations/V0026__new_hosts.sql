-- Which MX hosts of a batch need no lookup.
--
-- Domains share hosts: a list of 8 million names 3.4 million hosts twenty million times. The first batch that brings a host
-- decides what is known of it, so the others asked DNS for nothing.

CREATE FUNCTION census.new_hosts(p_scan integer, p_names text[]) RETURNS text[]
LANGUAGE plpgsql STABLE SET search_path = census, pg_temp SET plan_cache_mode = force_custom_plan
  SET jit = off SET max_parallel_workers_per_gather = 0 AS $$
BEGIN
  RETURN (
    SELECT coalesce(array_agg(n.name), '{}') FROM unnest(p_names) AS n (name)
    -- A scalar subquery: one look at the index for each name, however many hosts there are.
    WHERE (SELECT k.id FROM mx_host k WHERE k.scan_id = p_scan AND k.name = n.name) IS NULL);
END $$;
COMMENT ON FUNCTION census.new_hosts(integer, text[]) IS
  'Those of the names that no completed batch has brought yet: what complete_resolve must be told about.';
