"""Days, weeks, lists, details: what they show, to whom, and what they cost."""

from datetime import timedelta

import pytest
from django.test import Client

from booking.models import Appointment
from practitioners import keys
from practitioners.models import Absence, AccessEvent, AgendaKey, VisitType
from tests.agenda.cast import NAME, Desk, text
from tests.booking.cast import MONDAY, NOW, TUESDAY
from tests.practitioners.cast import holder_of

PAGES = ["/agenda/", "/agenda/day/2026-01-05/", "/agenda/list/2026-01-05/", "/agenda/week/{one}/2026-01-05/"]


def address(page: str, desk: Desk) -> str:
    return page.format(one=desk.one.pk)


@pytest.mark.parametrize("page", PAGES)
def test_each_page_shows_who_comes_and_when(desk, alice, page):
    desk.visit("09:15")
    shown = text(alice.get(address(page, desk))).replace("\xa0", " ")
    for part in (NAME, "Zénobie", "9 h 15", "Consultation"):
        assert part in shown


@pytest.mark.parametrize("page", [*PAGES, "/agenda/appointment/{visit}/"])
def test_a_locked_session_shows_no_name_and_opens_none(desk, alice, page):
    visit = desk.visit(message="Je viens avec ma fille")
    alice.post("/agenda/lock/")
    shown = text(alice.get(page.format(one=desk.one.pk, visit=visit.pk)))
    for part in (NAME, "Zénobie", "612345678", "ma fille"):
        assert part not in shown
    assert "Déverrouiller" in shown
    assert "Consultation" in shown
    assert not AccessEvent.objects.exists()


@pytest.mark.parametrize("page", PAGES)
def test_a_colleague_s_page_shows_nothing_of_another_agenda(desk, page):
    """P11"""
    desk.visit()
    other = desk.visit(of=desk.two, name="Zwingli", day=MONDAY)
    answer = desk.client("bruno").get(page.format(one=desk.two.pk))
    assert "Zwingli" in text(answer)
    assert NAME not in text(answer)
    assert other.practitioner == desk.two


@pytest.mark.parametrize(
    "page",
    [
        "/agenda/appointment/{visit}/",
        "/agenda/appointment/{visit}/mark/cancelled_by_practice/",
        "/agenda/week/{one}/2026-01-05/",
        "/agenda/?p={one}",
        "/agenda/list/2026-01-05/?p={one}",
    ],
)
@pytest.mark.parametrize("who", ["bruno", "chloe"])
def test_a_foreign_agenda_and_its_visits_are_404_and_noted(desk, who, page, caplog):
    """P11"""
    visit = desk.visit()
    answer = desk.client(who).get(page.format(visit=visit.pk, one=desk.one.pk))
    assert answer.status_code == 404
    assert "without a grant" in caplog.text
    assert NAME not in text(answer)
    assert not AccessEvent.objects.exists()


def test_a_foreign_visit_and_one_that_does_not_exist_look_the_same(desk):
    """P11"""
    visit, client = desk.visit(), desk.client("bruno")
    foreign = text(client.get(f"/agenda/appointment/{visit.pk}/")).replace(str(visit.pk), "")
    nobody = text(client.get("/agenda/appointment/12345/")).replace("12345", "")
    assert foreign == nobody
    assert 'href="/agenda/">Retour à l’agenda</a>' in nobody


@pytest.mark.parametrize("page", ["/agenda/week/{huge}/2026-01-05/", "/agenda/appointment/{huge}/", "/agenda/?p={huge}", "/agenda/?p=x", "/agenda/?p="])  # fmt: skip
def test_ids_that_are_none_are_404(desk, alice, page):
    assert alice.get(page.format(huge=10**40)).status_code == 404


@pytest.mark.parametrize("language", ["", "/fr", "/en"])
def test_an_address_that_nothing_answers_leads_back_to_the_agenda(alice, language):
    """Also where it was sent on to: among the patients' pages, under a language."""
    answer = alice.get(f"{language}/agenda/nowhere/", follow=True)
    assert answer.status_code == 404
    assert 'class="button" href="/agenda/"' in text(answer)


@pytest.mark.parametrize(
    "day", ["2026-02-30", "0000-01-01", "9999-12-31", "2000-12-31", "2099-01-01", "26-01-05", "2026-1-5", "x"]
)
def test_days_that_are_none_are_404(alice, day):
    """T15"""
    assert alice.get(f"/agenda/day/{day}/").status_code == 404
    if day != "2026-1-5":
        assert alice.get("/agenda/go/", {"day": day}).status_code == 404


@pytest.mark.parametrize("day", ["2001-01-01", "2098-12-31", "2028-02-29", "2026-03-29", "2026-10-25", "2026-12-31"])
@pytest.mark.parametrize("page", ["/agenda/day/{day}/", "/agenda/list/{day}/", "/agenda/week/{one}/{day}/"])
def test_the_first_the_last_and_the_odd_days_open(desk, alice, page, day):
    """T1, T2, T13, T15"""
    assert alice.get(page.format(day=day, one=desk.one.pk)).status_code == 200


def test_today_is_the_practice_s_day(desk, clock):
    """T11: half past midnight in Paris is still yesterday in UTC."""
    clock.move_to(NOW.replace(hour=23, minute=30))
    assert "mardi 6 janvier" in text(desk.client().get("/agenda/")).casefold()


def test_the_day_goes_on_to_the_next_and_back(desk, alice):
    page = text(alice.get("/agenda/day/2026-01-05/"))
    for one in ("/agenda/day/2026-01-04/", "/agenda/day/2026-01-06/", "/agenda/list/2026-01-05/"):
        assert f'href="{one}"' in page
    assert alice.get("/agenda/go/", {"day": "2026-03-02"}).url == "/agenda/day/2026-03-02/"


def test_several_practitioners_stand_side_by_side_and_can_be_chosen(desk):
    keys.grant(desk.key_two, private_two(desk), holder_of(desk.alice))
    client = desk.client()
    both, one = text(client.get("/agenda/")), text(client.get(f"/agenda/?p={desk.one.pk}"))
    assert both.count('class="column"') == 2
    assert one.count('class="column"') == 1
    assert f"/agenda/day/2026-01-06/?p={desk.one.pk}" in one


def private_two(desk: Desk) -> bytes:
    from tests.practitioners.cast import private_of

    private = keys.agenda_private(private_of(desk.bruno), desk.bruno, desk.two.pk, 1, MONDAY)
    assert private is not None
    return private


@pytest.mark.parametrize(("days", "seen"), [(-1, False), (0, True), (1, True), (2, False)])
def test_a_replacement_sees_the_agenda_from_the_first_to_the_last_day(desk, clock, days, seen):
    """P12: expired and not yet begun open nothing, and no page."""
    visit = desk.visit()
    keys.grant(desk.key_one, desk.private_one(), holder_of(desk.chloe), MONDAY, TUESDAY)
    clock.move_to(NOW + timedelta(days=days))
    client = desk.client("chloe")
    assert (client.get(f"/agenda/appointment/{visit.pk}/").status_code == 200) is seen
    assert (NAME in text(client.get("/agenda/day/2026-01-05/"))) is seen


def test_a_grant_that_ends_while_signed_in_ends_at_midnight(desk, clock):
    """P12"""
    desk.practice.veil_after = 240
    desk.practice.save(update_fields=["veil_after"])
    desk.visit()
    keys.grant(desk.key_one, desk.private_one(), holder_of(desk.chloe), MONDAY, MONDAY)
    clock.move_to(NOW.replace(hour=22, minute=30))
    client = desk.client("chloe")
    assert NAME in text(client.get("/agenda/day/2026-01-05/"))
    clock.move_to(NOW.replace(hour=23, minute=1))
    page = text(client.get("/agenda/day/2026-01-05/"))
    assert NAME not in page
    assert "Aucun agenda ne vous est ouvert" in page


def test_who_has_no_agenda_is_told_what_to_do(desk):
    for page in ("/agenda/", "/agenda/list/2026-01-05/"):
        assert "Aucun agenda ne vous est ouvert" in text(desk.client("chloe").get(page))


@pytest.mark.parametrize(("page", "action"), [("/agenda/", "day"), ("/agenda/list/2026-01-05/", "list"), ("/agenda/week/{one}/2026-01-05/", "week")])  # fmt: skip
def test_each_display_is_noted_once_an_hour(desk, alice, clock, page, action):
    desk.practice.veil_after = 120
    desk.practice.save(update_fields=["veil_after"])
    first, second = desk.visit("09:00"), desk.visit("10:00")
    for _ in range(3):
        alice.get(address(page, desk))
    noted = set(AccessEvent.objects.values_list("staff", "appointment", "action"))
    assert noted == {(desk.alice.pk, visit.pk, action) for visit in (first, second)}
    clock.shift(29 * 60)
    alice.get(address(page, desk))
    assert AccessEvent.objects.count() == 2
    clock.shift(3600)
    alice.get(address(page, desk))
    assert AccessEvent.objects.count() == 4


@pytest.mark.parametrize("shown", [1, 3])
@pytest.mark.parametrize(
    ("page", "queries"), [("/agenda/day/2026-01-05/", 14), ("/agenda/list/2026-01-05/", 15), ("/agenda/week/{one}/2026-01-05/", 14)]
)  # fmt: skip
def test_a_page_costs_the_same_for_one_visit_and_for_three(desk, shown, page, queries, django_assert_num_queries):
    """A18: session, staff, practice, agendas, plans, appointments, grants, the notes of days; one in the patients store; the last closed minute; one note; messages that need a person; two for the numbers of what changes."""
    for hour in range(shown):
        desk.visit(f"{9 + hour}:00")
    client = desk.client()
    client.get(address(page, desk))  # the first display of a record files it
    AccessEvent.objects.all().delete()
    with django_assert_num_queries(1, using="patients"), django_assert_num_queries(queries - 1):
        client.get(address(page, desk))


def test_a_hold_is_seen_as_one_until_it_expires(desk, alice, clock):
    """R12"""
    desk.hold_on("09:00", minutes_left=10)
    assert "en cours de réservation" in text(alice.get("/agenda/"))
    clock.shift(10 * 60)
    assert "en cours de réservation" not in text(alice.get("/agenda/"))


def test_a_cancelled_visit_is_off_the_grid_and_apart_in_the_list(desk, alice):
    desk.visit(state="cancelled_by_practice")
    assert NAME not in text(alice.get("/agenda/"))
    assert not AccessEvent.objects.exists()
    listed = text(alice.get("/agenda/list/2026-01-05/"))
    assert NAME in listed.split("annulé ou excusé")[1]


def test_overbooked_visits_stand_side_by_side(desk, alice):
    desk.visit("09:00")
    desk.visit("09:10", lane=100)
    page = text(alice.get("/agenda/"))
    assert "of-2 lane-0" in page
    assert "of-2 lane-1" in page


def test_a_group_too_wide_for_the_grid_is_counted_and_opened_in_the_list_only(desk, alice):
    for lane in range(8):
        desk.visit("09:00", lane=lane)
    page = text(alice.get("/agenda/"))
    assert page.count(NAME) == 5
    assert "3 de plus dans la liste" in page
    assert AccessEvent.objects.count() == 5
    assert text(alice.get("/agenda/list/2026-01-05/")).count(NAME) == 8


def test_absences_and_holidays_are_named(desk, alice):
    Absence.objects.create(practitioner=desk.one, first_day=MONDAY, last_day=TUESDAY, reason="training")
    assert "formation" in text(alice.get("/agenda/"))
    assert "jour férié" in text(alice.get("/agenda/day/2026-05-01/"))


def test_the_week_shows_a_week_end_day_only_when_something_is_there(desk, alice):
    page = f"/agenda/week/{desk.one.pk}/2026-01-05/"
    assert text(alice.get(page)).count('class="column"') == 5
    desk.visit("09:00", day=MONDAY + timedelta(days=5))
    assert text(alice.get(page)).count('class="column"') == 6


def test_the_details_show_what_is_sealed_and_what_is_not(desk, alice):
    visit = desk.visit(message="Je viens <b>avec</b> ma fille", new_patient=True)
    page = text(alice.get(f"/agenda/appointment/{visit.pk}/")).replace("\xa0", " ")
    for part in (NAME, "06 12 34 56 78", "Je viens &lt;b&gt;avec&lt;/b&gt; ma fille", "nouveau", "Rue des Lilas"):
        assert part in page


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "Ба́рвинок", "N’", "الاسم", "D" * 80])
def test_names_of_every_shape_are_shown_as_typed_and_escaped(desk, alice, name):
    """M12, U4"""
    from django.utils.html import escape

    desk.visit(name=name)
    for page in ("/agenda/", "/agenda/list/2026-01-05/"):
        shown = text(alice.get(page))
        assert escape(name) in shown
        assert "<script>alert" not in shown


def test_a_box_that_does_not_open_is_said_and_the_rest_is_shown(desk, alice):
    """P5: nothing falls back silently, and the agenda stays usable."""
    desk.visit("09:00", name="Zwingli")
    broken, missing = desk.visit("10:00"), desk.visit("11:00")
    Appointment.objects.filter(pk=broken.pk).update(patient_ref=b"\1" + bytes(36))
    Appointment.objects.filter(pk=missing.pk).update(key_version=9)
    page = text(alice.get("/agenda/"))
    assert page.count("ne peut pas être ouvert") == 2
    assert "aucune clé" in page
    assert "Zwingli" in page
    assert set(AccessEvent.objects.values_list("appointment", flat=True)).isdisjoint({broken.pk, missing.pk})


def test_a_replaced_public_key_is_an_alarm_on_the_page(desk, alice):
    """P5"""
    from clicdocteur import sealing

    desk.visit()
    AgendaKey.objects.filter(practitioner=desk.one).update(public_key=sealing.generate_key_pair().public)
    page = text(alice.get("/agenda/"))
    assert NAME in page
    assert "clé publique" in page


def test_a_visit_whose_type_is_gone_is_still_a_visit(desk, alice):
    desk.visit(visit_type=None, patient_ref=None, key_version=None, state="seen")
    page = text(alice.get("/agenda/"))
    assert "sans nom" in page
    assert "rendez-vous" in page


@pytest.mark.parametrize("page", [*PAGES, "/agenda/sign-in/", "/agenda/unlock/"])
def test_every_page_is_strict_about_itself(desk, alice, page):
    """P14, P15"""
    if "lock" in page:
        alice.post("/agenda/lock/")
    answer = (Client() if "sign-in" in page else alice).get(address(page, desk))
    headers = answer.headers
    assert answer.status_code == 200
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Frame-Options"] == "DENY"
    policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
    assert policy == {
        "default-src": "'none'", "script-src": "'self'", "style-src": "'self'", "img-src": "'self'",
        "connect-src": "'self'", "form-action": "'self'", "base-uri": "'none'", "frame-ancestors": "'none'",
    }  # fmt: skip
    body = text(answer)
    for never in (" style=", "<style", "onclick", "<script>", "http://", "https://", "INVALID("):
        assert never not in body


def test_everything_is_in_the_practice_s_zone(desk, alice):
    """T6, T8"""
    desk.practice.time_zone = "Indian/Reunion"
    desk.practice.save(update_fields=["time_zone"])
    desk.visit("09:00")
    assert "12 h 00" in text(alice.get("/agenda/")).replace("\xa0", " ")


def test_the_types_of_another_practitioner_stay_theirs(desk, alice):
    VisitType.objects.create(practitioner=desk.two, name="Motif secret", slug="secret")
    for page in PAGES:
        assert "Motif secret" not in text(alice.get(address(page, desk)))
