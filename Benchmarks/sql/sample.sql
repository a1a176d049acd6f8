-- What goes on at this moment: calls that lease or complete, and batches that are leased. Seen by the server: from when a call
-- comes in until it is committed and answered.
SELECT
  (SELECT count(*) FROM pg_stat_activity
   WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'active'
     AND query ~ 'census\.(lease_lanes|complete_lanes|lease_resolve|complete_resolve|fail_resolve)\('),
  (SELECT count(*) FROM census.lane WHERE state = 'leased')
    + (SELECT count(*) FROM census.resolve_batch WHERE state = 'leased')
