"""Absences and late cancellations: counted for an unlocked agenda, by nobody else, for a year, and taken back."""

from datetime import date, timedelta

import pytest

from booking import appointments, identities, lapses, retention, rotation, undoing
from booking.desk.terms import Desk as By
from booking.lapses import Tally
from booking.models import Appointment, Lapse
from booking.moving import Seen, Standing
from booking.refusals import Closed, NotAllowed
from booking.undoing import Step
from patients import store
from practitioners.keys import Vault
from practitioners.models import AccessEvent
from tests.booking.cast import MONDAY, NOW, TUESDAY, Office, identity
from tests.practitioners.cast import private_of

YEAR = timedelta(days=365)


def vault_of(office: Office, login: str = "alice") -> Vault:
    member = getattr(office, login)
    return Vault(member, private_of(member), MONDAY)


def by(office: Office) -> By:
    return By(office.alice.pk, b"t" * 16)


def marked(office: Office, visit: Appointment, becomes: str = "absent", seen: str = "booked") -> Appointment:
    who = {"staff": office.alice.pk, "session_tag": b"t" * 16}
    done = appointments.mark(visit.pk, becomes, seen, NOW, **who)
    lapses.count_absence(done, vault_of(office), NOW)
    return done


def tally(office: Office, who: store.Identity | None = None, now=NOW, practitioner=None) -> Tally:
    found = lapses.tallies([office.one.pk, office.two.pk], vault_of(office), now)
    return found.of((practitioner or office.one).pk, who or identity())


def born(day: str | None) -> store.Identity:
    birth = date.fromisoformat(day) if day else None
    return store.Identity((store.Person("Kowalczyk-N’Diaye", "Zénobie", birth),))


def test_an_absence_that_staff_mark_is_counted_and_one_that_they_take_back_is_not(office):
    visit = office.book()
    marked(office, visit)
    assert tally(office) == Tally(1, 0)
    marked(office, visit, "arrived", "absent")
    assert tally(office) == Tally()
    assert not Lapse.objects.exists()


def test_a_late_cancellation_counts_when_staff_say_so_and_no_longer_when_they_do_not(office):
    office.type.cancel_before = 2 * 24 * 60
    office.type.save()
    visit = office.book()
    assert appointments.cancel(visit.token, "", NOW).state == "cancelled_late"
    assert tally(office) == Tally()
    for _ in range(2):
        lapses.count(visit.pk, vault_of(office), NOW, by=by(office))
    assert tally(office) == Tally(0, 1)
    for _ in range(2):
        lapses.uncount(visit.pk, NOW, by=by(office))
    assert tally(office) == Tally()
    assert list(
        AccessEvent.objects.filter(action__contains="counted").values_list("action", flat=True).order_by("action")
    ) == ["counted", "uncounted"]


def test_only_what_can_be_counted_is_and_only_with_the_key(office):
    visit = office.book()
    with pytest.raises(NotAllowed):
        lapses.count(visit.pk, vault_of(office), NOW, by=by(office))
    Appointment.objects.update(state="absent")
    with pytest.raises(Closed):
        lapses.count(visit.pk, vault_of(office, "bruno"), NOW, by=by(office))
    assert not Lapse.objects.exists()


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (None, None, True),
        ("1990-01-02", None, True),
        ("1990-01-02", "1990-01-02", True),
        ("1990-01-02", "1991-01-02", False),
    ],
)
def test_a_namesake_with_another_birth_date_is_not_meant(office, one, other, same):
    marked(office, office.book(identity=born(one)))
    assert bool(tally(office, born(other))) is same


def test_names_are_compared_as_everywhere_and_each_practitioner_counts_alone(office):
    marked(office, office.book())
    assert tally(office, store.Identity((store.Person("ZENOBIE", "kowalczyk n diaye"),)))
    assert not tally(office, identity("Autre"))
    assert not tally(office, practitioner=office.two)
    assert lapses.tallies([office.one.pk], vault_of(office, "bruno"), NOW).of(office.one.pk, identity()) == Tally()


def test_the_rows_of_one_person_have_nothing_in_common(office):
    """P3: and one length, so that the store tells nobody who did not come twice."""
    for clock, who in (("09:00", identity()), ("09:30", identity()), ("10:00", identity("X" * 80, "Y" * 80))):
        marked(office, office.book(clock, identity=who))
    boxes = [bytes(one.box) for one in Lapse.objects.all()]
    assert len(set(boxes)) == 3
    assert len({len(one) for one in boxes}) == 1
    assert tally(office) == Tally(2, 0)


def test_undoing_a_mark_takes_the_count_back_and_undoing_that_brings_it_again(office):
    visit = office.book()
    before = Standing.of(visit)
    absent = marked(office, visit)
    step = Step(visit.pk, before, Seen(absent.state, absent.sequence))
    undoing.undo([step], NOW, NOW, vault=vault_of(office))
    assert tally(office) == Tally()
    absent = marked(office, visit)
    standing = Standing.of(absent)
    back = marked(office, visit, "booked", "absent")
    undoing.undo([Step(visit.pk, standing, Seen(back.state, back.sequence))], NOW, NOW, vault=vault_of(office))
    assert tally(office) == Tally(1, 0)


def test_it_lasts_a_year_and_outlives_the_identity(office):
    """CASES P13."""
    visit = marked(office, office.book())
    retention.purge(NOW + timedelta(days=200))
    visit.refresh_from_db()
    assert visit.patient_ref is None
    assert tally(office, now=NOW + timedelta(days=200)) == Tally(1, 0)
    retention.purge(visit.start + YEAR - timedelta(seconds=1))
    assert Lapse.objects.count() == 1
    assert tally(office, now=visit.start + YEAR) == Tally()
    assert retention.purge(visit.start + YEAR)["lapses"] == 1
    assert not Lapse.objects.exists()


def test_erasure_takes_it_along_by_the_link_and_by_staff(office):
    """CASES P2: the server finds the row without opening it."""
    first, second = office.book("09:00"), office.book("09:30")
    marked(office, first)
    marked(office, second)
    retention.erase(first.token, NOW)
    assert tally(office) == Tally(1, 0)
    retention.erase_for(second.pk, NOW, staff=office.alice.pk, session_tag=b"t" * 16)
    assert not Lapse.objects.exists()


def test_a_renewed_key_takes_the_counts_along(office):
    marked(office, office.book("09:00"))
    marked(office, office.book("09:30"))
    old = vault_of(office)
    rotation.start(office.one, old, MONDAY)
    assert rotation.progress([office.one.pk])[office.one.pk].left == 4
    assert rotation.advance(office.one, old.fresh()).is_over
    assert set(Lapse.objects.values_list("key_version", flat=True)) == {2}
    assert tally(office) == Tally(2, 0)
    assert lapses.tallies([office.one.pk], old, NOW).of(office.one.pk, identity()) == Tally()


def test_counting_opens_all_and_displays_nobody(office, django_assert_num_queries):
    for clock in ("09:00", "09:30", "10:00", "10:30"):
        marked(office, office.book(clock, identity=identity(clock)))
    noted, vault = AccessEvent.objects.count(), vault_of(office)
    vault.practitioners()
    with django_assert_num_queries(1), django_assert_num_queries(0, using="patients"):
        assert lapses.tallies([office.one.pk], vault, NOW).of(office.one.pk, identity("09:30"))
    assert AccessEvent.objects.count() == noted


def test_nothing_that_serves_patients_knows_of_it(office, django_assert_num_queries):
    """Never consulted online: who did not come books as everybody does."""
    marked(office, office.book())
    again = office.book("10:00", day=TUESDAY)
    assert again.state == "booked"
    assert identities.show([again], vault_of(office), "day", NOW)[again.pk].names
