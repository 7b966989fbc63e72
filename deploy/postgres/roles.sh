#!/bin/sh
# Run once by the postgres image (docker-entrypoint-initdb.d): the database of $STORE and its two roles.
set -eu
psql -q --username "$POSTGRES_USER" --dbname postgres -v store="$STORE" \
    -v owner_password="$(cat "/run/secrets/${STORE}_owner_password")" -v password="$(cat "/run/secrets/${STORE}_password")" \
    -f /docker-entrypoint-initdb.d/store/roles.sql
