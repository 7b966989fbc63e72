"""A process that dies in the middle of a booking says where, and nothing of what was typed: on its outputs and on the disk (P7 I8).

Python in its most talkative mode, every logger at DEBUG, each statement logged with its values, the fault handler on.
"""

import pytest

from tests.canary.words import ANNA, found_in
from tests.processes import Instance

TYPED = f"""
import logging, os, sys, warnings
from django.db import connections
from django.test import Client
from booking import appointments
from patients import store
from tests.booking.cast import NOW, Office, TUESDAY, cell
import time_machine

for name in ("default", "patients"):
    connections[name].force_debug_cursor = True
for name in [None, *logging.root.manager.loggerDict, "django.db.backends"]:
    logging.getLogger(name).setLevel(logging.DEBUG)
form = {{
    "whom": "me", "last_name": {ANNA.last!r}, "first_name": {ANNA.first!r}, "birth_date": "17/11/1931", "patient": "known",
    "channel": "email", "email": {ANNA.email!r}, "message": {ANNA.message!r},
}}
with time_machine.travel(NOW, tick=False):
    office = Office()
    office.type.asks_birth_date = office.type.asks_message = True
    office.type.save()
    client = Client(raise_request_exception=False)
    held = client.post("/fr/un/consultation/", {{"start": str(cell(TUESDAY, "09:00")), "patient": "known"}})["Location"]
    open("token", "w").write(held.split("/")[3])
    put = store.put
"""

# The name is in the frames of all of these; what dies is chosen so that Python, the fault handler or the system prints.
DEATHS = {
    "an error that quotes what it was given": """
    def quoting(identity, *given, **named):
        raise RuntimeError(f"cannot store {identity!r} of {form!r}")
    store.put = quoting
    print(client.post(held, form).status_code)
    """,
    "a store that refuses the row": """
    with connections["patients"].cursor() as cursor:
        cursor.execute("ALTER TABLE patients_patientrecord RENAME TO gone")
    print(client.post(held, form).status_code)
    """,
    "an abort while the record is written": """
    store.put = lambda *given, **named: (put(*given, **named), os.abort())
    client.post(held, form)
    """,
    "a kill before the commit": """
    store.put = lambda *given, **named: (put(*given, **named), os.kill(os.getpid(), 9))
    client.post(held, form)
    """,
}
# Core dumps are off by the deployment (docs), as no program can promise what the system writes of its memory.
ENVIRONMENT = {"PYTHONDEVMODE": "1", "PYTHONFAULTHANDLER": "1", "LOG_LEVEL": "DEBUG"}


@pytest.mark.parametrize("death", list(DEATHS))
def test_a_death_in_the_middle_of_a_booking_prints_and_leaves_no_word(instance: Instance, death: str):
    instance.environment |= ENVIRONMENT
    limit = "import resource\nresource.setrlimit(resource.RLIMIT_CORE, (0, 0))\n"
    done = instance.python(limit + TYPED + DEATHS[death])
    said = done.stdout + done.stderr
    assert done.returncode == {"an abort while the record is written": -6, "a kill before the commit": -9}.get(
        death, 0
    ), said
    assert "django.db.backends" in said, "statements were logged"
    if done.returncode == 0:
        assert "500" in done.stdout or "503" in done.stdout
    if death.startswith("an abort"):
        assert "Fatal Python error: Aborted" in said
    assert not found_in(said, ANNA.words)
    assert (instance.folder / "token").read_text() not in said
    for path in sorted(instance.folder.rglob("*")):
        if path.is_file():
            assert not found_in(path.read_bytes(), ANNA.words), path


def test_the_words_would_be_found_in_what_a_process_says(instance: Instance):
    """R3: an error outside our logging, as a command's own traceback would print it."""
    done = instance.python(TYPED + "    raise RuntimeError(form)\n")
    assert done.returncode == 1
    assert found_in(done.stderr, ANNA.words)
