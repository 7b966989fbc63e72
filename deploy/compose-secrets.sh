#!/bin/sh
# Makes secrets/ and .env.compose for compose.yaml and compose.sqlite.yaml. As root, once: what is there is kept.
#
#     sudo sh deploy/compose-secrets.sh rdv.example.org
#
# RESTORE=yes leaves out the server secret, which `manage restore` then brings back from a sheet or a password.
# Each file is readable by the account of the one container that needs it: 10001 is the application's, 999 PostgreSQL's.
set -eu
cd "$(dirname "$0")/.."
HOST=${1:?Usage: sudo sh deploy/compose-secrets.sh rdv.example.org}
APP=10001 POSTGRES=999
umask 077
random() { od -An -N"$1" -tx1 /dev/urandom | tr -d ' \n'; }
# FILE OWNER TEXT: write it, unless it is there.
keep() {
    [ -e "$1" ] || printf '%s\n' "$3" > "$1"
    chown "$2" "$1"
    chmod 0400 "$1"
}
mkdir -p secrets/server
chmod 0711 secrets
if [ ! -e secrets/server/server-secret ] && [ "${RESTORE:-}" != yes ]; then random 32 > secrets/server/server-secret; fi
if [ -e secrets/server/server-secret ]; then chmod 0600 secrets/server/server-secret; fi
chown -R "$APP" secrets/server
chmod 0700 secrets/server
for store in agenda patients; do
    for role in "" _owner; do
        keep "secrets/$store${role}_password" "$POSTGRES" "$(random 24)"
        password=$(cat "secrets/$store${role}_password")
        # Without a line's end: the whole file is the address.
        url=secrets/$store${role}_url
        [ -e "$url" ] || printf 'postgres://%s:%s@%s-db/%s' "$store$role" "$password" "$store" "$store" > "$url"
        chown "$APP" "$url"
        chmod 0400 "$url"
    done
    keep "secrets/${store}_admin" "$POSTGRES" "$(random 24)"
done
if [ ! -e .env.compose ]; then
    printf '# The address, and what else .env.example names (mail, SMS). Not the stores, not the secret.\nSITE_HOST=%s\n' "$HOST" > .env.compose
fi
chmod 0600 .env.compose
echo "secrets/ et .env.compose sont prêts pour $HOST. Sauvegardez secrets/server/ à part ; ne mettez rien de tout cela dans git."
