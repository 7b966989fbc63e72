#!/usr/bin/env python
"""The command line of one instance: `python manage.py help`."""

import os
import sys
from pathlib import Path

import environ


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clicdocteur.settings")
    environ.Env.read_env(Path(__file__).resolve().parent / ".env")
    if sys.argv[1:2] == ["setup"]:
        # Settings refuse to load without a server secret; set-up is the one place that may make it.
        from clicdocteur import server_secret

        server_secret.ensure(server_secret.path_from_environment())
    if sys.argv[1:2] in (["recover"], ["restore"]):
        _without_secret()
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        _speak()
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as wrong:
        # The sentence says how to mend it; a traceback around it would only hide it.
        sys.exit(str(wrong))


def _speak() -> None:
    """French, or English where the terminal's language is."""
    import django
    from django.utils import translation

    spoken = next((os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), "")
    if spoken.startswith("en"):
        django.setup()
        translation.activate("en")


def _without_secret() -> None:
    """On a new machine the secret lies only in the agenda store, sealed: settings load under a stand-in that keeps nothing."""
    from tempfile import mkdtemp

    from clicdocteur import server_secret

    path = server_secret.path_from_environment()
    if path.exists():
        return
    stand_in = Path(mkdtemp(prefix="clicdocteur-stand-in-")) / "secret"
    server_secret.ensure(stand_in)
    os.environ.update(SECRET_FILE=str(stand_in), RESTORE_SECRET_TO=str(path.resolve()))


if __name__ == "__main__":
    main()
