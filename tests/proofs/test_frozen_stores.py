"""What an older version wrote opens for ever: both stores of November 2026, frozen, under today's program (P5).

`tests/proofs/freeze.py` made them, once. Whoever changes how something is closed keeps opening what is here, or the tests are red.
"""

import json
from typing import Any

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.core.management import call_command
from django.test import Client

from booking import identities, pairing, rotation, sweep
from booking.models import Appointment, DayNote
from clicdocteur import sealing
from patients import store
from patients.models import PatientRecord
from practitioners import keys
from practitioners.access_log import chain
from practitioners.models import AgendaKey, Grant, Invitation, KeyHolder, Practitioner, Staff
from tests.agenda.cast import sign_in, text
from tests.booking.cast import MONDAY, NOW
from tests.practitioners.cast import PASSWORD, private_of
from tests.proofs.freeze import FROZEN, main

pytestmark = pytest.mark.django_db
NAMES = "Élodie Œuvrard-N’Diaye"


@pytest.fixture
def kept(secrets: Any) -> dict[str, str]:
    """Load the stores, name their server secret; return what else goes with them."""
    for name in ("default", "patients"):
        call_command("loaddata", FROZEN / f"{name}.json", database=name, ignorenonexistent=True, verbosity=0)
    found: dict[str, str] = json.loads((FROZEN / "kept.json").read_text())
    secrets(bytes.fromhex(found["secret"]))
    return found


def shown(kept: dict[str, str]) -> dict[str, identities.Shown]:
    alice = Staff.objects.get(login="alice")
    found = identities.show(Appointment.objects.all(), keys.Vault(alice, private_of(alice), MONDAY), "day", NOW)
    return {name: found[int(kept[name])] for name in ("sealed", "filed", "corrected")}


def test_a_sealed_a_filed_and_a_corrected_record_open(kept):
    """P5"""
    found = shown(kept)
    assert {one.names for one in found.values()} == {NAMES}, [one.why for one in found.values()]
    records = {name: one.record for name, one in found.items()}
    assert all(record and record.identity.booker == store.Person("Þórbjörg") for record in records.values())
    visits = {name: record.visit for name, record in records.items() if record}
    assert visits["sealed"] == store.Visit(email="elodie@example.org", message="Une ordonnance ½")
    assert visits["filed"] == store.Visit(email="filed@example.org", message="Une ordonnance ½")
    assert visits["corrected"] == store.Visit(phone="+33639980001")


def test_the_patient_s_link_and_the_contact_open(kept, client):
    with time_machine.travel(NOW, tick=False):
        page = client.get(f"/fr/rdv/{kept['link']}/")
    assert page.status_code == 200
    assert "elodie@example.org" in page.content.decode()


def test_passwords_sign_in_and_the_agenda_shows_the_names(kept):
    with time_machine.travel(NOW, tick=False):
        client = Client()
        assert sign_in(client).status_code == 302
        assert "Œuvrard-N’Diaye" in text(client.get("/agenda/day/2026-01-06/"))


def test_the_recovery_sheet_the_server_secret_s_copies_and_an_invitation_open(kept):
    one = Practitioner.objects.get(slug="un")
    opened = keys.open_sheet(one, kept["sheet"])
    assert opened is not None
    secret = (bytes.fromhex(kept["secret"]),)
    assert keys.server_secrets(*opened) == secret
    alice = Staff.objects.get(login="alice")
    assert keys.server_secrets(KeyHolder.objects.get(staff=alice), private_of(alice)) == secret
    private = bytes.fromhex(kept["agenda_private"])
    assert keys.open_carried(Invitation.objects.get(), kept["token"], kept["code"]) == {(one.pk, 1): private}
    assert keys.recover(one, kept["sheet"], KeyHolder.objects.get(staff__login="chloe"))
    assert Grant.objects.filter(holder__staff__login="chloe", agenda_key__practitioner=one).exists()


def test_the_note_the_second_factor_the_checks_and_the_log_open(kept):
    private = bytes.fromhex(kept["agenda_private"])
    note = DayNote.objects.get()
    assert store.open_day_note(note.pk, bytes(note.box), [private]) == "Vaccins à 9 h"
    factor = Authenticator.objects.get()
    assert keys.open_factor(factor.user_id, factor.data["secret"]) == "JBSWY3DP"
    assert pairing.is_sound()
    assert chain.verify(kept["anchor"]).rows == 1
    assert sealing.public_of(private) == bytes(AgendaKey.objects.get(practitioner__slug="un").public_key)


def test_they_can_be_swept_rotated_and_rewrapped_like_any(kept, secrets):
    """P5 P6: nothing of them is an orphan, and both rotations take all of it along."""
    assert sweep.sweep(NOW).waiting == 0
    alice, one = Staff.objects.get(login="alice"), Practitioner.objects.get(slug="un")
    vault = keys.Vault(alice, private_of(alice), MONDAY)
    rotation.start(one, vault, MONDAY)
    reached = rotation.advance(one, vault.fresh())
    assert (reached.is_over, reached.closed) == (True, 0)
    secrets(b"\x09" * 32, bytes.fromhex(kept["secret"]))
    assert store.rewrap().closed == 0
    secrets(b"\x09" * 32)
    assert store.rewrap(write=False) == store.Sight(seen=3, older=0, closed=0)
    assert PatientRecord.objects.count() == 3


def test_frozen_stores_are_never_written_again():
    before = {path.name: path.read_bytes() for path in FROZEN.iterdir()}
    with pytest.raises(FileExistsError):
        main()
    assert {path.name: path.read_bytes() for path in FROZEN.iterdir()} == before
    assert PASSWORD not in b"".join(before.values()).decode()
