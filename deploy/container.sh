#!/bin/sh
# One container: what the self-check says, then the worker in the background and the pages in the foreground, in this shell's
# place; the worker ends with them. `sh deploy/container.sh pages`: no worker, which has a container of its own.
set -eu
python manage.py doctor --brief --inside || echo "The pages are served all the same: see the lines marked !!." >&2
if [ "${1:-}" != pages ]; then python manage.py worker --until-ends $$ & fi
exec gunicorn --config deploy/gunicorn.conf.py clicdocteur.wsgi
