-- How PostgreSQL joins whole scans.
--
-- These functions read all rows of a scan, whatever its size. Their statements are planned for any scan number, so the
-- planner knows nothing of the partition that will be read, and at times takes a nested loop for the cheapest join: that
-- is minutes for 80,000 domains, where hash and merge joins take two seconds.

ALTER FUNCTION census.roll_up_domains(integer) SET enable_nestloop = off;
ALTER FUNCTION census.roll_up_summary(integer) SET enable_nestloop = off;
ALTER FUNCTION census.roll_up_looks(integer) SET enable_nestloop = off;
ALTER FUNCTION census.compare_hosts(integer, integer) SET enable_nestloop = off;
ALTER FUNCTION census.compare_domains(integer, integer) SET enable_nestloop = off;
