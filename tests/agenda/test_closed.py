"""P5: nothing falls back silently. Whatever does not open is said with its cause, noted, and left exactly as it is."""

from collections.abc import Callable

import pytest

from booking import appointments
from booking.models import Appointment
from clicdocteur import sealing
from patients import store
from patients.models import PatientRecord
from patients.store import boxes, people
from practitioners.models import AccessEvent
from tests.agenda.cast import NAME, Desk, text

Damage = Callable[[Desk, Appointment, PatientRecord], None]
STRANGER = sealing.generate_key_pair()


def flipped(name: str, at: int) -> Damage:
    """One bit of a box is another."""

    def damage(desk: Desk, visit: Appointment, row: PatientRecord) -> None:
        box = bytearray(getattr(row, name))
        box[at] ^= 1
        PatientRecord.objects.filter(pk=row.pk).update(**{name: bytes(box)})

    return damage


def inner(column: boxes.Column, make: Callable[[Desk, PatientRecord], bytes]) -> Damage:
    """Something else lies under the right storage wrap."""

    def damage(desk: Desk, visit: Appointment, row: PatientRecord) -> None:
        PatientRecord.objects.filter(pk=row.pk).update(**{column.name: boxes.wrap(column, row.pk, make(desk, row))})

    return damage


def filed(desk: Desk, row: PatientRecord) -> bytes:
    """A filed identity, as the inner box that it is."""
    made = boxes.file(boxes.IDENTITY, row.pk, people.dump({"persons": []}), boxes.Key(desk.private_one()))
    return boxes.unwrap(boxes.IDENTITY, row.pk, made) or b""


def reference(change: Callable[[bytes], bytes]) -> Damage:
    def damage(desk: Desk, visit: Appointment, row: PatientRecord) -> None:
        Appointment.objects.filter(pk=visit.pk).update(patient_ref=change(bytes(visit.patient_ref)))

    return damage


def version(desk: Desk, visit: Appointment, row: PatientRecord) -> None:
    Appointment.objects.filter(pk=visit.pk).update(key_version=9)


def gone(desk: Desk, visit: Appointment, row: PatientRecord) -> None:
    row.delete()


def emptied(desk: Desk, visit: Appointment, row: PatientRecord) -> None:
    PatientRecord.objects.filter(pk=row.pk).update(identity_box=boxes.filler(boxes.IDENTITY, row.pk))


def another_make(desk: Desk, visit: Appointment, row: PatientRecord) -> None:
    box = boxes.close(boxes.IDENTITY, row.pk, b'{"v":2}', bytes(desk.key_one.public_key))
    PatientRecord.objects.filter(pk=row.pk).update(identity_box=box)


def another_key(desk: Desk, visit: Appointment, row: PatientRecord) -> None:
    box = boxes.close(boxes.IDENTITY, row.pk, people.dump({"persons": []}), STRANGER.public)
    PatientRecord.objects.filter(pk=row.pk).update(identity_box=box)


def another_filing_key(desk: Desk, visit: Appointment, row: PatientRecord) -> None:
    box = boxes.file(boxes.VISIT, row.pk, people.dump({}), boxes.Key(STRANGER.private))
    PatientRecord.objects.filter(pk=row.pk).update(visit_box=box)


def another_correction(desk: Desk, visit: Appointment, row: PatientRecord) -> None:
    contact = store.Contact("phone", "+33611111111", "fr", "")
    store.correct(appointments.reference(visit), contact, STRANGER.public, readable=False)


def sealed_byte(desk: Desk, row: PatientRecord) -> bytes:
    return b"\3" + (boxes.unwrap(boxes.IDENTITY, row.pk, bytes(row.identity_box)) or b"")[1:]


def noise(desk: Desk, row: PatientRecord) -> bytes:
    return b"\1" + bytes(boxes.CONTACT.inner - 1)


def altered_filing(desk: Desk, row: PatientRecord) -> bytes:
    made = filed(desk, row)
    return made[:-1] + bytes([made[-1] ^ 1])


CAUSES: dict[str, tuple[Damage, str]] = {
    "no-key": (version, "aucune clé pour cette version"),
    "missing": (gone, "fiche introuvable"),
    "empty": (emptied, "fiche vidée"),
    "content": (another_make, "écrite autrement"),
    "link-length": (reference(lambda ref: ref[:20]), "le secret du serveur n’ouvre pas sa référence"),
    "link-format": (reference(lambda ref: b"\2" + ref[1:]), "le secret du serveur n’ouvre pas sa référence"),
    "link-authentication": (reference(lambda ref: ref[:-1] + bytes([ref[-1] ^ 1])), "le secret du serveur n’ouvre pas sa référence"),
    "storage-format": (flipped("identity_box", 0), "le secret du serveur ne l’ouvre pas"),
    "storage-authentication": (flipped("visit_box", -1), "le secret du serveur ne l’ouvre pas"),
    "sealed-format": (inner(boxes.IDENTITY, sealed_byte), "fermée sous une clé que vous n’avez pas"),
    "sealed-authentication": (another_key, "fermée sous une clé que vous n’avez pas"),
    "filed-authentication": (another_filing_key, "fermée sous une clé que vous n’avez pas"),
    "contact-authentication": (inner(boxes.CONTACT, noise), "son contact est abîmé"),
    "correction-authentication": (another_correction, "son contact corrigé"),
}  # fmt: skip


# What is wrong with contacts and messages only; a grid opens none.
BEHIND = ("storage-authentication", "filed-authentication", "contact-authentication", "correction-authentication")
GRIDS = ("/agenda/", "/agenda/week/{one}/2026-01-05/")
PAGES = (*GRIDS, "/agenda/list/2026-01-05/", "/agenda/appointment/{visit}/")


@pytest.mark.parametrize(
    ("code", "page"), [(code, page) for code in CAUSES for page in PAGES if not (code in BEHIND and page in GRIDS)]
)
def test_what_does_not_open_is_said_noted_and_never_overwritten(desk, alice, caplog, code, page):
    damage, sentence = CAUSES[code]
    visit, other = desk.visit("09:00"), desk.visit("10:00", name="Zwingli")
    row = PatientRecord.objects.get(pk=appointments.reference(visit).record)
    damage(desk, visit, row)
    before = (
        list(PatientRecord.objects.filter(pk=row.pk).values()),
        Appointment.objects.filter(pk=visit.pk).values().get(),
    )
    answer = alice.get(page.format(one=desk.one.pk, visit=visit.pk))
    shown = text(answer)
    assert answer.status_code == 200
    assert "ne peut pas être ouvert (" in shown
    assert sentence in shown
    assert NAME not in shown
    assert ("Zwingli" in shown) == ("appointment" not in page)
    assert f"the record of appointment {visit.pk} does not open: {code}" in caplog.text
    assert (
        list(PatientRecord.objects.filter(pk=row.pk).values()),
        Appointment.objects.filter(pk=visit.pk).values().get(),
    ) == before
    assert not AccessEvent.objects.filter(appointment=visit.pk).exists()
    assert other.pk


def test_an_altered_filed_box_is_said_and_left_alone(desk, alice):
    visit = desk.visit()
    row = PatientRecord.objects.get(pk=appointments.reference(visit).record)
    inner(boxes.IDENTITY, altered_filing)(desk, visit, row)
    before = PatientRecord.objects.values().get()
    assert "[filed-authentication]" in text(alice.get("/agenda/"))
    assert PatientRecord.objects.values().get() == before


def test_under_a_wrong_secret_the_agenda_stays_usable_and_says_why_everywhere(desk, alice, secrets):
    """P5 I8: times and types are there; no name, and nothing is written."""
    desk.visit()
    before = PatientRecord.objects.values().get()
    secrets(b"\7" * 32)
    page = text(alice.get("/agenda/"))
    assert "Consultation" in page
    assert "[link-authentication]" in page
    assert PatientRecord.objects.values().get() == before


@pytest.mark.parametrize("code", BEHIND)
@pytest.mark.parametrize("page", GRIDS)
def test_what_a_page_does_not_show_it_does_not_open(desk, alice, caplog, code, page):
    """A grid shows who comes; that a contact is damaged is said where the contact would be."""
    visit = desk.visit("09:00")
    row = PatientRecord.objects.get(pk=appointments.reference(visit).record)
    CAUSES[code][0](desk, visit, row)
    before = PatientRecord.objects.values("visit_box", "contact_box").get(pk=row.pk)
    assert NAME in text(alice.get(page.format(one=desk.one.pk)))
    assert "does not open" not in caplog.text
    assert PatientRecord.objects.values("visit_box", "contact_box").get(pk=row.pk) == before
