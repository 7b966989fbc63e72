"""The door for gunicorn."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clicdocteur.settings")
application = get_wsgi_application()


def _look_at_the_stores() -> None:
    """Refuse to start on one database for both stores. Connections are closed again: workers are forked from here."""
    from django.db import connections

    from clicdocteur import two_stores

    try:
        two_stores.need_two()
    finally:
        connections.close_all()


_look_at_the_stores()
