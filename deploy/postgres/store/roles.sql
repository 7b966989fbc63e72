-- One store's database and its two roles: the owner, who migrates and rewrites, and the one that serves, who can do neither.
-- Run as PostgreSQL's administrator, once for each store, with psql:
--
--   psql -v store=agenda   -v owner_password="$(cat …)" -v password="$(cat …)" -f deploy/postgres/store/roles.sql
--   psql -v store=patients -v owner_password="$(cat …)" -v password="$(cat …)" -f deploy/postgres/store/roles.sql
--
-- Run again, it sets the passwords anew and changes nothing else.

\set ON_ERROR_STOP on
\set owner :store '_owner'

SELECT format('CREATE ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS', name)
FROM (VALUES (:'owner'), (:'store')) AS wanted(name)
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) \gexec

ALTER ROLE :"owner" PASSWORD :'owner_password';
ALTER ROLE :"store" PASSWORD :'password';

-- Nobody waits for a lock longer than this. The program says it itself, unless a pooler stands between (DATABASE_POOLER).
ALTER ROLE :"store" SET lock_timeout = '5s';
ALTER ROLE :"store" SET statement_timeout = '20s';
ALTER ROLE :"store" SET timezone = 'UTC';

SELECT format('CREATE DATABASE %I OWNER %I ENCODING ''UTF8'' TEMPLATE template0', :'store', :'owner')
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'store') \gexec

ALTER DATABASE :"store" OWNER TO :"owner";
REVOKE ALL ON DATABASE :"store" FROM PUBLIC;
GRANT CONNECT ON DATABASE :"store" TO :"store", :"owner";

\connect :store
REVOKE ALL ON SCHEMA public FROM PUBLIC;
ALTER SCHEMA public OWNER TO :"owner";
GRANT USAGE ON SCHEMA public TO :"store";

-- Whatever the owner makes from now on, the other may read and write, and neither change, empty nor drop.
ALTER DEFAULT PRIVILEGES FOR ROLE :"owner" IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO :"store";
ALTER DEFAULT PRIVILEGES FOR ROLE :"owner" IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO :"store";
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO :"store";
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO :"store";
