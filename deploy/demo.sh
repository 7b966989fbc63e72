#!/bin/sh
# `make demo`: a believable practice on http://localhost:PORT, kept under DATA. `make demo-reset` starts over.
set -eu
cd "$(dirname "$0")/.."
PORT=${PORT:-8000}
DATA=${DATA:-var/demo}
. deploy/serve.sh
place

if [ "${1:-}" = reset ]; then
    is_running && die "La démonstration tourne encore : arrêtez-la d’abord (Ctrl-C)."
    for one in secret server.pid agenda.sqlite3 patients.sqlite3; do
        rm -f "$DATA/$one" "$DATA/$one-wal" "$DATA/$one-shm" "$DATA/$one-journal"
    done
    rm -rf "$DATA/backups"
    rmdir "$DATA" 2>/dev/null || true
    echo "La démonstration est effacée. « make demo » en refait une."
    exit 0
fi

check_port demo
mkdir -p "$DATA"
chmod 700 "$DATA"
SITE_URL=http://localhost:$PORT SECRET_FILE=$DATA/secret DEBUG=false DEMO=true TRUSTED_PROXIES=0
AGENDA_DATABASE_URL=$(url_of "$DATA/agenda.sqlite3")
PATIENTS_DATABASE_URL=$(url_of "$DATA/patients.sqlite3")
LOG_LEVEL=${LOG_LEVEL:-WARNING}
# Mail goes to a server of the demo's own, on this machine, which shows it below and throws it away. Nothing leaves.
EMAIL_HOST=127.0.0.1 EMAIL_PORT=$(free_port) EMAIL_SECURITY=none EMAIL_USER='' EMAIL_PASSWORD='' SMS_URL=''
EMAIL_FROM='Maison des Lilas <rdv@example.org>' EMAIL_PROVIDER='un serveur de démonstration, sur cette machine'
export EMAIL_HOST EMAIL_PORT EMAIL_SECURITY EMAIL_USER EMAIL_PASSWORD EMAIL_FROM EMAIL_PROVIDER SMS_URL
BACKUP_FOLDER=$DATA/backups
export BACKUP_FOLDER SITE_URL SECRET_FILE DEBUG DEMO TRUSTED_PROXIES AGENDA_DATABASE_URL PATIENTS_DATABASE_URL LOG_LEVEL

make_secret
prepare_files &
files=$!
umask 077
"$PY" manage.py demo_data --prepare
wait $files

READY_TEXT="
  Maison de santé des Lilas — démonstration, personnes inventées

    Patients             $SITE_URL/
    Un praticien         $SITE_URL/dr-claire-fontaine/
    Agenda (cabinet)     $SITE_URL/agenda/
    Réglages             $SITE_URL/agenda/settings/
    Ce que voit un voleur  $SITE_URL/agenda/thief/

$("$PY" -c 'from agenda.demo.signs import SIGNS; print(SIGNS)')

    Les e-mails ne partent pas : ils s’affichent ici.
    Les données restent dans $DATA ; « make demo-reset » recommence. Ctrl-C arrête tout.
"
export READY_TEXT
"$PY" -m agenda.demo.post "$EMAIL_PORT" $$ &
work
serve
