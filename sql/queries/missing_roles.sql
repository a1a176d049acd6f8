-- What a DBA has to run so that all roles exist, one statement a row; none when they do.
SELECT n.command FROM (VALUES
  (1, 'mxcensus_owner', format('CREATE ROLE mxcensus_owner NOLOGIN ROLE %I;', current_user)),
  (2, 'mxcensus_worker', 'CREATE ROLE mxcensus_worker NOLOGIN;'),
  (3, 'mxcensus_reader', 'CREATE ROLE mxcensus_reader NOLOGIN;')) AS n (place, role, command)
WHERE to_regrole(n.role) IS NULL ORDER BY n.place
