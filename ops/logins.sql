-- A login for coordinators and people's commands, and one for workers, with the passwords that the environment names. Run after
-- `mxcensus db migrate` made the groups, by a role that may make roles. Run again, it sets the passwords anew.
\set ON_ERROR_STOP on
SET client_min_messages = warning;
\getenv admin_password MXCENSUS_ADMIN_PASSWORD
\getenv worker_password MXCENSUS_WORKER_PASSWORD

-- Passwords belong in no log. Only a superuser may say so; others rely on the server's settings.
SELECT rolsuper AS superuser FROM pg_roles WHERE rolname = current_user \gset
\if :superuser
SET log_statement = 'none';
SET log_min_error_statement = 'panic';
SET log_min_duration_statement = -1;
\endif

SELECT 'CREATE ROLE census_admin' WHERE to_regrole('census_admin') IS NULL \gexec
SELECT 'CREATE ROLE census_worker' WHERE to_regrole('census_worker') IS NULL \gexec

ALTER ROLE census_admin LOGIN PASSWORD :'admin_password';
GRANT mxcensus_owner TO census_admin;
-- What it makes belongs to the owner, not to the login.
ALTER ROLE census_admin SET role = 'mxcensus_owner';

ALTER ROLE census_worker LOGIN PASSWORD :'worker_password';
GRANT mxcensus_worker TO census_worker;
