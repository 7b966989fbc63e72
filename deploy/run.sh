#!/bin/sh
# `make run`: a real instance under var/instance, served on loopback. A reverse proxy with TLS belongs in front of it:
# then set SITE_URL=https://… and TRUSTED_PROXIES=1 (see .env.example).
set -eu
cd "$(dirname "$0")/.."
PORT=${PORT:-8000}
DATA=${DATA:-var/instance}
. deploy/serve.sh
place
check_port run
mkdir -p "$DATA"
chmod 700 "$DATA"
# What the environment or .env says wins; what they leave out lies under DATA.
# NAME value: export a default, unless the environment or .env names it.
default() {
    eval "[ -n \"\${$1:-}\" ]" && return
    if [ -e .env ] && grep -q "^$1=" .env; then return; fi
    export "$1=$2"
}
default SITE_URL "http://localhost:$PORT"
default SECRET_FILE "$DATA/secret"
default AGENDA_DATABASE_URL "$(url_of "$DATA/agenda.sqlite3")"
default BACKUP_FOLDER "$DATA/backups"
default PATIENTS_DATABASE_URL "$(url_of "$DATA/patients.sqlite3")"
url=${SITE_URL:-$(sed -n 's/^SITE_URL=//p' .env)}

# The question makes the secret of a new instance; without one nothing loads its settings, not even what collects static files.
state=old
(umask 077; "$PY" manage.py setup --is-done) || state=new
prepare_files
umask 077
if [ $state = new ]; then
    echo "Une instance neuve, sous $DATA. Quelques questions ; Ctrl-C arrête sans rien garder."
    "$PY" manage.py setup
fi
"$PY" manage.py upgrade
"$PY" manage.py tidy || echo "tidy signale un problème (voir ci-dessus) ; le service démarre quand même, en prudence." >&2
"$PY" manage.py doctor --brief --inside || echo "Le service démarre quand même : voyez les lignes marquées !!." >&2
READY_TEXT="
    Patients             $url/
    Agenda (cabinet)     $url/agenda/
    Réglages             $url/agenda/settings/

    Les données sont dans $DATA : « manage.py backup » les sauvegarde ; gardez le secret à part. Ctrl-C arrête tout.
"
export READY_TEXT
work
serve
