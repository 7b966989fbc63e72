"""The settings of an instance as it is served; style sheets are not what is tried. Its clock may be told to be wrong."""

import os

from clicdocteur.settings import *  # noqa: F403
from clicdocteur.settings import STORAGES

STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}

if wrong_by := float(os.environ.get("FAULTS_CLOCK", "0")):
    import time

    import time_machine

    from clicdocteur import clock

    time_machine.travel(time.time() + wrong_by, tick=True).start()
    clock.is_kept = lambda: False
