# Sourced by demo.sh and run.sh: what both need to prepare and serve an instance under $DATA on $PORT.

PY=.venv/bin/python

die() { echo "$*" >&2; exit 1; }

# Where things lie. What is exported here wins over a .env file.
place() {
    case "$PORT" in ''|*[!0-9]*) die "PORT=$PORT : un nombre entre 1024 et 65535, par exemple PORT=8001." ;; esac
    case "$DATA" in /*) ;; *) DATA=$PWD/$DATA ;; esac
    export BIND="127.0.0.1:$PORT" DJANGO_SETTINGS_MODULE=clicdocteur.settings
}

# sqlite:/// takes a path as it stands in a URL.
url_of() { "$PY" -c 'import sys, urllib.parse; print("sqlite:///" + urllib.parse.quote(sys.argv[1]))' "$1"; }

make_secret() { "$PY" -c 'from clicdocteur import server_secret as s; s.ensure(s.path_from_environment())'; }

# The port is asked for before anything else is done: it is the usual thing to be in the way.
check_port() {
    "$PY" - "$PORT" <<'PYTHON' || die "Le port $PORT est déjà pris sur cette machine. Choisissez-en un autre : make $1 PORT=$((PORT + 1))"
import socket, sys
port = int(sys.argv[1])
with socket.socket() as one:
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        one.bind(("127.0.0.1", port))
    except (OSError, OverflowError):
        sys.exit(1)
PYTHON
}

free_port() { "$PY" -c 'import socket; one = socket.socket(); one.bind(("127.0.0.1", 0)); print(one.getsockname()[1])'; }

# Catalogues and static files, only when something changed since.
prepare_files() {
    for po in locale/*/LC_MESSAGES/django.po; do
        [ -e "$po" ] && [ ! "${po%.po}.mo" -nt "$po" ] && { "$PY" locale/messages.py compile; break; }
    done
    made=staticfiles/staticfiles.json
    if [ ! -e $made ] || [ -n "$(find static .venv/runtime -newer $made -print 2>/dev/null | head -n 1)" ]; then
        "$PY" manage.py collectstatic --noinput --verbosity 0
    fi
}

# The worker sends messages and does the chores of the night. It ends when this shell does, or what takes its place.
work() { "$PY" manage.py worker --until-ends $$ & }

# In the foreground, in this shell's place: Ctrl-C ends it all.
serve() { exec .venv/bin/gunicorn --config deploy/gunicorn.conf.py --pid "$DATA/server.pid" clicdocteur.wsgi; }

is_running() { [ -e "$DATA/server.pid" ] && kill -0 "$(cat "$DATA/server.pid")" 2>/dev/null; }
