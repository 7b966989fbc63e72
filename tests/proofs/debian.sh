#!/bin/sh
# `make prove-debian`: docs/install.md, "A Debian machine", from nothing: a bare Debian 12 made by debootstrap, the installer,
# the units' own command lines, a booking page, a backup, a rehearsal, and then the loss of everything and the way back.
# As root; takes minutes. STORES=postgres proves the other variant. ROOT=… keeps the bare system for the next time.
set -eu
cd "$(dirname "$0")/../.."
STORES=${STORES:-sqlite}
KEPT=${ROOT:-}
ROOT=${ROOT:-$(mktemp -d)}
say() { printf '\n#### %s\n' "$*"; }
inside() { ( become "$@" ); }
# In this shell's place, so that its number is the process's own.
become() { exec chroot "$ROOT" env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/srv LANG=C.UTF-8 $(env | grep -E '^(PIP_|SSL_CERT_FILE)' || true) "$@"; }
end() {
    [ -z "${WEB:-}" ] || kill "$WEB" 2>/dev/null || true
    [ -z "${WORKER:-}" ] || kill "$WORKER" 2>/dev/null || true
    [ "$STORES" != postgres ] || inside pg_ctlcluster 15 main stop -m fast 2>/dev/null || true
    # Nothing is unmounted under a server that has not ended yet.
    wait ${WEB:-} ${WORKER:-} 2>/dev/null || true
    sleep 1
    for one in proc dev/shm dev opt/wheels opt/pypi-more; do umount "$ROOT/$one" 2>/dev/null || true; done
    [ -n "$KEPT" ] || rm -rf --one-file-system "$ROOT"
}
trap end EXIT
trap 'exit 1' INT TERM

say "A bare Debian 12"
[ -e "$ROOT/etc/debian_version" ] || debootstrap --variant=minbase --include=ca-certificates bookworm "$ROOT" >/dev/null
# mktemp made it for root alone; the account of the service has to pass.
chmod 0755 "$ROOT"
rm -rf "$ROOT/srv/release" "$ROOT/opt/clicdocteur" "$ROOT/etc/clicdocteur" "$ROOT/var/lib/clicdocteur" "$ROOT/var/backups/clicdocteur"
mount -t proc proc "$ROOT/proc"
mount --bind /dev "$ROOT/dev"
# What is mounted below it must not appear in this machine's own /dev.
mount --make-private "$ROOT/dev"
mount -t tmpfs tmpfs "$ROOT/dev/shm"
# How this machine reaches the package registries, which is its own affair.
cp -L /etc/resolv.conf "$ROOT/etc/resolv.conf" 2>/dev/null || true
cp -L /etc/hosts "$ROOT/etc/hosts" 2>/dev/null || true
for one in /etc/pip.conf /etc/xdg/pip /etc/ssl/certs/ca-certificates.crt /etc/apt/apt.conf.d; do
    [ ! -e "$one" ] || { mkdir -p "$ROOT$(dirname "$one")"; cp -RL "$one" "$ROOT$(dirname "$one")/"; }
done
for one in opt/wheels opt/pypi-more; do
    [ ! -d "/$one" ] || { mkdir -p "$ROOT/$one"; mount --bind "/$one" "$ROOT/$one"; }
done

say "The release: what git holds"
mkdir -p "$ROOT/srv/release"
git archive HEAD | tar -x -C "$ROOT/srv/release"

say "The installer"
began=$(date +%s)
inside sh -c "cd /srv/release && sh deploy/install-debian.sh rdv.example.org $STORES"
echo "installed in $(($(date +%s) - began)) s"

say "Set-up"
inside sh -c 'umask 077; printf "Framboise-1789-ete-Lilas\n" > /srv/password; chown clicdocteur /srv/password; true'
inside clicdocteur setup --no-input --practice-name "Cabinet des Lilas" --address "3 rue des Lilas\n75020 Paris" \
    --phone "01 43 45 12 34" --location-label "Rue des Lilas" --location-address "3 rue des Lilas" --practitioner-name "Dr Claire Martin" \
    --practitioner-slug dr-martin --speciality "Médecin généraliste" --login claire --name "Claire Martin" \
    --password-file /srv/password --sheet-confirmed > "$ROOT/srv/sheet"
grep -q "installée" "$ROOT/srv/sheet"
inside clicdocteur setup --is-done

say "The units' own command lines"
unit() { inside python3 /srv/release/tests/proofs/run_unit.py "$1"; }
( become python3 /srv/release/tests/proofs/run_unit.py clicdocteur-web.service ) & WEB=$!
( become python3 /srv/release/tests/proofs/run_unit.py clicdocteur-worker.service ) & WORKER=$!
inside python3 /srv/release/tests/proofs/visit.py
unit clicdocteur-backup.service
unit clicdocteur-rewrite.service
unit clicdocteur-rehearse.service
inside clicdocteur doctor --inside || true

say "A second installation over the first keeps everything"
before=$(inside sha256sum /etc/clicdocteur/secret/server-secret)
inside sh -c "cd /srv/release && sh deploy/install-debian.sh rdv.example.org $STORES" >/dev/null
[ "$before" = "$(inside sha256sum /etc/clicdocteur/secret/server-secret)" ]
inside clicdocteur setup --is-done

say "Everything is lost but the backups, and comes back with a manager's password"
kill "$WEB" "$WORKER"; wait "$WEB" "$WORKER" 2>/dev/null || true; WEB= WORKER=
rm -rf "$ROOT/etc/clicdocteur" "$ROOT/var/lib/clicdocteur" "$ROOT/opt/clicdocteur"
[ "$STORES" != postgres ] || for store in agenda patients; do inside setpriv --reuid=postgres --regid=postgres --init-groups dropdb $store; done
inside sh -c "cd /srv/release && RESTORE=yes sh deploy/install-debian.sh rdv.example.org $STORES" >/dev/null
inside clicdocteur restore --login claire --password-file /srv/password
[ "$before" = "$(inside sha256sum /etc/clicdocteur/secret/server-secret)" ]
( become python3 /srv/release/tests/proofs/run_unit.py clicdocteur-web.service ) & WEB=$!
( become python3 /srv/release/tests/proofs/run_unit.py clicdocteur-worker.service ) & WORKER=$!
inside python3 /srv/release/tests/proofs/visit.py

say "Proved: Debian 12, $STORES"
