"""A change over bookings, on screen: who it touches, decided for each or for all, and taken back (A7 U3 P7 P11)."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.http import HttpResponse
from django.test import Client

from booking.models import Appointment, Message
from practitioners import access_log
from practitioners.models import Absence, AccessEvent, PlanChange, Practice
from tests.agenda.cast import NAME, settle
from tests.agenda.settings.cast import Cabinet, filled, saved, text
from tests.booking.cast import NOW, TUESDAY, cell
from tests.booking.moving.cast import clock as when

NEW = "absences/new/"


@pytest.fixture(autouse=True)
def mail(settings: Any) -> None:
    settings.EMAIL_HOST = "127.0.0.1"


@pytest.fixture
def visit(cabinet: Cabinet) -> Appointment:
    """Somebody comes on Tuesday at nine."""
    return cabinet.visit("09:00", day=TUESDAY)


def away(client: Client, cabinet: Cabinet, day: date = TUESDAY, **fields: str) -> HttpResponse:
    """Send the form of a new absence; what comes back is the preview when visits are touched."""
    return saved(client, cabinet.at(NEW), first_day=day.isoformat(), **fields)


def decide(
    client: Client, cabinet: Cabinet, shown: HttpResponse, path: str = NEW, **changes: str | None
) -> HttpResponse:
    data = {**filled(shown), "decided": "1", **changes}
    return client.post(cabinet.at(path), {name: value for name, value in data.items() if value is not None})


def state(visit: Appointment) -> str:
    return str(Appointment.objects.values_list("state", flat=True).get(pk=visit.pk))


def test_the_preview_names_whom_it_touches_and_nothing_is_saved(cabinet: Cabinet, holder: Client, visit: Appointment):
    """A7; the names that are shown are noted."""
    other = cabinet.visit("10:00", day=TUESDAY + timedelta(days=1), name="Personne-d’autre")
    shown = away(holder, cabinet)
    page = text(shown)
    assert shown.status_code == 200
    assert NAME in page
    assert "mardi 6 janvier 2026" in page.lower()
    assert "Personne-d’autre" not in page
    assert not Absence.objects.exists()
    assert set(AccessEvent.objects.values_list("appointment", "action")) == {(visit.pk, "plan")}
    assert state(other) == "booked"


def test_kept_moved_and_cancelled_in_one_commit(cabinet: Cabinet, holder: Client, visit: Appointment):
    moved, gone = cabinet.visit("10:00", day=TUESDAY, name="Deux"), cabinet.visit("11:00", day=TUESDAY, name="Trois")
    to = str(cell(TUESDAY + timedelta(days=2), "11:30"))
    shown = away(holder, cabinet)
    answer = decide(
        holder, cabinet, shown,
        **{f"visit-{moved.pk}": "move", f"visit-{moved.pk}-to": str(cell(TUESDAY + timedelta(days=1), "10:00")), f"visit-{gone.pk}": "cancel"},
    )  # fmt: skip
    assert answer.status_code == 302, text(answer)
    assert to
    assert (state(visit), state(moved), state(gone)) == ("booked", "booked", "cancelled_by_practice")
    assert (when(visit), when(moved)) == ("06 09:00", "07 10:00")
    assert Absence.objects.get().first_day == TUESDAY
    page = text(holder.get(answer["Location"]))
    assert "1 gardé, hors des heures, 1 déplacé, 1 annulé" in page
    assert "Les messages partent dans 10 minutes" in page
    assert Message.objects.filter(kind__in=("change", "cancellation")).count() == 2
    assert NAME not in page


@pytest.mark.parametrize(
    ("every", "checked"), [("move", "move"), ("cancel", "cancel"), ("keep", "keep"), ("x", "keep"), ("", "keep")]
)
def test_all_at_once_is_chosen_without_a_script_and_nothing_is_saved(
    cabinet: Cabinet, holder: Client, visit: Appointment, every: str, checked: str
):
    second = cabinet.visit("10:00", day=TUESDAY)
    shown = holder.post(cabinet.at(NEW), {**filled(away(holder, cabinet)), "all": every})
    chosen = filled(shown)
    assert {chosen[f"visit-{one.pk}"] for one in (visit, second)} == {checked}
    assert chosen[f"visit-{visit.pk}-to"] != chosen[f"visit-{second.pk}-to"], "each is offered a time of its own"
    assert not Absence.objects.exists()
    assert decide(holder, cabinet, shown).status_code == 302
    assert Absence.objects.exists()


def test_the_way_back_leads_to_the_form_as_it_was_filled_in(cabinet: Cabinet, holder: Client, visit: Appointment):
    shown = away(holder, cabinet, reason="training", end_minute="12h")
    back = holder.post(cabinet.at(NEW), {**filled(shown), "back": "1"})
    form = filled(back)
    assert (form["first_day"], form["reason"], form["end_minute"]) == ("2026-01-06", "training", "12h")
    assert not Absence.objects.exists()


def test_what_was_booked_in_between_is_shown_again_and_said(cabinet: Cabinet, holder: Client, visit: Appointment):
    """R14"""
    shown = away(holder, cabinet)
    late = cabinet.visit("11:00", day=TUESDAY, name="Venu-entre-temps")
    answer = decide(holder, cabinet, shown, **{f"visit-{visit.pk}": "cancel"})
    page = text(answer)
    assert answer.status_code == 200
    assert "Pris entre-temps" in page
    assert "Venu-entre-temps" in page
    assert filled(answer)[f"visit-{visit.pk}"] == "cancel", "what was decided is kept"
    assert (state(visit), Absence.objects.exists()) == ("booked", False)
    assert decide(holder, cabinet, answer).status_code == 302
    assert (state(visit), state(late)) == ("cancelled_by_practice", "booked")


def test_a_time_that_was_taken_meanwhile_is_said_on_its_line(cabinet: Cabinet, holder: Client, visit: Appointment):
    shown = away(holder, cabinet)
    to = filled(shown)[f"visit-{visit.pk}-to"]
    taken = cabinet.visit("09:00", day=TUESDAY + timedelta(days=1))
    assert taken.first_cell == int(to)
    answer = decide(holder, cabinet, shown, **{f"visit-{visit.pk}": "move"})
    assert "Cette heure n’est plus libre" in text(answer)
    assert not Absence.objects.exists()


@pytest.mark.parametrize(
    "nonsense",
    [
        {"what": "destroy"}, {"what": ""}, {"to": "x"}, {"to": "-1"}, {"to": "9" * 30}, {"to": "0"}, {"to": "٣"},
        {"seen": ""}, {"seen": "booked.99999999"}, {"seen": "x"}, {"seen": "held.0"},
    ],
)  # fmt: skip
def test_decisions_that_make_no_sense_change_nothing(
    cabinet: Cabinet, holder: Client, visit: Appointment, nonsense: dict[str, str]
):
    """A2"""
    names = {"what": f"visit-{visit.pk}", "to": f"visit-{visit.pk}-to", "seen": f"visit-{visit.pk}-seen"}
    shown = away(holder, cabinet)
    given = {f"visit-{visit.pk}": "move", **{names[key]: value for key, value in nonsense.items()}}
    answer = decide(holder, cabinet, shown, **given)
    assert answer.status_code == 200
    assert (state(visit), Absence.objects.exists(), when(visit)) == ("booked", False, "06 09:00")


def test_a_visit_of_another_agenda_is_not_reached_by_its_id(cabinet: Cabinet, holder: Client, visit: Appointment):
    """A3 P11"""
    foreign = cabinet.visit("09:00", of=cabinet.two, day=TUESDAY)
    decide(
        holder, cabinet, away(holder, cabinet),
        **{f"visit-{visit.pk}": "keep", f"visit-{foreign.pk}": "cancel", f"visit-{foreign.pk}-seen": "booked.0"},
    )  # fmt: skip
    assert Absence.objects.exists()
    assert state(foreign) == "booked"


@pytest.mark.parametrize("login", ["nadia", "denis"])
def test_who_has_no_key_sees_no_name_and_leaves_visits_as_they_are(cabinet: Cabinet, visit: Appointment, login: str):
    """P11: a manager, or the practitioner, without a grant: times and types, and nothing else can be done with them."""
    client = cabinet.client(login)
    shown = away(client, cabinet)
    page = text(shown)
    assert "Vous n’avez pas la clé" in page
    assert NAME not in page
    assert 'value="cancel"' not in page
    assert not AccessEvent.objects.exists()
    answer = decide(client, cabinet, shown, **{f"visit-{visit.pk}": "cancel"})
    assert "Seule une personne qui a la clé" in text(answer)
    assert state(visit) == "booked"
    assert decide(client, cabinet, shown).status_code == 302
    assert (state(visit), Absence.objects.count()) == ("booked", 1)


def test_past_the_hourly_limit_the_names_stay_closed_and_the_form_is_kept(cabinet: Cabinet, holder: Client):
    """The password page would lose what was typed."""
    Practice.objects.update(shown_per_hour=20)
    far = [cabinet.visit("09:00", day=TUESDAY + timedelta(weeks=n)) for n in range(2, 6)]
    access_log.record(cabinet.alice.pk, [1], "day", b"t" * 16, NOW)
    near = TUESDAY + timedelta(weeks=2)
    Practice.objects.update(shown_per_hour=1)
    shown = away(holder, cabinet, near, last_day=(near + timedelta(weeks=4)).isoformat())
    page = text(shown)
    assert "les noms restent fermés" in page
    assert NAME not in page
    assert filled(shown)["first_day"] == near.isoformat()
    assert decide(holder, cabinet, shown).status_code == 302
    assert len(far) == 4


def test_a_form_that_meets_the_lock_comes_to_the_preview_afterwards(
    cabinet: Cabinet, holder: Client, visit: Appointment
):
    """U3"""
    holder.post("/agenda/lock/")
    locked = away(holder, cabinet)
    assert NAME not in text(locked)
    waiting = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', text(locked)))
    assert waiting["first_day"] == "2026-01-06"
    shown = holder.post(cabinet.at(NEW), {**waiting, "unlock_password": "Framboise-1789-été"})
    assert NAME in text(shown)
    assert "unlock_password" not in filled(shown)
    settle(holder)
    assert decide(holder, cabinet, shown).status_code == 302


def test_names_are_nowhere_but_on_the_unlocked_preview(cabinet: Cabinet, holder: Client, visit: Appointment):
    """P7: not in a flash message, a session, the settings' log, another page."""
    decide(holder, cabinet, away(holder, cabinet), **{f"visit-{visit.pk}": "cancel"})
    for page in ("absences/", "days/?from=2026-01-06", "holidays/"):
        assert NAME not in text(holder.get(cabinet.at(page)))
    for session in Session.objects.all():
        assert NAME not in str(session.get_decoded())
    assert NAME not in str(list(PlanChange.objects.values()))


def test_a_day_and_a_deletion_ask_in_the_same_way(cabinet: Cabinet, holder: Client, visit: Appointment):
    """A6 A7: other hours for one day; and back to the usual ones."""
    path = "days/2026-01-06/"
    shown = saved(holder, cabinet.at(path), **{"o-0-start_minute": "10h"})
    assert "Ce changement touche 1 rendez-vous" in text(shown)
    assert decide(holder, cabinet, shown, path).status_code == 302
    Appointment.objects.filter(pk=visit.pk).delete()
    early = cabinet.visit("08:00", day=TUESDAY)
    saved(holder, cabinet.at(path), **{"o-0-start_minute": "8h"})
    back = holder.post(cabinet.at(path), {"usual": "1"})
    assert "Ce changement touche 1 rendez-vous" in text(back)
    assert filled(back)["usual"] == "1"
    assert decide(holder, cabinet, back, path, **{f"visit-{early.pk}": "cancel"}).status_code == 302
    assert state(early) == "cancelled_by_practice"


def test_the_preview_costs_the_same_for_thirty_visits_as_for_one(
    cabinet: Cabinet, holder: Client, visit: Appointment, django_assert_num_queries: Any
):
    """A18"""
    data = {**filled(holder.get(cabinet.at(NEW))), "first_day": "2026-01-06"}
    holder.post(cabinet.at(NEW), data)
    with django_assert_num_queries(COST):
        holder.post(cabinet.at(NEW), data)
    for lane in range(1, 30):
        cabinet.visit("09:00", day=TUESDAY, lane=lane)
    with django_assert_num_queries(COST):
        holder.post(cabinet.at(NEW), data)


COST = 33


# Taking it back


def test_a_change_is_taken_back_for_ten_minutes_from_every_page_of_its_practitioner(
    cabinet: Cabinet, holder: Client, visit: Appointment, clock: Any
):
    decide(holder, cabinet, away(holder, cabinet), **{f"visit-{visit.pk}": "cancel"})
    page = text(holder.get(cabinet.at("days/")))
    assert "Annuler ce changement" in page
    assert "pendant 10 minutes" in page
    path = re.search(r'action="(/agenda/settings/\d+/undo/\d+/)"', page)
    assert path is not None
    clock.shift(540)
    assert "pendant 1 minute" in text(holder.get(cabinet.at("absences/")))
    answer = holder.post(path[1], {"next": cabinet.at("absences/")})
    assert answer["Location"] == cabinet.at("absences/")
    page = text(holder.get(answer["Location"]))
    assert "les heures d’avant valent de nouveau" in page
    assert "1 rendez-vous est revenu à sa place" in page
    assert "Annuler ce changement" not in page
    assert (state(visit), Absence.objects.exists()) == ("booked", False)
    assert not Message.objects.filter(kind="cancellation").exists()
    again = holder.post(path[1])
    assert "ne peut plus être annulé" in text(holder.get(again["Location"]))


def test_after_ten_minutes_nothing_is_offered_and_nothing_taken_back(
    cabinet: Cabinet, holder: Client, visit: Appointment, clock: Any
):
    decide(holder, cabinet, away(holder, cabinet))
    change = PlanChange.objects.get()
    clock.shift(600)
    assert "Annuler ce changement" not in text(holder.get(cabinet.at("days/")))
    holder.post(cabinet.at(f"undo/{change.pk}/"))
    assert Absence.objects.count() == 1


def test_who_sets_days_only_takes_back_their_own_changes(cabinet: Cabinet, doctor: Client, holder: Client):
    saved(doctor, cabinet.at("week/"), **{"o-0-start_minute": "8h"})
    change = PlanChange.objects.get()
    assert "Annuler ce changement" not in text(holder.get(cabinet.at("days/")))
    assert holder.post(cabinet.at(f"undo/{change.pk}/")).status_code == 404
    assert "Annuler ce changement" in text(doctor.get(cabinet.at("week/")))
    assert not PlanChange.objects.get().undone


def test_taking_back_is_a_post_of_somebody_who_may(cabinet: Cabinet, holder: Client, client: Client):
    """I6"""
    assert holder.get(cabinet.at("undo/7/")).status_code == 405
    assert cabinet.client("bruno").post(cabinet.at("undo/7/")).status_code == 404
