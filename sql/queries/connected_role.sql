-- As whom this connection works, and which of mxcensus's roles it has the rights of.
SELECT current_user::text, session_user::text, r.rolsuper,
  ARRAY(
    SELECT m.rolname::text FROM pg_roles m
    WHERE m.rolname IN ('mxcensus_owner', 'mxcensus_worker', 'mxcensus_reader')
      AND pg_has_role(current_user, m.oid, 'USAGE')
    ORDER BY m.rolname),
  coalesce(has_table_privilege(to_regclass('census.scan'), 'SELECT'), false)
FROM pg_roles r WHERE r.rolname = current_user
