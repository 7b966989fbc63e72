"""Notes of staff for staff, and paper for the patient."""

import re

import pytest

from booking import desk as at
from booking.links import link_hash
from booking.models import Appointment, DayNote
from practitioners.models import AccessEvent, AgendaKey
from tests.agenda.cast import NAME, text
from tests.agenda.desk.cast import book, booked, page_of, value_of
from tests.booking.cast import MONDAY, TUESDAY
from tests.practitioners.cast import PASSWORD

DAY = "/agenda/day-note/{one}/2026-01-05/"


def day_page(desk, of=None) -> str:
    return DAY.format(one=(of or desk.one).pk)


# Of a visit.


def test_a_note_is_written_read_and_taken_away(desk, alice):
    visit = desk.visit(message="Je viens en bus")
    for text_ in ("Prévoir l’ascenseur\n2e ligne", ""):
        seen = value_of(text(alice.get(page_of(visit, "note"))), "seen")
        assert alice.post(page_of(visit, "note"), {"note": text_, "seen": seen}).url == page_of(visit)
        assert ("Prévoir l’ascenseur<br>2e ligne" in text(alice.get(page_of(visit)))) is bool(text_)
    assert "Je viens en bus" in text(alice.get(page_of(visit)))
    assert AccessEvent.objects.filter(action="note", appointment=visit.pk).exists()


def test_what_another_desk_wrote_meanwhile_is_shown_and_nothing_typed_is_lost(desk, alice):
    visit = desk.visit()
    seen = value_of(text(alice.get(page_of(visit, "note"))), "seen")
    alice.post(page_of(visit, "note"), {"note": "De la première", "seen": seen})
    answer = desk.client().post(page_of(visit, "note"), {"note": "De la <b>seconde</b>", "seen": seen})
    page = text(answer)
    assert answer.status_code == 409
    assert "De la première" in page
    assert value_of(page, "note") == "De la <b>seconde</b>"
    again = {"note": "De la seconde", "seen": value_of(page, "seen")}
    assert alice.post(page_of(visit, "note"), again).status_code == 302
    assert "De la seconde" in text(alice.get(page_of(visit)))


@pytest.mark.parametrize("note", ["n" * 401, "a\u202eb", "a\x07b"])
def test_a_note_that_is_none_is_said_and_kept(desk, alice, note):
    visit = desk.visit()
    answer = alice.post(page_of(visit, "note"), {"note": note, "seen": at.fingerprint("")})
    assert answer.status_code == 422
    assert value_of(text(answer), "note") == note


@pytest.mark.parametrize("seen", ["", "x", "0" * 64])
def test_a_form_that_saw_nothing_overwrites_nothing(desk, alice, seen):
    visit = desk.visit()
    assert alice.post(page_of(visit, "note"), {"note": "x", "seen": seen}).status_code == 409


def test_a_locked_session_reads_no_note_and_a_typed_one_waits(desk, alice):
    """U3"""
    visit = desk.visit()
    seen = at.fingerprint("")
    alice.post(page_of(visit, "note"), {"note": "Très secrète", "seen": seen})
    alice.post("/agenda/lock/")
    assert "Très secrète" not in text(alice.get(page_of(visit, "note")))
    form = {"note": "La suite", "seen": at.fingerprint("Très secrète")}
    met = text(alice.post(page_of(visit, "note"), form))
    assert "La suite" in met
    assert "Très secrète" not in met
    assert alice.post(page_of(visit, "note"), {**form, "unlock_password": PASSWORD}).status_code == 302


# Of a day.


def test_the_note_of_a_day_is_written_read_and_taken_away(desk, alice):
    for text_ in ("Le labo passe à 11 h", ""):
        page = text(alice.get(day_page(desk)))
        answer = alice.post(day_page(desk), {"note": text_, "seen": value_of(page, "seen"), "next": "/agenda/"})
        assert answer.url == "/agenda/"
        assert value_of(text(alice.get(day_page(desk))), "note") == text_
    assert not DayNote.objects.exists()


def test_two_desks_see_both_notes_of_a_day(desk, alice):
    seen = at.fingerprint("")
    alice.post(day_page(desk), {"note": "La nôtre", "seen": seen})
    answer = desk.client().post(day_page(desk), {"note": "La leur", "seen": seen})
    assert answer.status_code == 409
    assert "La nôtre" in text(answer)
    assert value_of(text(answer), "note") == "La leur"
    sent = {"note": "La leur", "seen": value_of(text(answer), "seen")}
    assert alice.post(day_page(desk), sent).status_code == 302


@pytest.mark.parametrize(
    "page", ["/agenda/day/2026-01-05/", "/agenda/list/2026-01-05/", "/agenda/week/{one}/2026-01-05/"]
)
def test_the_note_of_a_day_stands_over_it_for_whoever_has_the_key(desk, alice, page):
    """P11"""
    address = page.format(one=desk.one.pk)
    assert f'href="{day_page(desk)}?next=' in text(alice.get(address))
    alice.post(day_page(desk), {"note": "Le <b>labo</b> passe", "seen": at.fingerprint("")})
    assert "Le &lt;b&gt;labo&lt;/b&gt; passe" in text(alice.get(address))
    if "week" not in page:
        assert "labo" not in text(desk.client("bruno").get(address))
    DayNote.objects.update(box=b"\1" * 5262)
    assert "ne s’ouvre pas" in text(alice.get(address))
    alice.post("/agenda/lock/")
    assert "ne s’ouvre pas" not in text(alice.get(address))


@pytest.mark.parametrize("who", ["bruno", "chloe"])
def test_a_foreign_day_is_404(desk, who):
    """P11"""
    client = desk.client(who)
    assert client.get(day_page(desk)).status_code == 404
    assert client.post(day_page(desk), {"note": "x", "seen": at.fingerprint("")}).status_code == 404
    assert not DayNote.objects.exists()


def test_a_note_that_is_too_long_without_a_key_or_without_sense_is_kept(desk, alice):
    long = "n" * 1001
    answer = alice.post(day_page(desk), {"note": long, "seen": at.fingerprint("")})
    assert (answer.status_code, value_of(text(answer), "note")) == (422, long)
    AgendaKey.objects.update(altered=True)
    answer = alice.post(day_page(desk), {"note": "Courte", "seen": at.fingerprint("")})
    assert (answer.status_code, value_of(text(answer), "note")) == (409, "Courte")
    assert alice.get("/agenda/day-note/12/2026-01-05/").status_code == 404
    assert alice.get(f"/agenda/day-note/{desk.one.pk}/9999-12-31/").status_code == 404


def test_a_note_that_does_not_open_is_said_and_not_overwritten(desk, alice):
    """P5"""
    alice.post(day_page(desk), {"note": "La nôtre", "seen": at.fingerprint("")})
    DayNote.objects.update(box=b"\1" * 5262)
    page = text(alice.get(day_page(desk)))
    assert "ne s’ouvre pas" in page
    assert alice.post(day_page(desk), {"note": "Autre", "seen": at.fingerprint("")}).status_code == 409
    assert bytes(DayNote.objects.get().box) == b"\1" * 5262


# Paper.


def test_a_slip_has_the_link_the_day_and_the_place_and_nothing_more(desk, alice):
    book(alice, desk)
    visit = booked()
    before = bytes(visit.link_hash)
    asked = text(alice.get(page_of(visit, "slip")))
    assert "ne marchera plus" in asked
    page = text(alice.post(page_of(visit, "slip"))).replace("\xa0", " ")
    paper = page[page.index('class="card plain sheet-of-paper') : page.index("</article>")]
    for part in ("mardi 6 janvier 2026 à 9 h", "Rue des Lilas", "<svg", "Cabinet des Lilas"):
        assert part in paper.lower() or part in paper
    for never in ("Dr Un", "généraliste", "Consultation", "Zakkenvuller"):
        assert never not in paper
    token = re.search(r"/rdv/([\w-]{32})/", paper)[1]
    visit.refresh_from_db()
    assert bytes(visit.link_hash) == link_hash(token) != before
    assert desk.client().get(f"/fr/rdv/{token}/").status_code == 200


def test_a_slip_repeats_the_link_of_the_messages_unless_a_new_one_is_asked(desk, alice):
    """P8"""
    book(alice, desk, known="nom@exemple.fr")
    visit = booked()
    before = bytes(visit.link_hash)
    assert "reste valable" in text(alice.get(page_of(visit, "slip")))
    first = re.search(r"/rdv/([\w-]{32})/", text(alice.post(page_of(visit, "slip"))))[1]
    assert link_hash(first) == before
    second = re.search(r"/rdv/([\w-]{32})/", text(alice.post(page_of(visit, "slip"), {"new": "on"})))[1]
    assert second != first
    assert desk.client().get(f"/fr/rdv/{first}/").status_code == 404
    assert desk.client().get(f"/fr/rdv/{second}/").status_code == 200


def test_a_discreet_slip_says_the_date_and_the_label_only(desk, alice):
    desk.type.discreet = True
    desk.type.save(update_fields=["discreet"])
    book(alice, desk)
    page = text(alice.post(page_of(booked(), "slip")))
    assert "Rue des Lilas" in page
    assert "3 rue des Lilas" not in page.split("sheet-of-paper")[1]


def test_looking_makes_no_link_and_past_or_cancelled_visits_have_none(desk, alice):
    """I6 M2"""
    visit = desk.visit(day=TUESDAY)
    alice.get(page_of(visit, "slip"))
    assert Appointment.objects.get().link_hash is None
    for state, day in (("cancelled", TUESDAY), ("excused", TUESDAY), ("seen", MONDAY.replace(day=2))):
        other = desk.visit("10:00", day=day, state=state)
        assert alice.get(page_of(other, "slip")).status_code == 404
        assert alice.post(page_of(other, "slip")).status_code == 404


def test_a_slip_needs_the_key(desk, alice):
    """U3"""
    visit = desk.visit(day=TUESDAY)
    alice.post("/agenda/lock/")
    assert "Session verrouillée" in text(alice.post(page_of(visit, "slip")))
    assert Appointment.objects.get().link_hash is None
    assert "/rdv/" in text(alice.post(page_of(visit, "slip"), {"unlock_password": PASSWORD}))


def test_a_certificate_says_who_was_here_when_and_not_why(desk, alice):
    visit = desk.visit("09:00", state="seen")
    asked = text(alice.get(page_of(visit, "attestation")))
    assert value_of(asked, "name") == f"Zénobie {NAME}"
    assert (value_of(asked, "since"), value_of(asked, "until")) == ("09:00", "09:30")
    sent = {"name": "M. <b>Jean</b>", "since": "09:05", "until": "09:45"}
    page = text(alice.post(page_of(visit, "attestation"), sent)).replace("\xa0", " ")
    paper = page[page.index("sheet-of-paper") : page.index("</article>")]
    for part in (
        "M. &lt;b&gt;Jean&lt;/b&gt;",
        "lundi 5 janvier 2026",
        "9 h 05",
        "9 h 45",
        "Cabinet des Lilas",
        "3 rue des Lilas",
    ):
        assert part in paper
    for never in ("Dr Un", "généraliste", "Consultation"):
        assert never not in paper
    assert AccessEvent.objects.filter(action="attestation", appointment=visit.pk).exists()


@pytest.mark.parametrize(
    "wrong",
    [{"name": ""}, {"name": "n" * 162}, {"since": "x"}, {"until": "09:00"}, {"until": ""}, {"name": "a\u202eb"}],
)
def test_a_certificate_that_makes_no_sense_is_not_made(desk, alice, wrong):
    visit = desk.visit("09:00", state="arrived")
    sent = {"name": "M. Jean", "since": "09:05", "until": "09:45", **wrong}
    answer = alice.post(page_of(visit, "attestation"), sent)
    assert answer.status_code == 422
    if "name" not in wrong:
        assert value_of(text(answer), "name") == "M. Jean"


@pytest.mark.parametrize("state", ["booked", "absent", "excused", "cancelled"])
def test_who_was_not_here_gets_no_certificate(desk, alice, state):
    visit = desk.visit("09:00", state=state)
    assert alice.get(page_of(visit, "attestation")).status_code == 404
    assert alice.post(page_of(visit, "attestation"), {"name": "x", "since": "9:00", "until": "9:30"}).status_code == 404
