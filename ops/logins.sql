-- A login for coordinators and commands, and one for workers, with the passwords that the environment names. Run after
-- `mxcensus db migrate` made the groups, by a role that may make roles. Run again, it sets the passwords anew.
\set ON_ERROR_STOP on
\getenv admin_password MXCENSUS_ADMIN_PASSWORD
\getenv worker_password MXCENSUS_WORKER_PASSWORD

-- Passwords belong in no log.
SET log_statement = 'none';
SET log_min_error_statement = 'panic';
SET log_min_duration_statement = -1;

SELECT 'CREATE ROLE census_admin' WHERE to_regrole('census_admin') IS NULL \gexec
SELECT 'CREATE ROLE census_worker' WHERE to_regrole('census_worker') IS NULL \gexec

ALTER ROLE census_admin LOGIN NOSUPERUSER NOCREATEROLE NOCREATEDB PASSWORD :'admin_password';
GRANT mxcensus_owner TO census_admin;
-- What it makes belongs to the owner, not to the login.
ALTER ROLE census_admin SET role = 'mxcensus_owner';

ALTER ROLE census_worker LOGIN NOSUPERUSER NOCREATEROLE NOCREATEDB PASSWORD :'worker_password';
GRANT mxcensus_worker TO census_worker;
