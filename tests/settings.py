"""The settings of the tests: the real ones, with a fast password cost and stores of their own."""

import os
import tempfile
from pathlib import Path

# One secret and one folder for the run; the environment may name PostgreSQL stores (see tests/engines.py).
_folder = Path(os.environ.setdefault("CLICDOCTEUR_TEST_DIR", tempfile.mkdtemp(prefix="clicdocteur-test-")))
os.environ.setdefault("SECRET_FILE", str(_folder / "secret"))
os.environ.setdefault("AGENDA_DATABASE_URL", f"sqlite:///{_folder / 'agenda.sqlite3'}")
os.environ.setdefault("PATIENTS_DATABASE_URL", f"sqlite:///{_folder / 'patients.sqlite3'}")
os.environ.setdefault("BACKUP_FOLDER", str(_folder / "backups"))
os.environ["SITE_URL"] = "http://localhost:8000"

from clicdocteur import server_secret

server_secret.ensure(server_secret.path_from_environment())

from clicdocteur.sealing import PasswordCost
from clicdocteur.settings import *

ALLOWED_HOSTS = ["localhost", "127.0.0.1", "testserver"]
PASSWORD_COST = PasswordCost(memory_kib=64, iterations=1, lanes=1)
STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
WHITENOISE_AUTOREFRESH = True
for _store in DATABASES.values():
    _store["CONN_MAX_AGE"] = 0
    # Who waits for a lock is not told to come again because the machine is slow: a race's loser has lost the race.
    if _store["ENGINE"] == SQLITE:
        _store["OPTIONS"]["timeout"] = 60
        # Processes are killed here, power is not cut: what the system was given is safe. (PostgreSQL: fsync=off, tests/engines.py.)
        _store["OPTIONS"]["init_command"] += "PRAGMA synchronous=OFF;"
    else:
        _store["OPTIONS"]["options"] = "-c lock_timeout=60000 -c statement_timeout=120000"
# Unknown template variables must not pass as silence.
TEMPLATES[0]["OPTIONS"]["string_if_invalid"] = "INVALID(%s)"  # type: ignore[index]
