"""The honest limits of docs/threat-model.md, shown: what is not promised is really so, and no wider than said."""

from datetime import timedelta

import pytest
from allauth.mfa.totp.internal import auth as totp
from django.conf import settings
from django.db import connections
from limits import RateLimitItemPerSecond

from booking import appointments, limits, rotation
from booking.models import Appointment, Counter
from clicdocteur import sealing
from patients import order, store
from patients.models import PatientRecord
from patients.store import boxes
from practitioners import keys
from practitioners.models import Staff
from tests.agenda.cast import NAME
from tests.agenda.factor import enrol_telephone, secret_of
from tests.booking.cast import MONDAY, NOW, TUESDAY, Office
from tests.practitioners.cast import private_of

pytestmark = pytest.mark.django_db


def record_of(one: Appointment) -> PatientRecord:
    return PatientRecord.objects.get(pk=appointments.reference(one).record)


def opened(office: Office, one: Appointment, *privates: bytes) -> store.Record | store.NotOpened:
    return store.open_many({appointments.reference(one): privates or (office.private_one(),)})[one.pk]


def test_an_older_box_of_the_same_row_put_back_is_not_told_from_the_one_that_replaced_it(office: Office):
    """Whoever can write there brings back what was corrected since. They read nothing by it, and of that row only."""
    booked = office.book("09:00", contact={"email": "former@example.org"})
    older = bytes(record_of(booked).contact_box)
    appointments.correct_contact(booked.token, store.Visit(email="newer@example.org"), NOW, language="fr")
    booked.refresh_from_db()
    assert appointments.contact_of(booked).value == "newer@example.org"
    PatientRecord.objects.update(contact_box=older)
    assert appointments.contact_of(booked).value == "former@example.org"


def guess(contact: str, practitioner: int) -> bool:
    """What somebody with the agenda store and the server secret does: the tag that this contact would have."""
    key = RateLimitItemPerSecond(appointments.BOOKINGS_PER_CONTACT, 86_400, namespace="book").key_for(
        str(practitioner), contact
    )
    tag = sealing.tag(sealing.derive(settings.SERVER_SECRETS[0], "limits"), key).hex()
    return Counter.objects.filter(tag=tag).exists()


def test_within_a_day_a_suspected_contact_can_be_checked_against_the_counter_with_the_secret_and_not_without(
    office: Office, secrets, time_machine
):
    time_machine.move_to(NOW, tick=False)
    office.book("09:00", contact={"phone": "+33612345678"})
    assert guess("+33612345678", office.one.pk)
    assert not guess("+33612345679", office.one.pk)
    assert not guess("+33612345678", office.two.pk)
    mine = settings.SERVER_SECRETS
    secrets(b"\x07" * 32)
    assert not guess("+33612345678", office.one.pk)
    secrets(*mine)
    assert limits.forget_expired(NOW + timedelta(hours=25, minutes=1)) == 1
    assert not guess("+33612345678", office.one.pk)


@pytest.mark.django_db(transaction=True)
def test_since_the_last_rewrite_rows_show_their_order_and_afterwards_they_do_not():
    """I3, said: PostgreSQL's row versions, SQLite's pages."""
    office = Office(places=6)
    booked = [office.book(clock, TUESDAY, contact={"email": f"p{number}@example.org"}, network=f"192.0.2.{number}")
              for number, clock in enumerate(["09:00", "09:30", "10:00", "10:30"] * 3)]  # fmt: skip
    in_order = [record_of(one).pk for one in booked]

    def transactions() -> list[int]:
        with connections["patients"].cursor() as cursor:
            cursor.execute("SELECT id FROM patients_patientrecord ORDER BY xmin::text::bigint, ctid")
            return [row[0] for row in cursor.fetchall()]

    if connections["patients"].vendor == "postgresql":
        assert transactions() == in_order
        order.shuffle()
        assert transactions() == sorted(in_order) != in_order
    else:
        with connections["patients"].cursor() as cursor:
            assert cursor.execute("PRAGMA freelist_count").fetchone()[0] >= 0
            order.shuffle()
            rows = cursor.execute("SELECT id FROM patients_patientrecord").fetchall()
        assert [row[0] for row in rows] == sorted(in_order) != in_order


def test_a_leaver_who_kept_the_key_opens_a_backup_of_before_and_nothing_that_was_written_since(office: Office):
    """P12, said: what they could open they could have copied, and backups live thirty days."""
    booked = office.book("09:00", identity=store.Identity((store.Person(NAME),)))
    kept, backup = office.private_one(), PatientRecord.objects.get()
    vault = keys.Vault(office.alice, private_of(office.alice), MONDAY)
    rotation.start(office.one, vault, MONDAY)
    assert rotation.advance(office.one, vault.fresh()).is_over
    later = office.book("10:00")
    booked.refresh_from_db()
    for one in (booked, later):
        assert isinstance(opened(office, one, kept), store.NotOpened)
    inner = boxes.open_box(boxes.IDENTITY, backup.pk, bytes(backup.identity_box), [boxes.Key(kept)])
    assert inner is not None
    assert NAME.encode() in inner.content


def test_with_the_secret_a_telephone_s_codes_can_be_computed_and_still_open_no_name(desk, clock):
    """Said: the second factor is for whoever has a password and no disk."""
    desk.practice.requires_second_factor = True
    desk.practice.save()
    enrol_telephone()
    secret = secret_of(Staff.objects.get(login="alice"))
    assert totp.validate_totp_code(secret, totp.format_hotp_value(totp.hotp_value(secret, int(NOW.timestamp()) // 30)))
    visit = desk.visit()
    assert isinstance(opened(desk, visit, sealing.generate_key_pair().private), store.NotOpened)


def test_whoever_runs_the_server_sees_a_name_while_it_is_typed_and_not_once_it_is_sealed(office: Office, monkeypatch):
    """Said: a live-compromised server. The same hand finds nothing of it afterwards."""
    seen: list[str] = []
    real = store.put

    def listening(identity: store.Identity, *given: object) -> bytes:
        seen.append(identity.persons[0].last_name)
        return real(identity, *given)

    monkeypatch.setattr(store, "put", listening)
    booked = office.book("09:00")
    assert seen == [NAME]
    row = record_of(booked)
    for column in (boxes.IDENTITY, boxes.VISIT):
        assert NAME.encode() not in (boxes.unwrap(column, row.pk, bytes(getattr(row, column.name))) or b"")
    found = store.open_many({appointments.reference(booked): ()})[booked.pk]
    assert isinstance(found, store.NotOpened)
