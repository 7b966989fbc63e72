"""One address, several names: a family, somebody who books twice, a stranger who tries. Nobody learns that it is known (P1 P10)."""

import re

import pytest
from django.test import Client

from booking import appointments
from booking.models import Appointment
from patients import store
from patients.models import PatientRecord
from practitioners.models import Practitioner
from tests.booking.cast import Office
from tests.booking.pages import FILLED, take_first, text

ANSWERS = [
    {"last_name": "Kowalczyk-N’Diaye", "first_name": "Zénobie"},
    {"last_name": "Kowalczyk-N’Diaye", "first_name": "Théodore"},
    {"last_name": "Kowalczyk-N’Diaye", "first_name": "Zénobie"},
]


def neutral(page: str) -> str:
    """What a page says, without its own time and link."""
    return re.sub(r"\d{1,2} h( \d\d)?|rdv/[\w-]+|\d+ Ko", "…", page)


def test_the_same_address_under_another_name_gets_the_same_answers_and_overwrites_nothing(open_office: Office):
    """P1: a brother, and the same person again; each has a record of their own, and each step answers alike."""
    pages, records = [], []
    for who in ANSWERS:
        browser = Client()
        held = take_first(browser)
        form = browser.get(held)
        sent = browser.post(held, {**FILLED, **who})
        assert sent.status_code == 303
        page = browser.get(sent["Location"])
        pages.append([form.status_code, neutral(text(form)), page.status_code, neutral(text(page))])
        records.append(set(PatientRecord.objects.values_list("pk", "identity_box", "visit_box", "contact_box")))
    assert pages[0] == pages[1] == pages[2]
    assert records[0] < records[1] < records[2], "what was there before is there as it was"
    wanted = {appointments.reference(one): [open_office.private_one()] for one in Appointment.objects.all()}
    found = store.open_many(wanted).values()
    names = sorted(one.identity.persons[0].first_name for one in found if isinstance(one, store.Record))
    assert names == ["Théodore", "Zénobie", "Zénobie"]


@pytest.mark.parametrize("written", ["zenobie@example.org", "ZENOBIE@EXAMPLE.ORG", " Zenobie@example.org "])
def test_the_cap_counts_an_address_however_it_is_written_and_says_nothing_but_to_wait(open_office: Office, written):
    """P10: told only to whoever books a fifth time within the day; what it tells them is said in docs/threat-model.md."""
    for number, clock in enumerate(("09:00", "09:30", "10:00", "10:30")):
        open_office.book(clock, network=f"198.51.100.{number}")
    browser = Client()
    answer = browser.post(take_first(browser), {**FILLED, "email": written})
    assert answer.status_code == 429
    for clock in ("9 h 00", "9 h 30", "10 h 00", "10 h 30"):
        assert clock not in text(answer), "nothing of the others"
    assert PatientRecord.objects.count() == 4


def test_what_a_practitioner_writes_is_theirs_and_every_page_leads_to_whom_to_write_to(open_office: Office, client):
    """P16: the practice answers for its words; who that is, and how to reach them, is one link away from each."""
    open_office.practice.controller, open_office.practice.data_contact = "Cabinet des Lilas, SCM", "donnees@example.org"
    open_office.practice.accessibility_contact = "accueil@example.org"
    open_office.practice.save()
    Practitioner.objects.update(introduction="Je ne reçois que des adultes.")
    for path in ("/fr/", "/fr/un/", "/fr/un/consultation/"):
        assert 'href="/fr/legal/"' in client.get(path).content.decode(), path
    assert "Je ne reçois que des adultes." in text(client.get("/fr/un/"))
    legal = text(client.get("/fr/legal/"))
    assert "Cabinet des Lilas, SCM" in legal
    for path, contact in (("/fr/privacy/", "donnees@example.org"), ("/fr/accessibility/", "accueil@example.org")):
        assert contact in text(client.get(path)), path
