"""All that one may open, in a file: behind the second factor and the password, each identity noted, no cell that runs (P7 M12)."""

import csv
import json
from io import StringIO

import icalendar
import pytest
from django.http import HttpResponse
from django.test import Client

from booking import exports
from booking.links import new_token
from booking.models import Appointment
from patients.models import PatientRecord
from practitioners.models import AccessEvent, Practice
from tests.agenda.cast import NAME, text
from tests.agenda.desk.cast import grant_both
from tests.booking.cast import MONDAY, TUESDAY, identity
from tests.practitioners.cast import PASSWORD

PAGE = "/agenda/export/"


def ask(client: Client, kind: str = "csv", **more: object) -> HttpResponse:
    practitioners = more.pop("p", None) or list(Appointment.objects.values_list("practitioner", flat=True).distinct())
    given = {"p": practitioners, "first": "2026-01-01", "last": "2026-12-31", "as": kind, "unlock_password": PASSWORD}
    return client.post(PAGE, {**given, **more})


def rows(answer: HttpResponse) -> list[dict[str, str]]:
    written = b"".join(answer.streaming_content).decode()
    assert written.startswith("\ufeff")
    return list(csv.DictReader(StringIO(written[1:], newline=""), delimiter=";"))


def test_the_password_is_asked_though_the_session_is_open(desk, alice):
    desk.visit()
    page = text(alice.get(PAGE))
    assert 'name="unlock_password"' in page
    assert "Ce fichier sort du coffre" in page
    for wrong in ("", "wrong"):
        answer = ask(alice, unlock_password=wrong)
        assert answer.status_code == 422
        assert "Content-Disposition" not in answer
    assert not AccessEvent.objects.filter(action="export").exists()


def test_as_a_table_each_appointment_is_a_line_of_what_was_kept(desk, alice):
    desk.book(contact={"phone": "+33612345678", "note": "=cmd|x", "message": "+1\n-2"}, identity=identity("@Ng", "Ada"))
    desk.visit("10:00", state="cancelled")
    desk.visit("11:00", day=TUESDAY.replace(year=2027))
    answer = ask(alice)
    assert answer.streaming
    first, second = rows(answer)
    assert second["Nom"] == "'@Ng"
    assert second["Note"] == "'=cmd|x"
    assert second["Message"] == "'+1\n-2"
    assert (second["Date"], second["Heure"], second["Durée (minutes)"]) == ("06/01/2026", "09:00", "30")
    assert (second["Téléphone"], second["Praticien"], second["Motif"]) == ("06 12 34 56 78", "Dr Un", "Consultation")
    assert (first["Nom"], first["État"]) == (NAME, "annulé par le patient")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"


def test_as_json_it_is_whole_and_counted(desk, alice):
    desk.visit(message="Je viens\nà deux")
    told = json.loads(b"".join(ask(alice, "json").streaming_content))
    assert (told["from"], told["to"], told["number"]) == ("2026-01-01", "2026-12-31", 1)
    one = told["appointments"][0]
    assert one["persons"][0]["last_name"] == NAME
    assert one["visit"]["message"] == "Je viens\nà deux"
    assert one["start"] == "2026-01-05T09:00:00+01:00"


def test_as_a_calendar_any_program_reads_it(desk, alice):
    """M10 M12"""
    desk.visit(message="Un\nBEGIN:VEVENT\r\nX")
    desk.visit("10:00", state="cancelled", name="Ng;,\\")
    written = b"".join(ask(alice, "ics").streaming_content)
    found = icalendar.Calendar.from_ical(written).walk("VEVENT")
    assert [str(one["summary"]) for one in found] == [f"Zénobie {NAME}", "Zénobie Ng;,\\"]
    assert [str(one["status"]) for one in found] == ["CONFIRMED", "CANCELLED"]
    assert all(len(line) <= 75 for line in written.split(b"\r\n"))
    assert written.count(b"\n") == written.count(b"\r\n")


@pytest.mark.parametrize("kind", ["csv", "ics", "json"])
def test_it_has_only_what_that_person_may_open_and_ticked(desk, alice, kind):
    """P11: and nothing of a colleague's agenda, whatever the form asks for."""
    mine, theirs = desk.visit(), desk.visit("10:00", of=desk.two, name="Zakkenvuller")
    written = b"".join(ask(alice, kind, p=[desk.one.pk]).streaming_content).decode()
    assert NAME in written.replace("\r\n ", "")
    assert "Zakkenvuller" not in written
    assert ask(alice, kind, p=[desk.one.pk, desk.two.pk]).status_code == 422
    assert set(AccessEvent.objects.values_list("appointment", flat=True)) == {mine.pk}
    assert theirs.pk not in AccessEvent.objects.values_list("appointment", flat=True)
    chloe = desk.client("chloe")
    assert "rien à exporter" in text(chloe.get(PAGE))
    assert ask(chloe, kind).status_code == 422


def test_two_agendas_go_into_one_file_by_time(desk, alice):
    grant_both(desk)
    for clock, of in (("11:00", desk.one), ("10:00", desk.two), ("09:00", desk.one)):
        desk.visit(clock, of=of)
    assert [(one["Heure"], one["Praticien"]) for one in rows(ask(alice))] == [
        ("09:00", "Dr Un"), ("10:00", "Dr Deux"), ("11:00", "Dr Un"),
    ]  # fmt: skip


def test_every_identity_is_noted_before_it_leaves_and_past_the_limit_flagged(desk, alice, monkeypatch):
    """The password that was just asked is what the limit asks. Batches are noted one by one."""
    monkeypatch.setattr(exports, "BATCH", 2)
    Practice.objects.update(shown_per_hour=0)
    far = [desk.visit(f"{hour}:00", day=TUESDAY.replace(month=3)) for hour in range(9, 14)]
    answer = ask(alice)
    pieces = iter(answer.streaming_content)
    next(pieces), next(pieces)
    assert AccessEvent.objects.filter(action="export").count() == 2
    assert len(list(pieces)) == 3
    noted = AccessEvent.objects.filter(action="export")
    assert set(noted.values_list("appointment", flat=True)) == {one.pk for one in far}
    assert all(event.flagged for event in noted)


def test_a_long_file_costs_the_same_queries_for_each_batch(desk, alice, monkeypatch, django_assert_max_num_queries):
    """A18: nothing is asked appointment by appointment."""
    for minute in range(30):
        desk.visit(f"{9 + minute // 12:02d}:{minute % 12 * 5:02d}", minutes=5)
    for kind in ("csv", "json", "ics"):
        answer = ask(alice, kind)
        with django_assert_max_num_queries(3):
            list(answer.streaming_content)


def test_neither_the_file_s_name_nor_the_log_says_who_and_nothing_is_stored(desk, alice, caplog):
    """P7"""
    caplog.set_level(0)
    desk.visit()
    answer = ask(alice)
    list(answer.streaming_content)
    assert answer["Content-Disposition"] == 'attachment; filename="rendez-vous-2026-01-01-2026-12-31.csv"'
    assert answer["Cache-Control"] == "no-store"
    assert NAME not in caplog.text
    assert PASSWORD not in caplog.text


def test_what_does_not_open_says_so_on_its_line(desk, alice):
    desk.visit()
    PatientRecord.objects.all().delete()
    assert [one["Fiche fermée"] for one in rows(ask(alice))] == ["missing"]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"first": "2026-02-01", "last": "2026-01-01"}, "vient après le premier"),
        ({"first": "0000-00-00"}, "entre 2001 et 2098"), ({"last": "9999-12-31"}, "entre 2001 et 2098"),
        ({"p": "x"}, "au moins un agenda"), ({"as": "xlsx"}, "Choisissez un fichier"),
        ({"first": "2030-01-01", "last": "2030-01-02"}, "Aucun rendez-vous"),
    ],
)  # fmt: skip
def test_a_form_that_is_wrong_is_said_and_kept(desk, alice, wrong, said):
    """T15"""
    desk.visit()
    answer = ask(alice, **wrong)
    assert answer.status_code == 422
    assert said in text(answer).replace("\xa0", " ")


def test_a_locked_session_unlocks_with_the_same_password(desk, alice):
    desk.visit()
    alice.post("/agenda/lock/")
    assert NAME not in text(alice.get(PAGE))
    assert rows(ask(alice))[0]["Nom"] == NAME


def test_holds_and_what_is_erased_are_not_in_it(desk, alice):
    desk.hold_on("09:00", minutes_left=9, link_hash=new_token().encode()[:32])
    assert ask(alice, p=[desk.one.pk]).status_code == 422


def test_the_first_and_the_last_day_are_included(desk, alice):
    for day in (MONDAY, TUESDAY):
        desk.visit(day=day)
    assert len(rows(ask(alice, first=str(MONDAY), last=str(TUESDAY)))) == 2
    assert len(rows(ask(alice, first=str(MONDAY), last=str(MONDAY)))) == 1
