-- Roles and rights. Run after the migrations by every `mxcensus db migrate`; changes only what differs.
--
--   mxcensus_owner   owns the schema and everything in it: migrates, imports, plans, schedules, drops. No superuser.
--   mxcensus_worker  may call the functions of v_worker below and nothing else: no table, no view, no other function.
--   mxcensus_reader  reads tables and views. It cannot write.
--
-- All three are groups without a login: GRANT one of them to a login. The functions of v_worker run with the owner's
-- rights (SECURITY DEFINER); they are the whole interface of the worker's role. A function named here that this schema does
-- not have is passed over.
--
-- Whoever migrates makes the roles if they may make roles. Otherwise everything stays with them, and nobody else has
-- rights, until a DBA makes the roles and `db migrate` is run again.
DO $roles$
DECLARE
  v_worker text[] := ARRAY[
    'schema_version', 'scan_definition', 'contact_rules', 'register_worker', 'heartbeat', 'stopped_scans', 'lease_resolve',
    'new_hosts', 'complete_resolve', 'fail_resolve', 'lease_lanes', 'shared_looks', 'continue_lane', 'complete_lanes',
    'release_worker'];
  -- Run with the reader's own rights: what views and queries for people call.
  v_reader text[] := ARRAY[
    'schema_version', 'scan_definition', 'scan_progress', 'second_look_result', 'politeness_network',
    'unfinished_scan_of'];
  v_lock bigint := hashtext('mxcensus migrations');
  v_may_make boolean;
  v_superuser boolean;
  v_role text;
  v_owner text;
  v_owner_id oid;
  v_commands text[];
  v_command text;
  v_done integer := 0;
BEGIN
  PERFORM pg_advisory_xact_lock(v_lock);
  SELECT rolsuper OR rolcreaterole, rolsuper INTO STRICT v_may_make, v_superuser
  FROM pg_roles WHERE rolname = current_user;

  FOREACH v_role IN ARRAY ARRAY['mxcensus_owner', 'mxcensus_worker', 'mxcensus_reader'] LOOP
    CONTINUE WHEN NOT v_may_make OR to_regrole(v_role) IS NOT NULL;
    BEGIN
      EXECUTE format('CREATE ROLE %I NOLOGIN', v_role);
      IF v_role = 'mxcensus_owner' AND NOT v_superuser THEN
        EXECUTE format('GRANT mxcensus_owner TO %I', current_user);
      END IF;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN
      NULL;  -- Another database of this server is being migrated at this moment.
    END;
  END LOOP;

  -- The owner: of the schema, tables, views, sequences, types and functions that this user may give away.
  v_owner := coalesce((SELECT rolname::text FROM pg_roles
    WHERE rolname = 'mxcensus_owner' AND pg_has_role(current_user, oid, 'MEMBER')), current_user);
  v_owner_id := (SELECT oid FROM pg_roles WHERE rolname = v_owner);
  v_commands := ARRAY(
    SELECT o.command FROM (
      SELECT 0 AS rank, nspowner AS owner, format('ALTER SCHEMA census OWNER TO %I', v_owner) AS command
      FROM pg_namespace WHERE nspname = 'census'
      UNION ALL
      SELECT 1, c.relowner, format('ALTER %s census.%I OWNER TO %I',
        CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END,
        c.relname, v_owner)
      FROM pg_class c
      WHERE c.relnamespace = 'census'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'S')
        -- Sequences of identity columns go with their tables.
        AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.classid = 'pg_class'::regclass
          AND d.deptype IN ('a', 'i') AND c.relkind = 'S')
      UNION ALL
      SELECT 2, t.typowner, format('ALTER TYPE census.%I OWNER TO %I', t.typname, v_owner)
      FROM pg_type t LEFT JOIN pg_class c ON c.oid = t.typrelid
      WHERE t.typnamespace = 'census'::regnamespace AND (t.typtype IN ('e', 'd') OR c.relkind = 'c')
      UNION ALL
      SELECT 3, p.proowner, format('ALTER ROUTINE %s OWNER TO %I', p.oid::regprocedure, v_owner)
      FROM pg_proc p WHERE p.pronamespace = 'census'::regnamespace
    ) o
    WHERE o.owner <> v_owner_id AND pg_has_role(current_user, o.owner, 'MEMBER')
    ORDER BY o.rank);
  FOREACH v_command IN ARRAY v_commands LOOP
    EXECUTE v_command;
    v_done := v_done + 1;
    -- Each takes locks: a database with very many partitions is handed over in several transactions.
    IF v_done % 100 = 0 THEN
      COMMIT;
      PERFORM pg_advisory_xact_lock(v_lock);
    END IF;
  END LOOP;

  -- The rights: what is there and not wanted is revoked, what is wanted and not there is granted. NULL: PUBLIC.
  v_commands := ARRAY(
    WITH kept (grantee) AS (SELECT oid FROM pg_roles WHERE rolname IN ('mxcensus_worker', 'mxcensus_reader')),
    routine AS (
      SELECT p.oid, p.proowner, p.oid::regprocedure::text AS signature, p.proname::text = ANY (v_worker) AS for_worker,
        p.proname::text = ANY (v_reader) AS for_reader, p.prosecdef,
        (SELECT r.rolsuper FROM pg_roles r WHERE r.oid = p.proowner) AS of_superuser,
        coalesce(p.proacl, acldefault('f', p.proowner)) AS acl
      FROM pg_proc p WHERE p.pronamespace = 'census'::regnamespace
    ),
    relation AS (
      SELECT c.oid, c.relowner, format('census.%I', c.relname) AS name, c.relkind,
        coalesce(c.relacl, acldefault(CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", c.relowner)) AS acl
      FROM pg_class c WHERE c.relnamespace = 'census'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'S')
    ),
    wanted (role, kind, object, privilege) AS (
      SELECT to_regrole('mxcensus_worker')::oid, 'SCHEMA', 'census', 'USAGE'
      UNION ALL SELECT to_regrole('mxcensus_reader')::oid, 'SCHEMA', 'census', 'USAGE'
      UNION ALL SELECT to_regrole('mxcensus_worker')::oid, 'ROUTINE', signature, 'EXECUTE' FROM routine WHERE for_worker
      UNION ALL SELECT to_regrole('mxcensus_reader')::oid, 'ROUTINE', signature, 'EXECUTE' FROM routine WHERE for_reader
      UNION ALL SELECT to_regrole('mxcensus_reader')::oid, 'TABLE', name, 'SELECT' FROM relation WHERE relkind <> 'S'
    ),
    held (role, kind, object, privilege) AS (
      SELECT a.grantee, 'SCHEMA', 'census', a.privilege_type FROM pg_namespace n,
        aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) a
      WHERE n.nspname = 'census' AND (a.grantee = 0 OR a.grantee IN (SELECT grantee FROM kept))
      UNION ALL
      SELECT a.grantee, 'ROUTINE', r.signature, a.privilege_type FROM routine r, aclexplode(r.acl) a
      WHERE a.grantee = 0 OR a.grantee IN (SELECT grantee FROM kept)
      UNION ALL
      SELECT a.grantee, CASE r.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, r.name, a.privilege_type
      FROM relation r, aclexplode(r.acl) a
      WHERE a.grantee = 0 OR a.grantee IN (SELECT grantee FROM kept)
    )
    SELECT format('REVOKE %s ON %s %s FROM %s', privilege, kind, object,
      CASE role WHEN 0 THEN 'PUBLIC' ELSE role::regrole::text END)
    FROM (SELECT * FROM held EXCEPT SELECT * FROM wanted WHERE role IS NOT NULL) unwanted
    UNION ALL
    SELECT format('GRANT %s ON %s %s TO %s', privilege, kind, object, role::regrole)
    FROM (SELECT * FROM wanted WHERE role IS NOT NULL EXCEPT SELECT * FROM held) missing
    UNION ALL
    -- Never with the rights of a superuser.
    SELECT format('ALTER ROUTINE %s SECURITY %s', signature,
      CASE WHEN for_worker AND NOT of_superuser THEN 'DEFINER' ELSE 'INVOKER' END)
    FROM routine WHERE prosecdef IS DISTINCT FROM (for_worker AND NOT of_superuser));
  FOREACH v_command IN ARRAY v_commands LOOP
    EXECUTE v_command;
  END LOOP;

  -- What is made between two runs: partitions can be read, functions are nobody's.
  IF NOT EXISTS (
    SELECT FROM pg_default_acl d WHERE d.defaclrole = v_owner_id AND d.defaclobjtype = 'f' AND d.defaclnamespace = 0
      AND NOT EXISTS (SELECT FROM aclexplode(d.defaclacl) a WHERE a.grantee = 0))
    AND v_owner = 'mxcensus_owner'
  THEN
    ALTER DEFAULT PRIVILEGES FOR ROLE mxcensus_owner REVOKE EXECUTE ON ROUTINES FROM PUBLIC;
  END IF;
  IF v_owner = 'mxcensus_owner' AND to_regrole('mxcensus_reader') IS NOT NULL AND NOT EXISTS (
    SELECT FROM pg_default_acl d, aclexplode(d.defaclacl) a
    WHERE d.defaclrole = v_owner_id AND d.defaclobjtype = 'r' AND d.defaclnamespace = 'census'::regnamespace
      AND a.grantee = to_regrole('mxcensus_reader')::oid AND a.privilege_type = 'SELECT')
  THEN
    ALTER DEFAULT PRIVILEGES FOR ROLE mxcensus_owner IN SCHEMA census GRANT SELECT ON TABLES TO mxcensus_reader;
  END IF;
END $roles$;
