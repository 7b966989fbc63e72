"""What a message says, and what it never says (M9 M10 M12 M13)."""

import re
from datetime import UTC, datetime, timedelta
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from typing import Any

import pytest
from django.utils import translation
from icalendar import Calendar

from booking import appointments, gsm, judgement, letters, messages, summaries
from booking.letters import Told
from booking.models import Appointment, Message
from booking.my_data import server_side_data
from practitioners import access_log
from practitioners.access_log import chain
from practitioners.models import AccessSeal, Location, Practice, Practitioner, VisitType, Wording
from tests.booking.cast import NOW, TUESDAY, Office

Kind = Message.Kind
KINDS = tuple(letters.BODIES)


@pytest.fixture
def booked(office: Office) -> Appointment:
    VisitType.objects.update(name="Frottis de contrôle")
    Practitioner.objects.update(speciality="Gynécologie", name="Dr Un Gynécologue")
    Practice.objects.update(phone="01 43 45 12 34", email="accueil@example.org")
    made = office.book()
    fresh = Appointment.objects.select_related("practitioner__practice", "location", "visit_type").get(pk=made.pk)
    fresh.token = made.token  # type: ignore[attr-defined]
    return fresh


def letter(kind: str, visit: Any, language: str = "fr", **more: Any) -> letters.Letter:
    return letters.letter(kind, [Told(visit, visit.token)], language, NOW, **more)


def mail(made: letters.Letter) -> EmailMessage:
    """The message as a mail program reads it."""
    built = messages._message(made, "zenobie@example.org", "<id@example.org>")
    parsed = BytesParser(policy=policy.default).parsebytes(built.message().as_bytes(linesep="\r\n"))
    assert isinstance(parsed, EmailMessage)
    return parsed


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_letter_says_when_where_and_the_link_and_neither_why_nor_who(booked: Any, kind: str, language: str):
    made = letter(kind, booked, language, minutes=20)
    when = {"fr": "Mardi 6 janvier 2026 à 9 h (heure de Paris)", "en": "Tuesday 6 January 2026 at 9:00"}[language]
    for part in (made.text, re.sub(r"<[^>]+>", "", made.html)):
        said = part.replace("\u00a0", " ").replace("\u202f", " ")
        assert when in said or "9 am" in said or "9:00" in said, said
        assert "Rue des Lilas" in said
        assert f"http://localhost:8000/{language}/rdv/{booked.token}/" in said
        for hidden in ("Frottis", "Gynéco", "Kowalczyk", "Zénobie", "zenobie"):
            assert hidden not in said
    assert "Frottis" not in made.subject
    assert "INVALID" not in made.text + made.html + made.subject


def test_the_subject_is_the_same_for_all(booked: Any):
    assert {letter(kind, booked).subject for kind in KINDS} == {"Votre rendez-vous"}


@pytest.mark.parametrize("kind", KINDS)
def test_the_html_part_fetches_nothing_and_says_the_same(booked: Any, kind: str):
    made = letter(kind, booked, minutes=20)
    assert not re.search(r"<(img|link|script|style|iframe|object)|src=|url\(|@import", made.html)
    assert set(re.findall(r'href="([^"]+)"', made.html)) == {f"http://localhost:8000/fr/rdv/{booked.token}/"}
    words = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", made.html.split("<body>")[1])).strip()
    assert words.replace("&#x27;", "'") == re.sub(r"\s+", " ", made.text).strip()


def test_the_headers_are_those_that_mail_providers_want(booked: Any):
    """M13"""
    parsed = mail(letter(Kind.CONFIRMATION, booked))
    assert parsed["Auto-Submitted"] == "auto-generated"
    assert parsed["Message-ID"] == "<id@example.org>"
    assert parsed["Reply-To"] == "accueil@example.org"
    assert parsed["Content-Language"] == "fr"
    assert parsed["Date"]
    assert parsed["To"] == "zenobie@example.org"
    assert [part.get_content_type() for part in parsed.walk()] == [
        "multipart/mixed", "multipart/alternative", "text/plain", "text/html", "text/calendar",
    ]  # fmt: skip


def test_a_practice_without_an_address_says_that_nobody_reads_replies(booked: Any):
    """M13"""
    assert "le cabinet lira votre réponse" in letter(Kind.REMINDER, booked).text
    Practice.objects.update(email="")
    booked.practitioner.practice.email = ""
    made = letter(Kind.REMINDER, booked)
    assert "01\u00a043\u00a045\u00a012\u00a034" in made.text
    assert "personne ne le lirait" in made.text
    assert mail(made)["Reply-To"] is None


# Language and zone.


def test_language_and_zone_are_the_patient_s_and_the_practice_s_never_the_worker_s(office: Office):
    """M9: the practice's as it was when the time was chosen."""
    made = office.book()
    Appointment.objects.update(time_zone="Indian/Reunion")
    visit: Any = Appointment.objects.select_related("practitioner__practice", "location").get(pk=made.pk)
    visit.token = made.token
    with translation.override("en"):
        french = letter(Kind.CONFIRMATION, visit, "fr")
    with translation.override("fr"):
        english = letter(Kind.CONFIRMATION, visit, "en")
    assert "heure de La Réunion" in french.text
    assert "Bonjour" in french.text
    assert "Bonjour" not in english.text
    assert "/en/rdv/" in english.text
    assert "Bonjour" in letter(Kind.CONFIRMATION, visit, "xx").text


def test_a_practice_that_changes_its_zone_changes_nothing_that_is_said_of_what_is_booked(office: Office):
    """M9, T8: letters, the calendar, an SMS and the data that the link gives; a new booking is said in the new zone."""
    made = office.book()
    before = letter(Kind.CONFIRMATION, made, "fr")
    Practice.objects.update(time_zone="Indian/Reunion")
    visit: Any = Appointment.objects.select_related("practitioner__practice", "location").get(pk=made.pk)
    visit.token = made.token
    after = letter(Kind.CONFIRMATION, visit, "fr")
    assert after.text == before.text
    assert "heure de Paris" in after.text
    assert b"X-WR-TIMEZONE:Europe/Paris" in after.calendar
    assert "9 h" in letters.short(Kind.REMINDER, [letters.Told(visit, made.token)], "fr").replace("\u00a0", " ")
    assert server_side_data(visit)["readable_by_the_server"]["appointment"]["time_zone"] == "Europe/Paris"
    # Its reminders are still those that were planned.
    assert judgement._instants(visit) == judgement._instants(made)


# Calendars.


def calendar(made: letters.Letter) -> Calendar:
    parsed = next(part for part in mail(made).walk() if part.get_content_type() == "text/calendar")
    content = parsed.get_payload(decode=True)
    assert isinstance(content, bytes)
    assert b"\r\n" in content
    assert not re.search(rb"(?<!\r)\n", content)
    assert max(len(line) for line in content.split(b"\r\n")) <= 75
    found = Calendar.from_ical(content)
    assert parsed.get_param("method") == found["METHOD"]
    return found


def test_the_calendar_is_published_and_then_cancelled_under_one_id_with_a_higher_sequence(office: Office, booked: Any):
    """M10"""
    published = calendar(letter(Kind.CONFIRMATION, booked))
    done: Any = appointments.cancel(booked.token, "", NOW)
    done.token = booked.token
    cancelled = calendar(letter(Kind.CANCELLATION, done))
    first, last = published.walk("VEVENT")[0], cancelled.walk("VEVENT")[0]
    assert (published["METHOD"], cancelled["METHOD"]) == ("PUBLISH", "CANCEL")
    assert first["UID"] == last["UID"]
    assert str(booked.pk) not in first["UID"]
    assert first["SEQUENCE"] < last["SEQUENCE"]
    assert (first["STATUS"], last["STATUS"]) == ("CONFIRMED", "CANCELLED")
    assert (first["SUMMARY"], first["CLASS"], first["LOCATION"]) == ("Rendez-vous", "PRIVATE", "Rue des Lilas")
    assert first["DTSTAMP"].dt == NOW
    assert first["DTSTART"].dt == datetime(2026, 1, 6, 8, 0, tzinfo=UTC)


def test_reminders_and_late_notices_carry_no_calendar(booked: Any):
    assert not letter(Kind.REMINDER, booked).calendar
    assert not letter(Kind.LATE, booked, minutes=20).calendar


# What people type is text, wherever it lands.


NASTY = "Lieu\r\nBcc: all@example.org\u2028<script>alert(1)</script> 😀 \u202ealert"


def test_a_place_s_label_stays_text_in_headers_mail_html_and_calendar(office: Office, booked: Any):
    """M12"""
    Location.objects.update(label=NASTY)
    Practice.objects.update(email="accueil@example.org")
    booked.location.label = NASTY
    made = letter(Kind.CONFIRMATION, booked)
    parsed = mail(made)
    assert parsed["Bcc"] is None
    assert "<script>" not in made.html
    assert "&lt;script&gt;" in made.html
    assert "Lieu Bcc: all@example.org" in made.text
    assert "\n" not in str(calendar(made).walk("VEVENT")[0]["LOCATION"])
    assert "\r" not in letters.short(Kind.CONFIRMATION, [Told(booked, booked.token)], "fr")


def test_a_template_in_the_practice_s_words_is_only_words(office: Office, booked: Any):
    """M12: nothing in a text reaches settings, objects or other templates."""
    text = "{% load i18n %} {{ visits }} {rendez-vous} {0.__class__} {settings.SECRET_KEY} %(visits)s {téléphone}"
    Wording.objects.create(practice=office.practice, kind="confirmation", language="fr", text=text)
    said = letter(Kind.CONFIRMATION, booked).text
    assert "{% load i18n %} {{ visits }} Mardi" in said.replace("\u00a0", " ")
    assert "{0.__class__} {settings.SECRET_KEY} %(visits)s 01\u00a043" in said
    assert letters.unknown_places("{rendez-vous} {nom} {cabinet}") == ["{nom}"]


def test_own_words_are_used_in_their_language_alone(office: Office, booked: Any):
    Wording.objects.create(
        practice=office.practice, kind="reminder", language="fr", text="À bientôt !\n\n{rendez-vous}"
    )
    assert "À bientôt" in letter(Kind.REMINDER, booked).text
    assert "À bientôt" not in letter(Kind.REMINDER, booked, "en").text
    assert "À bientôt" not in letter(Kind.CONFIRMATION, booked).text


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_default_texts_have_their_places_and_no_other(kind: str, language: str):
    with translation.override(language):
        text = letters.default_words(kind)
    assert letters.VISITS in text
    assert letters.unknown_places(text) == []
    assert (letters.DELAY in text) == (kind == Kind.LATE)
    for sentence in re.split(r"[.!?:]\s", text.replace(letters.VISITS, "")):
        assert len(sentence.split()) <= 20, sentence


# SMS.


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", ["fr", "en"])
def test_an_sms_takes_two_segments_with_a_long_link_and_three_at_the_very_most(booked: Any, settings, kind, language):
    settings.SITE_URL = "https://rendez-vous.cabinet-des-lilas.example.org"
    text = letters.short(kind, [Told(booked, booked.token)], language, minutes=25)
    assert gsm.segments(text) <= 2, text
    assert gsm.plain(text) == text
    assert booked.token in text
    assert "Frottis" not in text
    booked.location.label = "Cabinet de la résidence des Hêtres " * 3
    assert gsm.segments(letters.short(kind, [Told(booked, booked.token)] * 2, language, minutes=25)) <= 3


# A practitioner's summary.


def test_the_summary_has_numbers_and_hours_and_no_patient(office: Office, booked: Any):
    office.book("11:00", contact={"email": "autre@example.org"})
    Message.objects.create(practitioner=office.one, kind="cancellation", state="call", due=NOW)
    made = summaries.letter(office.one, datetime(2026, 1, 6, 6, tzinfo=UTC))
    said = made.text.replace("\u00a0", " ")
    assert "Mardi 6 janvier 2026" in said
    assert "2 rendez-vous." in said
    assert "De 9 h à 11 h 30." in said
    assert "à appeler : 1" in said
    assert "http://localhost:8000/agenda/" in said
    for hidden in ("Kowalczyk", "zenobie", "autre", "rdv/"):
        assert hidden not in said
    assert "Journal des accès" not in said, "nothing was shown yet"
    assert "0 rendez-vous" in summaries.letter(office.one, datetime(2026, 1, 10, 6, tzinfo=UTC)).text.replace(
        "\u00a0", " "
    )
    assert TUESDAY


def test_the_summary_takes_the_access_log_s_anchor_away_from_the_server(office: Office, django_assert_num_queries):
    """Whoever cuts the log off, or makes it anew, does not reach into a mailbox."""
    access_log.record(7, [1, 2], "day", bytes(16), NOW)
    chain.close(NOW + timedelta(minutes=5))
    with django_assert_num_queries(3):
        said = summaries.letter(office.one, NOW + timedelta(hours=1)).text
    anchor = said.partition("empreinte\u00a0: ")[2].splitlines()[0]
    assert anchor.startswith("2:")
    assert chain.verify(anchor).rows == 2
    AccessSeal.objects.all().delete()
    with pytest.raises(chain.Broken):
        chain.verify(anchor)
