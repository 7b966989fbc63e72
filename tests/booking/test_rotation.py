"""A new agenda key: who gets it, what goes under it, and what happens to what is under way (P5 P12)."""

import threading
from datetime import timedelta

import pytest
from django.db import connection

from booking import appointments, identities, pairing, retention, rotation
from booking.models import Appointment
from booking.refusals import NotBookable
from clicdocteur import sealing
from patients import store
from patients.models import PatientRecord
from patients.models import StoreCheck as PatientsCheck
from practitioners import keys
from practitioners.keys import Vault
from practitioners.models import AgendaKey, Grant, KeyHolder
from tests.booking.cast import MONDAY, NOW, Office, identity
from tests.practitioners.cast import holder_of, private_of, staff

pytestmark = pytest.mark.django_db
TODAY = MONDAY


def vault_of(office: Office, login: str = "alice") -> Vault:
    member = getattr(office, login)
    return Vault(member, private_of(member), TODAY)


def rotate(office: Office, seconds: float = 60) -> rotation.Progress:
    vault = vault_of(office)
    rotation.start(office.one, vault, TODAY)
    return rotation.advance(office.one, vault.fresh(), seconds)


def names(office: Office, login: str = "alice") -> dict[int, str]:
    """What an unlocked session sees: names, or why not in brackets."""
    shown = identities.show(Appointment.objects.all(), vault_of(office, login), "test", NOW)
    return {pk: one.names or f"[{one.why}]" for pk, one in shown.items()}


def test_every_record_goes_under_the_new_key_and_the_old_one_goes(office):
    booked = [office.book(clock) for clock in ("09:00", "09:30", "10:00")]
    names(office)  # files them: sealed and filed boxes move alike
    booked.append(office.book("10:30"))
    old = vault_of(office).key(office.one.pk, 1)
    reached = rotate(office)
    assert (reached.version, reached.left, reached.total, reached.is_over, reached.closed) == (2, 0, 4, True, 0)
    assert set(Appointment.objects.values_list("key_version", flat=True)) == {2}
    assert names(office) == dict.fromkeys((one.pk for one in booked), "Zénobie Kowalczyk-N’Diaye")
    assert not Grant.objects.filter(agenda_key__retired=True).exists()
    for one in booked:
        reference = appointments.reference(Appointment.objects.get(pk=one.pk))
        assert isinstance(store.open_many({reference: [old]})[one.pk], store.NotOpened)


def test_whoever_still_holds_gets_the_new_key_with_the_same_days_and_nobody_else(office):
    """P12"""
    keys.confirm_sheet(office.one, keys.new_recovery_sheet(office.one, office.private_one())[-4:])
    gone, replacement, later = staff("gone"), staff("replacement"), staff("later")
    key = AgendaKey.objects.get(practitioner=office.one)
    keys.grant(key, office.private_one(), holder_of(gone))
    keys.grant(key, office.private_one(), holder_of(replacement), None, TODAY)
    keys.grant(key, office.private_one(), holder_of(later), TODAY + timedelta(days=9), None)
    keys.grant(key, office.private_one(), holder_of(office.chloe), None, TODAY - timedelta(days=1))
    gone.is_active = False
    gone.save(update_fields=["is_active"])
    rotate(office)
    held = Grant.objects.filter(agenda_key__practitioner=office.one).select_related("holder__staff")
    assert {
        (given.holder.staff.login if given.holder.staff else "sheet", given.starts_on, given.ends_on) for given in held
    } == {
        ("alice", None, None),
        ("sheet", None, None),
        ("replacement", None, TODAY),
        ("later", TODAY + timedelta(days=9), None),
    }
    assert keys.publishable(office.one)


def test_a_revoked_colleague_holds_nothing_that_opens_what_comes_after(office):
    """P12: cryptographically, not by a rule: the key of the day before opens none of it."""
    keys.grant(office.key_one, office.private_one(), holder_of(office.chloe))
    leaver = vault_of(office, "chloe")
    kept = leaver.key(office.one.pk, 1)
    before = office.book("09:00")
    keys.revoke(holder_of(office.chloe), office.one)
    rotate(office)
    after = office.book("09:30")
    assert names(office, "chloe") == {before.pk: "[no-key]", after.pk: "[no-key]"}
    for one in Appointment.objects.all():
        assert isinstance(store.open_many({appointments.reference(one): [kept]})[one.pk], store.NotOpened)


def test_departure_and_expiry_say_that_the_key_is_due_and_a_new_key_is_not(office):
    key = office.key_one
    keys.grant(key, office.private_one(), holder_of(office.chloe), None, TODAY)
    keys.expire(TODAY)
    assert AgendaKey.objects.get(pk=key.pk).renew_because == ""
    keys.expire(TODAY + timedelta(days=1))
    assert AgendaKey.objects.get(pk=key.pk).renew_because == "expiry"
    keys.grant(key, office.private_one(), holder_of(office.chloe))
    assert keys.revoke(holder_of(office.chloe), office.one) == 1
    assert AgendaKey.objects.get(pk=key.pk).renew_because == "departure"
    assert [notice.kind for notice in vault_of(office).notices()] == ["renew", "few"]
    rotate(office)
    assert [notice.kind for notice in vault_of(office).notices()] == ["few"]
    assert not AgendaKey.objects.filter(practitioner=office.two).exclude(renew_because="").exists()


def test_nobody_without_the_current_key_starts_or_moves_anything(office):
    """P11"""
    office.book()
    for login in ("bruno", "chloe"):
        with pytest.raises(rotation.NotHeld):
            rotation.start(office.one, vault_of(office, login), TODAY)
        with pytest.raises(rotation.NotHeld):
            rotation.advance(office.one, vault_of(office, login))
    assert AgendaKey.objects.filter(practitioner=office.one).count() == 1


def test_a_key_that_nobody_would_hold_is_not_made(office):
    vault = vault_of(office)
    vault.key(office.one.pk, 1)
    office.alice.is_active = False
    office.alice.save(update_fields=["is_active"])
    with pytest.raises(keys.NobodyLeft):
        rotation.start(office.one, vault, TODAY)
    assert list(AgendaKey.objects.filter(practitioner=office.one).values_list("version", "retired")) == [(1, False)]


def test_bookings_use_the_new_key_at_once_and_both_kinds_open_meanwhile(office):
    before = office.book("09:00")
    rotation.start(office.one, vault_of(office), TODAY)
    after = office.book("09:30")
    assert dict(Appointment.objects.values_list("pk", "key_version")) == {before.pk: 1, after.pk: 2}
    assert "[" not in "".join(names(office).values())
    assert rotation.progress([office.one.pk, office.two.pk]) == {
        office.one.pk: rotation.Progress(2, 1, 2, is_over=False),
        office.two.pk: rotation.Progress(1, 0, 0, is_over=True),
    }
    assert [notice.kind for notice in vault_of(office).notices()] == ["moving", "few"]


def test_a_colleague_can_carry_on_and_a_second_time_changes_nothing(office, monkeypatch):
    monkeypatch.setattr(rotation, "BATCH", 1)
    keys.grant(office.key_one, office.private_one(), holder_of(office.chloe))
    for clock in ("09:00", "09:30", "10:00"):
        office.book(clock)
    reached = rotate(office, seconds=0)
    assert (reached.left, reached.is_over) == (3, False)
    assert rotation.advance(office.one, vault_of(office, "chloe")).is_over
    rows = list(PatientRecord.objects.order_by("pk").values())
    assert rotation.advance(office.one, vault_of(office)).is_over
    assert list(PatientRecord.objects.order_by("pk").values()) == rows


def test_two_renewals_in_a_row_bring_everything_to_the_last(office):
    office.book("09:00")
    rotation.start(office.one, vault_of(office), TODAY)
    office.book("09:30")
    rotation.start(office.one, vault_of(office), TODAY)
    office.book("10:00")
    assert sorted(Appointment.objects.values_list("key_version", flat=True)) == [1, 2, 3]
    assert rotation.advance(office.one, vault_of(office)).is_over
    assert set(Appointment.objects.values_list("key_version", flat=True)) == {3}
    assert "[" not in "".join(names(office).values())


def test_a_record_ahead_of_its_appointment_opens_and_the_pointer_follows(office):
    """A crash between the two stores' writes."""
    booked = office.book()
    rotate(office)
    Appointment.objects.filter(pk=booked.pk).update(key_version=1)
    assert names(office)[booked.pk] == "Zénobie Kowalczyk-N’Diaye"
    assert rotation.advance(office.one, vault_of(office)).is_over
    assert Appointment.objects.get().key_version == 2


def test_what_does_not_open_stays_as_it_is_and_so_does_the_old_key(office):
    """P5: never overwritten; the old key is kept for it."""
    good, damaged = office.book("09:00"), office.book("09:30")
    record = appointments.reference(Appointment.objects.get(pk=damaged.pk)).record
    PatientRecord.objects.filter(pk=record).update(identity_box=bytes([1]) * 4238)
    before = PatientRecord.objects.filter(pk=record).values().get()
    reached = rotate(office)
    assert (reached.left, reached.closed, reached.is_over) == (1, 1, False)
    assert PatientRecord.objects.filter(pk=record).values().get() == before
    assert dict(Appointment.objects.values_list("pk", "key_version")) == {good.pk: 2, damaged.pk: 1}
    assert Grant.objects.filter(agenda_key=office.key_one).exists()
    retention.forget([Appointment.objects.get(pk=damaged.pk)])
    assert rotation.advance(office.one, vault_of(office)).is_over


def test_a_record_that_is_gone_holds_nothing_up(office):
    office.book()
    PatientRecord.objects.all().delete()
    assert rotate(office).is_over


def test_corrections_and_emptied_visits_come_along(office):
    """A phone corrected before, one corrected meanwhile (sealed to the new key), and a visit that retention emptied."""
    first, second, third = (office.book(clock) for clock in ("09:00", "09:30", "10:00"))
    appointments.correct_contact(first.token, store.Visit(phone="+33611111111"), NOW, language="fr")
    rotation.start(office.one, vault_of(office), TODAY)
    appointments.correct_contact(second.token, store.Visit(phone="+33622222222"), NOW, language="fr")
    store.empty_visit([appointments.reference(third)])
    shown = identities.show([Appointment.objects.get(pk=second.pk)], vault_of(office), "test", NOW)[second.pk]
    assert shown.record.visit.phone == "+33622222222"
    assert rotation.advance(office.one, vault_of(office)).is_over
    shown = identities.show(Appointment.objects.all(), vault_of(office), "test", NOW)
    assert [shown[one.pk].record.visit and shown[one.pk].record.visit.phone for one in (first, second, third)] == [
        "+33611111111", "+33622222222", None,
    ]  # fmt: skip


def test_a_contact_hushed_during_a_renewal_is_sealed_to_the_key_that_stays(office):
    """A corrected address leaves the server's eyes with the cancellation: under the new key, whatever the appointment names."""
    booked = office.book()
    renewed = appointments.correct_contact(booked.token, store.Visit(email="n@example.org"), NOW, language="fr")
    loaded = Appointment.objects.get(pk=booked.pk)  # before the renewal, as a request under way holds it
    rotation.start(office.one, vault_of(office), TODAY)
    appointments.hush(loaded)
    assert store.read_contact(appointments.reference(loaded)).correction
    assert rotation.advance(office.one, vault_of(office)).is_over
    shown = identities.show([Appointment.objects.get(pk=booked.pk)], vault_of(office), "test", NOW)[booked.pk]
    assert shown.record.visit.email == "n@example.org"
    assert renewed


def test_a_corrected_contact_is_not_sealed_to_an_altered_key(office):
    """P5"""
    booked = office.book()
    appointments.correct_contact(booked.token, store.Visit(email="n@example.org"), NOW, language="fr")
    AgendaKey.objects.filter(practitioner=office.one).update(altered=True)
    appointments.hush(Appointment.objects.get(pk=booked.pk))
    assert store.read_contact(appointments.reference(booked)).value == "n@example.org"


def test_nothing_moves_while_the_stores_do_not_belong_together(office):
    """P6"""
    office.book()
    PatientsCheck.objects.update(pairing=b"restored")
    with pytest.raises(NotBookable):
        rotate(office)
    pairing.renew()
    assert rotate(office).is_over


def test_a_replaced_public_key_stops_bookings_and_a_renewal_mends_it(office):
    """P5: what is sealed to a stranger's key nobody here would ever open."""
    before = office.book("09:00")
    AgendaKey.objects.filter(pk=office.key_one.pk).update(public_key=sealing.generate_key_pair().public)
    lost = office.book("09:30")  # nobody has unlocked since, so nobody can know
    held = office.hold("10:00")
    vault = vault_of(office)
    vault.check_pairs()
    with pytest.raises(NotBookable):
        office.hold("10:30")
    with pytest.raises(NotBookable):
        appointments.book(held, appointments.Submission(identity(), store.Visit(phone="+33611111111"), "fr"), NOW)
    with pytest.raises(NotBookable):
        appointments.correct_contact(before.token, store.Visit(phone="+33611111111"), NOW, language="fr")
    assert [notice.kind for notice in vault_of(office).notices()] == ["altered", "few"]
    reached = rotate(office)
    assert (reached.left, reached.closed) == (1, 1)
    after = office.book("10:30")
    seen = names(office)
    assert seen[before.pk] == seen[after.pk] == "Zénobie Kowalczyk-N’Diaye"
    assert seen[lost.pk] == "[sealed-authentication]"


def test_the_sheet_opens_the_new_key_too(office):
    code = keys.new_recovery_sheet(office.one, office.private_one())
    keys.confirm_sheet(office.one, code[-4:])
    booked = office.book()
    rotate(office)
    assert KeyHolder.objects.get(sheet_of=office.one).confirmed
    assert keys.recover(office.one, code, holder_of(office.chloe))
    assert names(office, "chloe")[booked.pk] == "Zénobie Kowalczyk-N’Diaye"


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_bookings_under_way_during_a_renewal_all_open_afterwards(office):
    """An in-flight booking is sealed to the old key and moved, or to the new one: never lost."""
    tokens = [
        office.hold(f"{9 + number // 4:02}:{number % 4 * 15:02}", network=f"192.0.2.{number}")
        for number in range(0, 12, 2)
    ]
    failures: list[BaseException] = []
    go = threading.Barrier(len(tokens) + 1)

    def book(token: str) -> None:
        try:
            go.wait()
            appointments.book(
                token,
                appointments.Submission(identity(), store.Visit(phone=f"+336{tokens.index(token):08}"), "fr"),
                NOW,
            )
        except BaseException as failure:  # noqa: BLE001 - told by the main thread
            failures.append(failure)
        finally:
            connection.close()
            for other in ("default", "patients"):
                from django.db import connections

                connections[other].close()

    threads = [threading.Thread(target=book, args=(token,)) for token in tokens]
    for thread in threads:
        thread.start()
    vault = vault_of(office)
    go.wait()
    rotation.start(office.one, vault, TODAY)
    vault = vault.fresh()
    rotation.advance(office.one, vault)
    for thread in threads:
        thread.join()
    assert failures == []
    assert rotation.advance(office.one, vault).is_over
    assert list(names(office).values()) == ["Zénobie Kowalczyk-N’Diaye"] * len(tokens)
    assert set(Appointment.objects.values_list("key_version", flat=True)) == {2}
