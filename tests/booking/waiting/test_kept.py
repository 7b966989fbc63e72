"""A wish's record is kept, closed anew and let go like an appointment's."""

from datetime import date, timedelta

import pytest

from booking import erasures, identities, reconciling, retention, rotation, secret_rotation, sweep, waiting
from booking.appointments import contact_of, reference
from booking.models import Appointment, Offer, Orphan, Wish
from booking.waiting_rules import EVERY_PART
from patients import store
from patients.models import PatientRecord
from practitioners import keys
from practitioners.models import AccessEvent
from tests.booking.cast import MONDAY, NOW
from tests.booking.waiting.cast import TEN, Hall
from tests.practitioners.cast import private_of
from tests.test_linkage import COLUMNS, succeeds


def vault_of(hall: Hall) -> keys.Vault:
    return keys.Vault(hall.alice, private_of(hall.alice), MONDAY)


def test_a_new_agenda_key_reseals_wishes_too_and_only_then_lets_the_old_one_go(hall):
    wish = hall.wish()
    hall.book()
    rotation.start(hall.one, vault_of(hall), MONDAY)
    assert rotation.progress([hall.one.pk])[hall.one.pk].left == 2
    done = rotation.advance(hall.one, vault_of(hall))
    wish.refresh_from_db()
    assert (done.left, done.closed, done.is_over, wish.key_version) == (0, 0, True, 2)
    assert identities.show([wish], vault_of(hall), "wishes", TEN)[wish.pk].names == "Zénobie Attend1"


def test_a_wish_that_is_accepted_in_the_midst_of_a_renewal_still_opens(hall):
    hall.wish()
    hall.freed()
    hall.work(TEN)
    rotation.start(hall.one, vault_of(hall), MONDAY)
    waiting.accept(hall.offered(), TEN)
    visit = Appointment.objects.get(state="booked")
    assert visit.key_version == 1
    rotation.advance(hall.one, vault_of(hall))
    visit.refresh_from_db()
    assert visit.key_version == 2
    assert identities.show([visit], vault_of(hall), "test", TEN)[visit.pk].names == "Zénobie Attend1"


def test_a_new_server_secret_wraps_wishes_too(hall, secrets, settings):
    wish, old = hall.wish(), settings.SERVER_SECRETS[0]
    secrets(b"n" * 32, old)
    assert secret_rotation.standing().references == 1
    assert secret_rotation.rewrap().left == 0
    secrets(b"n" * 32)
    wish.refresh_from_db()
    assert contact_of(wish).value == "w1@example.org"


def test_the_sweep_leaves_a_wish_s_record_and_takes_what_no_wish_knows(hall):
    """P6"""
    hall.wish()
    lost = hall.wish()
    Wish.objects.filter(pk=lost.pk).delete()
    assert sweep.sweep(NOW).waiting == 1
    assert sweep.sweep(NOW + timedelta(hours=2)).deleted == 1
    assert PatientRecord.objects.count() == 1
    assert not Orphan.objects.exists()
    assert reconciling.compare(NOW).none


@pytest.mark.parametrize("left", [False, True])
def test_a_wish_goes_with_its_record_when_its_last_day_is_over(hall, left):
    """P13: at the boundary; run twice, it finds nothing."""
    wish = hall.wish()
    assert wish.until == date(2026, 4, 5)
    day_after = NOW + timedelta(days=91)
    at = day_after - timedelta(hours=10) if left else day_after
    assert retention.purge(at)["wishes"] == 1 - left
    assert retention.purge(at)["wishes"] == 0
    assert PatientRecord.objects.count() == left


def test_a_list_that_is_closed_is_forgotten_and_so_is_a_wish_whose_visit_is_over(hall):
    visit = hall.book("09:00")
    waiting.leave_earlier(visit.token, waiting.Wanted(127, EVERY_PART), NOW)
    assert retention.purge(visit.start - timedelta(minutes=1))["wishes"] == 0
    assert retention.purge(visit.start)["wishes"] == 1
    hall.wish()
    hall.one.waiting_list = False
    hall.one.save()
    assert retention.purge(NOW)["wishes"] == 1
    assert PatientRecord.objects.count() == 1


def test_an_accepted_offer_leaves_nothing_a_day_later(hall):
    hall.wish()
    hall.freed()
    hall.work(TEN)
    waiting.accept(hall.offered(), TEN)
    retention.purge(TEN)
    assert Offer.objects.count() == 1
    retention.purge(TEN + timedelta(hours=29))
    assert not Offer.objects.exists()


def test_what_was_withdrawn_is_erased_again_from_a_backup_of_before(hall, settings, tmp_path):
    settings.BACKUP_FOLDER = tmp_path
    wish = hall.wish()
    record = PatientRecord.objects.get()
    row = Wish.objects.get()
    waiting.withdraw(wish.token, NOW)
    row.save(force_insert=True)
    record.save(force_insert=True)
    records, closed = erasures.listed()
    assert (retention.replay(records, NOW), closed) == (1, 0)
    assert not Wish.objects.exists()
    assert not PatientRecord.objects.exists()


def test_if_the_patients_store_fails_there_is_no_wish(hall, monkeypatch):
    """I2"""
    monkeypatch.setattr(store, "put", lambda *given: (_ for _ in ()).throw(RuntimeError))
    with pytest.raises(RuntimeError):
        hall.wish()
    assert not Wish.objects.exists()


def test_if_accepting_fails_the_wish_and_its_offer_stand(hall, monkeypatch):
    hall.wish()
    hall.freed()
    hall.work(TEN)
    with monkeypatch.context() as patch:
        patch.setattr(store, "relink", lambda *given: (_ for _ in ()).throw(RuntimeError))
        with pytest.raises(RuntimeError):
            waiting.accept(hall.offered(), TEN)
    wish = Wish.objects.get()
    assert Offer.objects.get().is_open(TEN)
    assert identities.show([wish], vault_of(hall), "wishes", TEN)[wish.pk].record
    assert waiting.accept(hall.offered(), TEN)


def test_equal_people_have_unequal_references_and_a_reference_fits_its_wish_alone(hall):
    """P4"""
    one, other = (hall.wish(identity=store.Identity((store.Person("Dupont"),))) for _ in range(2))
    assert bytes(one.patient_ref) != bytes(other.patient_ref)
    with pytest.raises(store.NotOpened):
        _ = store.Reference(other.pk, bytes(one.patient_ref)).record
    assert reference(one).record != reference(other).record


def test_the_desk_takes_a_wish_off_the_list_and_it_is_noted(hall):
    wish = hall.wish()
    waiting.remove(wish.pk, hall.one.pk, NOW, staff=hall.alice.pk, session_tag=b"t" * 16)
    assert not Wish.objects.exists()
    assert not PatientRecord.objects.exists()
    assert list(AccessEvent.objects.values_list("action", "appointment")) == [("unlisted", wish.pk)]


def test_without_a_password_a_wish_gives_its_contact_and_no_name(hall):
    """I4"""
    wish = hall.wish("attend@example.org")
    assert contact_of(wish).value == "attend@example.org"
    (stored,) = identities.as_stored([wish])
    assert stored.server_reads
    nobody = keys.Vault(hall.bruno, private_of(hall.bruno), MONDAY)
    shown = identities.show([wish], nobody, "wishes", TEN)[wish.pk]
    assert (shown.record, shown.why) == (None, "no-key")


def test_no_order_of_the_wishes_tells_anything_about_the_records(hall):
    """I3: whoever knows the very order in which they were left learns from neither store whose record is whose."""
    left = [hall.wish() for _ in range(90)]
    place = {store.Reference(one.pk, bytes(one.patient_ref)).record: number for number, one in enumerate(left)}
    rows = list(PatientRecord.objects.order_by("pk"))
    by_box = ([row.pk for row in sorted(rows, key=lambda row: bytes(getattr(row, name)))] for name in COLUMNS)
    records = [[place[pk] for pk in order] for order in ([row.pk for row in rows], *by_box)]
    number = {one.pk: at for at, one in enumerate(left)}
    wishes = [
        [number[pk] for pk in Wish.objects.order_by(name).values_list("pk", flat=True)]
        for name in ("since", "pk", "link_hash", "patient_ref")
    ]
    assert wishes[0] == list(range(90))
    assert not any(succeeds(one, other) for one in records for other in wishes)
    assert {len(bytes(one.patient_ref)) for one in left} == {len(bytes(left[0].patient_ref))}
