"""Appointments from a file: tried line by line, taken in one commit, closed while they wait, created once, taken out again."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client, override_settings

from booking import delivery, imports, outbox
from booking.appointments import contact_of
from booking.delivery import Ways
from booking.desk import Desk as Actor
from booking.imports import Choices, Part, Verdict
from booking.models import Appointment, Message, OccupiedCell
from booking.refusals import NotAllowed
from clicdocteur.grid import cell_of
from patients.models import PatientRecord
from practitioners.keys import Vault
from practitioners.models import AccessEvent, Practice
from tests import post as posts
from tests.agenda.cast import Desk, session_row, text
from tests.agenda.desk.cast import grant_both
from tests.booking.cast import NOW, TUESDAY, cell, visit_type
from tests.practitioners.cast import private_of

PAGE = "/agenda/import/"
HEAD = "Date;Heure;Durée;Nom;Prénom;Date de naissance;Téléphone;E-mail;Motif;Praticien;Statut;Note\r\n"
ZOE = "06/01/2026;09:00;15;Zakkenvuller;Zoé;05/03/1987;612345678;zoe@example.org;Consultation;Dr Un;Confirmé;Premier étage\r\n"
NG = "06/01/2026;9h30;;Ng;;;;;;;;\r\n"


def send(client: Client, content: str | bytes, **more: Any) -> HttpResponse:
    """Choose a file, and look at its trial."""
    data = content.encode("utf-8-sig") if isinstance(content, str) else content
    file = SimpleUploadedFile("x.csv", data, "text/csv")
    types = re.findall(r'<option value="(\d+)"', text(client.get(PAGE)))
    return client.post(PAGE, {"file": file, "visit_type": types[0], **more})


def fields(answer: HttpResponse) -> dict[str, str]:
    """What the trial's form has, as a browser would send it."""
    page = text(answer)
    hidden = dict(re.findall(r'<input type="hidden" name="(carried|shown)" value="([^"]*)">', page))
    selects = re.findall(r'<select name="([^"]+)".*?</select>', page, re.DOTALL)
    bodies = re.findall(r'<select name="[^"]+".*?</select>', page, re.DOTALL)
    chosen = {
        name: (re.search(r'<option value="([^"]*)" selected', body) or [None, ""])[1]
        for name, body in zip(selects, bodies, strict=True)
    }
    return hidden | chosen


def take(client: Client, trial: HttpResponse, **more: Any) -> HttpResponse:
    return client.post(PAGE, {**fields(trial), "take": "1", **more})


def verdicts(answer: HttpResponse) -> dict[str, list[int]]:
    """The numbers of the lines, by what becomes of them."""
    parts = re.findall(r'class="group-lines is-([\w-]+)".*?</details>', text(answer), re.DOTALL)
    bodies = re.findall(r'class="group-lines is-[\w-]+".*?</details>', text(answer), re.DOTALL)
    lines = [[int(one) for one in re.findall(r'<td class="number"[^>]*>(\d+)</td>', body)] for body in bodies]
    return dict(zip(parts, lines, strict=True))


def said(answer: HttpResponse) -> str:
    return unescape(text(answer)).replace("\xa0", " ")


def nothing_is_stored() -> bool:
    return not (Appointment.objects.exists() or PatientRecord.objects.exists() or OccupiedCell.objects.exists())


def vault_of(desk: Desk) -> Vault:
    return Vault(desk.alice, private_of(desk.alice), session_tag=b"s" * 16)


def tried(desk: Desk, content: str, vault: Vault, by: Actor, *, overbook: bool = False) -> Any:
    """The trial of a file, without its page."""
    table = imports.read(content.encode())
    types = list(type(desk.type).objects.filter(practitioner=desk.one).select_related("practitioner__practice"))
    choices = Choices(desk.practice, types, imports.recognise(table.headings), types[0])
    return imports.try_all(imports.drafts(table, choices), vault, NOW, by=by, overbook=overbook)


def test_a_trial_says_what_would_be_and_creates_nothing(desk, alice):
    answer = send(alice, HEAD + ZOE + NG)
    assert answer.status_code == 200
    assert verdicts(answer) == {"create": [2, 3]}
    read = said(answer)
    for told in ("mardi 6 janvier 2026 à 9 h", "Zoé Zakkenvuller", "Consultation · 15 min", "Créer 2 rendez-vous"):
        assert told in read
    assert nothing_is_stored()
    assert not Message.objects.exists()


def test_what_was_shown_is_created_in_one_go_sealed_and_nobody_is_told(desk, alice):
    with override_settings(**posts.settings_for(9)):
        answer = take(alice, send(alice, HEAD + ZOE + NG))
    assert answer.url == PAGE
    assert "2 rendez-vous créés" in said(alice.get(PAGE))
    first, second = Appointment.objects.order_by("start")
    assert (first.start.isoformat(), (first.end - first.start).seconds, first.state) == (
        "2026-01-06T08:00:00+00:00",
        900,
        "booked",
    )
    assert (second.end - second.start).seconds == 1800, "as long as its type, where the file says nothing"
    assert (first.reach, second.reach) == ("email", "nobody")
    page = said(alice.get(f"/agenda/appointment/{first.pk}/"))
    for told in ("Zakkenvuller", "Zoé", "06 12 34 56 78", "Premier étage"):
        assert told in page
    assert not Message.objects.exists()
    assert PatientRecord.objects.count() == 2
    assert AccessEvent.objects.filter(action="imported").count() == 2


def test_the_same_file_again_creates_nothing_not_even_what_was_cancelled_since(desk, alice):
    """Opened records are compared: names, birth date, practitioner and time; any state counts."""
    take(alice, send(alice, HEAD + ZOE + NG))
    Appointment.objects.filter(first_cell=cell(TUESDAY, "09:30")).update(state="cancelled")
    again = send(alice, HEAD + ZOE.replace("Zakkenvuller;Zoé", "ZAKKENVULLER;Zoe") + NG)
    assert verdicts(again) == {"here": [2, 3]}
    assert "Créer" not in re.sub("Créer aussi", "", text(again))
    take(alice, again)
    assert Appointment.objects.count() == 2
    assert AccessEvent.objects.filter(action="compared").count() == 2


def test_a_form_that_is_sent_twice_creates_once(desk, alice):
    """R8"""
    trial = send(alice, HEAD + ZOE)
    assert take(alice, trial).status_code == 302
    assert take(alice, trial).status_code == 409
    assert Appointment.objects.count() == 1


def test_two_desks_with_the_same_file_at_once_create_it_once(desk):
    """R8 R15: who comes second finds under the lock what was not there when the file was compared; overbooking does not help."""
    vault, by = vault_of(desk), Actor(desk.alice.pk, b"s" * 16)
    first, second = (tried(desk, HEAD + ZOE, vault, by, overbook=True) for _ in range(2))
    assert len(imports.take(first, NOW, by=by, remind=False)) == 1
    with pytest.raises(NotAllowed):
        imports.take(second, NOW, by=by, remind=False)
    assert PatientRecord.objects.count() == Appointment.objects.count() == 1


def test_an_hour_that_is_taken_is_left_out_unless_somebody_overbooks(desk, alice):
    """A19: asked in so many words, and noted."""
    desk.visit(day=TUESDAY)
    trial = send(alice, HEAD + ZOE + NG)
    assert verdicts(trial) == {"overlap": [2], "create": [3]}
    assert "déjà un rendez-vous" in said(trial)
    assert take(alice, trial, overbook="on").status_code == 409, "another choice is another trial"
    again = alice.post(PAGE, {**fields(trial), "overbook": "on", "try": "1"})
    assert verdicts(again) == {"create": [2, 3]}
    assert take(alice, again, overbook="on").status_code == 302
    assert Appointment.objects.filter(lane__gte=100).count() == 1
    assert AccessEvent.objects.filter(action="overbooked").count() == 1


def test_lines_of_one_file_are_in_each_other_s_way(desk, alice):
    other = ZOE.replace("Zakkenvuller", "Autre").replace("09:00", "09:05")
    assert verdicts(send(alice, HEAD + ZOE + other + ZOE)) == {"overlap": [3], "create": [2], "twice": [4]}


def test_a_time_that_is_taken_between_trial_and_yes_changes_nothing(desk, alice):
    trial = send(alice, HEAD + ZOE + NG)
    desk.visit(day=TUESDAY)
    answer = take(alice, trial)
    assert answer.status_code == 409
    assert verdicts(answer) == {"overlap": [2], "create": [3]}
    assert Appointment.objects.count() == 1


def test_each_line_says_why_it_is_none(desk, alice):
    lines = [
        "05/01/2026;07:00;15;Passé;A;;;;;;;", "06/01/2026;10:00;15;Annulé;A;;;;;;Annulé par le patient;", "31/02/2026;10:00;15;X;;;;;;;;",
        "06/01/2026;;15;X;;;;;;;;", "06/01/2026;10:02;15;X;;;;;;;;", "06/01/2026;10:00;long;X;;;;;;;;", "06/01/2026;10:00;15;;;;;;;;;",
        "06/01/2026;10:00;15;<b>;;;;;;;;", "06/01/2026;10:00;15;X;;;;;;Dr Deux;;", "06/01/2126;10:00;15;X;;;;;;;;",
        "29/03/2026;02:30;15;X;;;;;;;;", "06/01/2066;10:00;15;X;;;;;;;;",
    ]  # fmt: skip
    answer = send(alice, HEAD + "\r\n".join(lines) + "\r\n")
    assert verdicts(answer) == {"wrong": [*range(4, 13)], "past": [2], "cancelled": [3], "far": [13]}
    read = said(answer)
    for told in (
        "La date n’est pas comprise", "L’heure manque", "de cinq en cinq", "La durée n’est pas comprise", "Le nom manque",
        "sans les signes < et >", "un agenda que vous ouvrez", "n’est pas servie", "n’existe pas ce jour-là",
    ):  # fmt: skip
        assert told in read


def test_what_is_not_understood_of_a_person_goes_into_the_note(desk, alice):
    line = "06/01/2026;09:00;;Ng;;5 mars 87;12;pas@;Bilan annuel;un;;À jeun\r\n"
    trial = send(alice, HEAD + line)
    assert "Motif inconnu ici : ce sera « Consultation »" in said(trial)
    take(alice, trial)
    page = said(alice.get(f"/agenda/appointment/{Appointment.objects.get().pk}/"))
    for told in ("À jeun", "Date de naissance : 5 mars 87", "Téléphone : 12", "E-mail : pas@"):
        assert told in page


def test_columns_that_are_not_recognised_are_asked_and_can_be_corrected(desk, alice):
    trial = send(alice, "A;B;C\r\n06/01/2026;09:00;Ng\r\n")
    assert trial.status_code == 422
    assert "quelle colonne donne le nom" in said(trial)
    assert not verdicts(trial)
    chosen = {**fields(trial), "column-0": "day", "column-1": "clock", "column-2": "last_name"}
    again = alice.post(PAGE, {**chosen, "try": "1"})
    assert verdicts(again) == {"create": [2]}
    assert alice.post(PAGE, {**chosen, "column-1": "day"}).status_code == 422
    assert take(alice, again).status_code == 302


def test_a_calendar_comes_in_the_same_way(desk, alice):
    calendar = (
        b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nSUMMARY:NG Ada\r\nDTSTART:20260106T080000Z\r\nDTEND:20260106T082000Z\r\n"
        b"END:VEVENT\r\nBEGIN:VEVENT\r\nSUMMARY:Jour\r\nDTSTART;VALUE=DATE:20260107\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    trial = send(alice, calendar)
    assert verdicts(trial) == {"wrong": [2], "create": [1]}
    take(alice, trial)
    assert (Appointment.objects.get().end - Appointment.objects.get().start).seconds == 1200


def test_practitioner_and_type_are_known_by_the_words_of_their_names(desk, alice):
    grant_both(desk)
    visit_type(desk.two, "bilan", name="Bilan annuel", duration_known=45, duration_new=45)
    visit_type(desk.two, "consultation", name="Consultation")
    take(alice, send(alice, HEAD + "06/01/2026;09:00;;Ng;;;;;bilan ANNUEL;Docteur Deux;;\r\n" + NG))
    two, one = Appointment.objects.order_by("start")
    assert (two.practitioner, two.visit_type.name, (two.end - two.start).seconds) == (desk.two, "Bilan annuel", 2700)
    assert one.practitioner == desk.one


@pytest.mark.parametrize("kind", ["csv", "ics"])
def test_what_was_exported_is_recognised_when_it_comes_back(desk, alice, kind):
    desk.visit(day=TUESDAY)
    desk.visit("10:00", day=TUESDAY, name="'=Ng", state="cancelled")
    asked = {
        "p": desk.one.pk,
        "first": "2026-01-01",
        "last": "2026-12-31",
        "as": kind,
        "unlock_password": "Framboise-1789-été",
    }
    file = alice.post("/agenda/export/", asked).getvalue()
    assert verdicts(send(alice, file)) == {
        "here": [2 if kind == "csv" else 1],
        "cancelled": [3 if kind == "csv" else 2],
    }


# What waits in the page.


def test_the_file_waits_closed_and_the_server_keeps_nothing_of_it(desk, alice, caplog):
    """P7 I4: neither page source, session, store nor log has a word of it that is not shown; the door shows none."""
    caplog.set_level(0)
    trial = send(alice, HEAD + ZOE)
    carried = fields(trial)["carried"]
    assert "Zakkenvuller" not in carried
    assert "Zakkenvuller" not in str(session_row(alice))
    assert "Zakkenvuller" not in caplog.text
    alice.post("/agenda/veil/")
    door = text(take(alice, trial))
    assert carried in door
    assert "Zakkenvuller" not in door
    alice.post("/agenda/lock/")
    answer = take(alice, trial, unlock_password="Framboise-1789-été")
    assert answer.status_code == 302, "and goes on from there"
    assert Appointment.objects.count() == 1


def test_nobody_else_opens_what_waits_and_nothing_altered_is_taken(desk, alice):
    trial = send(alice, HEAD + ZOE)
    carried = fields(trial)["carried"]
    visit_type(desk.two, "consultation")
    bruno = desk.client("bruno")
    for client, given in ((bruno, carried), (alice, carried[:-8] + "AAAAAAA="), (alice, "x"), (alice, "é" * 40)):
        answer = client.post(PAGE, {**fields(trial), "carried": given, "take": "1"})
        assert answer.status_code == 422
        assert "Choisissez-le encore une fois" in said(answer)
    assert nothing_is_stored()


@pytest.mark.parametrize(
    ("content", "status", "told"),
    [
        (b"", 422, "vide"), (b"PK\x03\x04", 422, "classeur"), (b"%PDF\0\1", 422, "ni un fichier CSV"), (b"words", 422, "pas un tableau"),
        (b"x" * 251_000, 413, "trop gros"), (b"x;" * 200_000, 413, "trop gros"), (b"a;b\n" * 2100, 422, "trop de lignes"),
        (b"BEGIN:VCALENDAR\nX", 422, "abîmé"),
    ],
)  # fmt: skip
def test_a_bad_file_is_said_and_nothing_is_stored(desk, alice, content, status, told, tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    answer = send(alice, content)
    assert answer.status_code == status
    assert told in said(answer)
    assert nothing_is_stored()
    assert not list(tmp_path.iterdir()), "a file is read in memory only"


def test_without_a_file_the_form_says_so(desk, alice):
    answer = alice.post(PAGE, {"visit_type": desk.type.pk})
    assert answer.status_code == 422
    assert "Choisissez un fichier." in said(answer)


def test_who_holds_no_key_imports_nothing_and_a_foreign_agenda_is_out_of_reach(desk, alice):
    """P11"""
    assert "rien où importer" in said(desk.client("chloe").get(PAGE))
    foreign = visit_type(desk.two, "consultation")
    answer = send(alice, HEAD + ZOE, visit_type=foreign.pk)
    assert answer.status_code == 422
    trial = send(alice, HEAD + ZOE)
    assert take(alice, trial, visit_type=foreign.pk).status_code == 422
    assert nothing_is_stored()


# Reminders.


@pytest.mark.parametrize("remind", [False, True])
def test_reminders_leave_only_if_they_were_asked(desk, alice, remind):
    """The worker plans them; whether they leave is what the box says."""
    far = ZOE.replace("06/01/2026", "20/01/2026")
    with posts.post() as server, override_settings(**posts.settings_for(server.port)):
        take(alice, send(alice, HEAD + far), **({"remind": "on"} if remind else {}))
        visit = Appointment.objects.get()
        contact = contact_of(visit)
        assert contact is not None
        assert contact.reminders is remind
        outbox.remind_all(NOW)
        due = visit.start - timedelta(hours=22)
        delivery.work(due, Ways())
        assert len(server.raw) == (1 if remind else 0)


# Taking it out again.


def test_an_import_is_undone_as_the_last_action(desk, alice):
    take(alice, send(alice, HEAD + ZOE + NG))
    assert "Défaire 2 créations" in said(alice.get("/agenda/"))
    alice.post("/agenda/undo/")
    assert nothing_is_stored()


def test_an_import_is_taken_out_days_later_but_for_what_changed_since(desk, alice, clock):
    take(alice, send(alice, HEAD + ZOE.replace("06/01", "20/01") + NG.replace("06/01", "20/01")))
    clock.shift(timedelta(days=2))
    other = desk.client()
    marked = Appointment.objects.get(first_cell=cell(TUESDAY + timedelta(days=14), "09:30"))
    Appointment.objects.filter(pk=marked.pk).update(state="excused", sequence=1)
    page = said(other.get(PAGE))
    assert "lundi 5 janvier 2026 à 8 h, par Alice : 1 rendez-vous à venir" in page
    handle = re.search(r"/agenda/import/([0-9a-f]{24})/", page)[1]
    assert "Retirer 1 rendez-vous importé" in said(other.get(f"/agenda/import/{handle}/"))
    assert "1 rendez-vous retiré" in said(other.post(f"/agenda/import/{handle}/", follow=True))
    assert Appointment.objects.get() == marked
    assert PatientRecord.objects.count() == 1
    assert other.get(f"/agenda/import/{handle}/").status_code == 404
    bruno = desk.client("bruno")
    assert bruno.get(f"/agenda/import/{handle}/").status_code == 404


def test_who_was_reminded_already_is_cancelled_and_told_instead(desk, alice, clock):
    with posts.post() as server, override_settings(**posts.settings_for(server.port)):
        take(alice, send(alice, HEAD + ZOE.replace("06/01", "20/01")), remind="on")
        visit = Appointment.objects.get()
        clock.move_to(visit.start - timedelta(hours=22))
        outbox.remind_all(visit.start - timedelta(hours=22))
        Message.objects.create(
            appointment=visit,
            practitioner=desk.one,
            kind="reminder",
            state="sent",
            due=visit.start - timedelta(hours=23),
        )
        later = desk.client()
        handle = re.search(r"/agenda/import/([0-9a-f]{24})/", text(later.get(PAGE)))[1]
        later.post(f"/agenda/import/{handle}/")
    visit.refresh_from_db()
    assert visit.state == "cancelled_by_practice"
    assert Message.objects.filter(kind="cancellation").exists()


# Size and secrecy.


def lines_of(number: int) -> str:
    return HEAD + "".join(
        f"{6 + at // 40:02d}/01/2026;{9 + at % 40 // 12:02d}:{at % 12 * 5:02d};5;Nom{at};P;;;;;;;\r\n"
        for at in range(number)
    )


@pytest.mark.parametrize("number", [1, 30])
def test_a_trial_and_a_commit_ask_the_same_of_the_database_for_one_line_and_for_thirty(
    desk, number, django_assert_max_num_queries
):
    """A18"""
    vault, by = vault_of(desk), Actor(desk.alice.pk, b"s" * 16)
    with django_assert_max_num_queries(8):
        trial = tried(desk, lines_of(number), vault, by)
    assert [one.verdict for one in trial.lines] == [Verdict.CREATE] * number
    with django_assert_max_num_queries(30):
        imports.take(trial, NOW, by=by, remind=False)
    assert Appointment.objects.count() == number


def test_the_order_of_the_file_is_in_neither_store(desk):
    """I3: rows go in by their random keys."""
    vault, by = vault_of(desk), Actor(desk.alice.pk, b"s" * 16)
    made = imports.take(tried(desk, lines_of(30), vault, by), NOW, by=by, remind=False)
    assert [one.pk for one in made] == sorted(one.pk for one in made)
    assert [one.start for one in made] != sorted(one.start for one in made)


def test_an_import_does_not_use_up_the_hour_s_identities(desk, alice):
    """What is brought in, or compared with a file, shows nobody a name that they did not bring."""
    Practice.objects.update(shown_per_hour=1)
    far = [line.replace("06/01", "20/01") for line in (ZOE, NG)]
    take(alice, send(alice, HEAD + "".join(far)))
    assert send(alice, HEAD + "".join(far)).status_code == 200
    assert alice.get(f"/agenda/appointment/{Appointment.objects.order_by('start')[0].pk}/").status_code == 200
    assert cell_of(NOW) < Appointment.objects.order_by("start")[0].first_cell


def test_parts_of_a_file_have_a_word_each():
    from agenda.transfer.reviewing import part_words

    assert {value for value, _word in part_words()} == {part.value for part in Part}
