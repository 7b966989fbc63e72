#!/bin/sh
# Clic Docteur on a Debian 12 machine without Docker. As root, from an unpacked release:
#
#     sh deploy/install-debian.sh rdv.example.org              SQLite: one machine, nothing else to run
#     sh deploy/install-debian.sh rdv.example.org postgres     PostgreSQL on this machine, two databases, four roles
#
# Run again it keeps secrets, settings and data, installs this release over the former one, and upgrades the stores.
# What it does is said step by step; docs/install.md has the same by hand.
set -eu
cd "$(dirname "$0")/.."
HOST=${1:?Usage: sh deploy/install-debian.sh rdv.example.org [postgres]}
STORES=${2:-sqlite}
APP=/opt/clicdocteur ETC=/etc/clicdocteur VAR=/var/lib/clicdocteur BACKUPS=/var/backups/clicdocteur
say() { printf '\n== %s\n' "$*"; }
booted() { [ -d /run/systemd/system ]; }
manage() { "$APP/.venv/bin/python" "$APP/deploy/as_service.py" "$@"; }

say "Packages"
packages="python3 python3-venv ca-certificates"
[ "$STORES" = postgres ] && packages="$packages postgresql"
missing=""
for one in $packages; do dpkg -s "$one" >/dev/null 2>&1 || missing="$missing $one"; done
if [ -n "$missing" ]; then
    apt-get update -qq
    # shellcheck disable=SC2086 - a list of words
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
fi

if [ "$STORES" = postgres ] && ! pg_isready -q; then
    if booted; then systemctl start postgresql; else service postgresql start >/dev/null; fi
    for _try in 1 2 3 4 5 6 7 8 9 10; do pg_isready -q && break; sleep 1; done
fi

say "Account and folders"
getent passwd clicdocteur >/dev/null || useradd --system --home-dir "$VAR" --shell /usr/sbin/nologin clicdocteur
install -d -m 0755 "$APP"
install -d -m 0750 -o root -g clicdocteur "$ETC"
install -d -m 0700 -o clicdocteur -g clicdocteur "$ETC/secret" "$VAR" "$BACKUPS" "$BACKUPS/erased"

if booted && systemctl is-enabled --quiet clicdocteur-web.service 2>/dev/null; then
    say "Stopping the former release"
    systemctl stop clicdocteur-web.service clicdocteur-worker.service
fi

say "The program, in $APP"
for one in agenda booking clicdocteur patients practitioners upkeep locale static templates deploy docs requirements; do
    rm -rf "${APP:?}/$one.new"
    cp -R "$one" "$APP/$one.new"
    rm -rf "${APP:?}/$one"
    mv "$APP/$one.new" "$APP/$one"
done
cp manage.py LICENSE "$APP/"
[ -x "$APP/.venv/bin/python" ] || python3 -m venv "$APP/.venv"
"$APP/.venv/bin/pip" install --quiet --disable-pip-version-check --require-hashes -r "$APP/requirements/runtime.txt"

say "Settings, in $ETC"
random() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }
if [ ! -e "$ETC/environment" ]; then
    umask 027
    {
        echo "SITE_URL=https://$HOST"
        echo "TRUSTED_PROXIES=1"
        echo "BACKUP_FOLDER=$BACKUPS"
        echo "LOG_LEVEL=INFO"
        if [ "$STORES" = sqlite ]; then
            echo "AGENDA_DATABASE_URL=sqlite:///$VAR/agenda.sqlite3"
            echo "PATIENTS_DATABASE_URL=sqlite:///$VAR/patients.sqlite3"
        fi
    } > "$ETC/environment"
    if [ "$STORES" = postgres ]; then
        : > "$ETC/owner"
        for store in agenda patients; do
            password=$(random) owner_password=$(random) NAME=$(echo $store | tr a-z A-Z)_DATABASE_URL
            setpriv --reuid=postgres --regid=postgres --init-groups psql -q -v store=$store -v password="$password" \
                -v owner_password="$owner_password" -f deploy/postgres/store/roles.sql postgres
            echo "$NAME=postgres://$store:$password@127.0.0.1/$store" >> "$ETC/environment"
            echo "$NAME=postgres://${store}_owner:$owner_password@127.0.0.1/$store" >> "$ETC/owner"
        done
        chmod 0640 "$ETC/owner" && chgrp clicdocteur "$ETC/owner"
    fi
    chgrp clicdocteur "$ETC/environment"
    umask 022
fi
SECRET=$ETC/secret/server-secret
# RESTORE=yes: no new secret, because `clicdocteur restore` brings the former one back.
if [ ! -e "$SECRET" ] && [ "${RESTORE:-}" != yes ]; then
    ( umask 077; od -An -N32 -tx1 /dev/urandom | tr -d ' \n' > "$SECRET"; echo >> "$SECRET" )
    chown clicdocteur:clicdocteur "$SECRET"
fi

say "Catalogues, static files, stores"
( cd "$APP" && .venv/bin/python locale/messages.py compile )
# Any secret does to load the settings for this; it is thrown away.
( cd "$APP" && SECRET_FILE=$(mktemp -d)/secret && export SECRET_FILE && trap 'rm -rf "$(dirname "$SECRET_FILE")"' EXIT \
    && .venv/bin/python -c 'from clicdocteur import server_secret as s; s.ensure(s.path_from_environment())' \
    && .venv/bin/python manage.py collectstatic --noinput --verbosity 0 \
    && .venv/bin/python -m compileall -q agenda booking clicdocteur patients practitioners upkeep )
chmod -R a+rX "$APP"
[ ! -e "$SECRET" ] || manage upgrade

say "Services"
install -m 0644 deploy/systemd/* /etc/systemd/system/
printf '#!/bin/sh\nexec %s %s "$@"\n' "$APP/.venv/bin/python" "$APP/deploy/as_service.py" > /usr/local/sbin/clicdocteur
chmod 0755 /usr/local/sbin/clicdocteur
if booted && [ -e "$SECRET" ]; then
    systemctl daemon-reload
    systemctl enable --quiet --now clicdocteur-web.service clicdocteur-worker.service clicdocteur-backup.timer \
        clicdocteur-rewrite.timer clicdocteur-rehearse.timer clicdocteur-doctor.timer
fi

cat <<DONE

Installed. What is left:
  1. A reverse proxy with TLS for $HOST: deploy/proxy/nginx.conf or deploy/proxy/Caddyfile.
  2. clicdocteur setup        (practice, first practitioner, first manager, recovery sheet)
  3. clicdocteur doctor       (is all as it should be?)
DONE
