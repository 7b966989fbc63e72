"""The demo practice: believable, full enough, and really sealed."""

import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command

from agenda.demo import filling, house, people, seed, signs
from booking import floods, pairing
from booking.models import Appointment, DayNote, OccupiedCell, Wish
from booking.queries import front_page
from clicdocteur.grid import day_of
from patients import store
from patients.models import PatientRecord
from practitioners import keys, passwords
from practitioners.models import AccessEvent, Grant, Invitation, Opening, Practitioner, Staff, VisitType
from practitioners.openings import Plan, absent_spans, windows
from practitioners.queries import plans
from practitioners.validators import luhn_fits

NOW = datetime(2026, 11, 25, 9, 20, tzinfo=UTC)
BOTH = pytest.mark.django_db(databases=["default", "patients"])


def planned(now: datetime) -> dict[str, tuple[Plan, list[filling.Visit]]]:
    """The practice without its patients: each practitioner's plan and visits, by slug."""
    today = now.date()
    house.build(today)
    practitioners = list(Practitioner.objects.select_related("practice"))
    first, last = today - timedelta(days=filling.PAST_DAYS), today + timedelta(days=filling.COMING_DAYS)
    schedule = plans(practitioners, practitioners[0].practice, first, last)
    random = Random(7)
    return {
        one.slug: (
            schedule[one.pk],
            list(filling.visits(schedule[one.pk], list(one.visit_types.all()), today, now, random)),
        )
        for one in practitioners
    }


@pytest.mark.django_db
@pytest.mark.parametrize("now", [NOW, datetime(2027, 3, 26, 23, 58, tzinfo=UTC), datetime(2028, 2, 29, 5, 0, tzinfo=UTC), datetime(2026, 12, 27, 12, 0, tzinfo=UTC)])  # fmt: skip
def test_about_seventy_percent_of_the_coming_six_weeks_are_booked(now: datetime) -> None:
    """T13: on any date."""
    open_cells = booked = 0
    for plan, visits in planned(now).values():
        first, last = now.date() + timedelta(days=1), now.date() + timedelta(days=filling.COMING_DAYS)
        away = absent_spans(plan, first, last)
        for window in windows(plan, first, last):
            held = window.released_at is not None and window.released_at > now
            if not window.rule.without_appointment and not held:
                free = [
                    cell
                    for cell in range(window.span.start, window.span.end)
                    if not any(a.start <= cell < a.end for a in away)
                ]
                open_cells += len(free) * window.rule.places
        booked += sum(
            v.busy_until - v.start for v in visits if day_of(v.start, plan.zone) >= first and v.state == "booked"
        )
    assert 0.6 < booked / open_cells < 0.8


@pytest.mark.django_db
def test_no_visit_overlaps_another_and_each_lies_in_an_opening_that_takes_it() -> None:
    """I1."""
    for plan, visits in planned(NOW).values():
        taken = Counter((cell, one.lane) for one in visits for cell in range(one.start, one.busy_until))
        assert taken.most_common(1)[0][1] == 1
        first = NOW.date() - timedelta(days=filling.PAST_DAYS)
        all_windows = windows(plan, first, NOW.date() + timedelta(days=filling.COMING_DAYS))
        for one in visits:
            assert any(
                window.span.start <= one.start
                and one.end <= window.span.end
                and one.lane < window.rule.places
                and (one.start - window.span.start) % (window.rule.step // 5) == 0
                and (not window.rule.visit_types or one.visit_type.pk in window.rule.visit_types)
                for window in all_windows
            )


@pytest.mark.django_db
def test_the_house_has_something_of_everything() -> None:
    made = planned(NOW)
    assert len(made) == 4
    assert all(luhn_fits(one.rpps) for one in Practitioner.objects.all())
    for one in Practitioner.objects.all():
        assert 3 <= one.visit_types.count() <= 6
        assert len({row.colour for row in one.visit_types.all()}) == one.visit_types.count()
        one.full_clean()
    assert set(VisitType.objects.values_list("visibility", flat=True)) == {"public", "link", "staff"}
    assert VisitType.objects.filter(discreet=True).exists()
    for row in VisitType.objects.all():
        row.full_clean()
    for opening in Opening.objects.all():
        opening.full_clean()
    assert set(Opening.objects.values_list("parity", flat=True)) == {"every", "odd", "even"}
    assert Opening.objects.filter(without_appointment=True).exists()
    assert Opening.objects.filter(released_days=0, released_minute=450).exists()
    assert Opening.objects.filter(places=3).exists()
    assert len({opening.location_id for opening in Opening.objects.all()}) == 2
    gp = made["dr-claire-fontaine"][1]
    next_week = {day_of(one.start, house_zone()) for one in gp} & {
        NOW.date() + timedelta(days=days) for days in (7, 8, 9)
    }
    assert not next_week


def house_zone() -> Any:
    return Practitioner.objects.first().practice.zone  # type: ignore[union-attr]


@pytest.mark.django_db
def test_the_same_day_gives_the_same_practice() -> None:
    def shape() -> list[Any]:
        found = planned(NOW)
        rows = [
            (slug, one.start, one.end, one.lane, one.visit_type.slug, one.state)
            for slug, (_, visits) in found.items()
            for one in visits
        ]
        Opening.objects.all().delete()
        VisitType.objects.all().delete()
        Practitioner.objects.all().delete()
        return rows

    assert shape() == shape()


@BOTH
@time_machine.travel(NOW, tick=False)
def test_every_identity_opens_with_its_agenda_s_key_and_what_is_over_is_forgotten() -> None:
    count = seed.seed(NOW)
    waiting = Wish.objects.filter(appointment=None)
    assert count == Appointment.objects.count() == PatientRecord.objects.count() - waiting.count() > 1500
    assert pairing.is_sound()
    manager = Staff.objects.get(login="nadia")
    vault = keys.Vault(manager, keys.unlock(manager, seed.PASSWORD) or b"", NOW.date())
    wanted = {
        store.Reference(one.pk, bytes(one.patient_ref or b"")): vault.keys(one.practitioner_id, one.key_version or 0)
        for one in (*Appointment.objects.all(), *waiting)
    }
    opened = store.open_many(wanted)
    assert all(isinstance(one, store.Record) for one in opened.values())
    week_ago = NOW - timedelta(days=7)
    for one in Appointment.objects.all():
        record = opened[one.pk]
        assert isinstance(record, store.Record)
        assert (record.visit is None) == (one.end <= week_ago) == (one.visit_type_id is None)
        contact = store.read_contact(store.Reference(one.pk, bytes(one.patient_ref or b"")))
        assert contact is None or (one.start > NOW and one.state == "booked" and not one.discreet)
    names = {record.identity.persons[0].full_name for record in opened.values() if isinstance(record, store.Record)}
    assert any(re.search(r"[\u0600-\u06ff]", name) for name in names)
    assert any(re.search(r"[\u4e00-\u9fff]", name) for name in names)
    assert max(map(len, names)) > 60
    cells = sum(one.end_cell - one.first_cell for one in Appointment.objects.filter(state__in=Appointment.LIVE))
    assert OccupiedCell.objects.count() == cells
    past = Counter(Appointment.objects.filter(end__lte=NOW).values_list("state", flat=True))
    assert {"seen", "absent", "cancelled", "cancelled_late"} <= set(past)
    assert "booked" not in past
    assert 0.01 < past["absent"] / past.total() < 0.08
    for card in front_page(NOW).cards:
        assert card.next_start is not None
    grabbed, *alone = floods.groups(Practitioner.objects.all(), NOW)
    assert len(grabbed.visits) == 7
    assert grabbed.stands_out
    assert not any(one.stands_out for one in alone)
    doctor = Staff.objects.get(login="claire")
    own = keys.Vault(doctor, keys.unlock(doctor, seed.PASSWORD) or b"", NOW.date())
    assert own.practitioners() == {doctor.practitioner_id}
    assert doctor.is_manager
    secretary = Staff.objects.get(login="sophie")
    hers = keys.Vault(secretary, keys.unlock(secretary, seed.PASSWORD) or b"", NOW.date())
    assert hers.practitioners() == set(Practitioner.objects.values_list("pk", flat=True))
    replacement = Staff.objects.get(role="replacement")
    assert replacement.ends_on is not None
    assert NOW.date() < replacement.ends_on < NOW.date() + timedelta(days=30)
    assert {given.ends_on for given in Grant.objects.filter(holder__staff=replacement)} == {replacement.ends_on}
    invited = Invitation.objects.get()
    assert invited.is_open(NOW)
    assert invited.staff.pending_grants.count() == 2
    for login, _name, _role, _slug in signs.STAFF:
        assert login in signs.SIGNS
        assert keys.unlock(Staff.objects.get(login=login), signs.PASSWORD)


@BOTH
@pytest.mark.parametrize(
    "now", [NOW, datetime(2027, 3, 26, 23, 58, tzinfo=UTC), datetime(2028, 2, 29, 5, 0, tzinfo=UTC)]
)
def test_the_secretary_has_taken_some_calls(now: datetime) -> None:
    """T13: on any date."""
    count = seed.seed(now)
    waiting = Wish.objects.filter(appointment=None)
    assert count == Appointment.objects.count() == PatientRecord.objects.count() - waiting.count()
    for one in Practitioner.objects.filter(waiting_list=True):
        assert one.wishes.count() == 3
        assert all(wish.until > now.date() for wish in one.wishes.all())
    by_action = Counter(AccessEvent.objects.values_list("action", flat=True))
    assert by_action["created"] >= 4
    assert by_action["overbooked"] == 1
    assert Appointment.objects.filter(lane__gte=100).count() == 1
    assert DayNote.objects.count() == 6
    assert {len(one.box) for one in DayNote.objects.all()} == {5262}


def test_people_are_reached_at_addresses_kept_for_fiction() -> None:
    random = Random(1)
    for _ in range(500):
        who = people.identity(random, NOW.date(), child=random.random() < 0.5)
        reached = people.contact(random, who)
        assert bool(reached.email) != bool(reached.phone)
        assert re.fullmatch(r"([a-z0-9.]+@example\.org)?", reached.email)
        assert re.fullmatch(r"\+33(19900|63998)\d{4}|", reached.phone)


def test_the_demo_s_password_is_one_that_the_rule_takes() -> None:
    passwords.check(seed.PASSWORD)


@BOTH
def test_the_demo_is_refused_where_its_password_would_be_public(settings: Any) -> None:
    settings.SITE_URL = "https://rdv.example.org"
    with pytest.raises(CommandError, match="localhost only"):
        call_command("demo_data")


@BOTH
def test_a_practice_that_is_there_is_left_alone(capsys: Any) -> None:
    house.build(NOW.date())
    before = list(Practitioner.objects.order_by("pk").values())
    call_command("demo_data")
    assert "nothing was changed" in capsys.readouterr().out
    assert list(Practitioner.objects.order_by("pk").values()) == before
    assert not Staff.objects.exists()
