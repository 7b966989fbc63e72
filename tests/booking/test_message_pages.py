"""What patients read of messages: what this instance sends, what left for them, and their own choice (M7 M11)."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from booking import appointments, delivery
from booking.delivery import Ways
from booking.models import Appointment, Message
from practitioners.models import Practitioner
from tests import post as posts
from tests.booking.cast import NOW, TUESDAY, Office
from tests.booking.pages import SURE, is_clean, text

WEEKS = TUESDAY + timedelta(days=14)


@pytest.fixture
def mail(settings):
    posts.use(settings, 25)


@pytest.fixture
def link(open_office: Office, mail: None) -> str:
    return f"/fr/rdv/{open_office.book(day=WEEKS).token}/"


def page(client: Client, path: str) -> str:
    answer = client.get(path)
    assert is_clean(answer)
    return text(answer)


def test_the_page_says_what_left_and_when_reminders_will(client: Client, link: str):
    shown = page(client, link)
    assert "Une confirmation va partir par e-mail." in shown
    assert "Des rappels partiront le mardi 13 janvier et le lundi 19 janvier." in shown
    Message.objects.filter(kind="confirmation").update(state="sent", closed=NOW)
    assert "Une confirmation est partie par e-mail." in page(client, link)


@pytest.mark.parametrize("state", ["failed", "doubtful"])
def test_the_page_says_that_a_confirmation_may_not_have_arrived_and_can_be_used_all_the_same(
    client: Client, link: str, state: str
):
    """M11"""
    Message.objects.filter(kind="confirmation").update(state=state, closed=NOW)
    assert "n’est peut-être pas arrivée" in page(client, link)
    assert client.get(f"{link}contact/").status_code == 200
    assert client.post(f"{link}cancel/", SURE).status_code == 303


def test_no_reminder_is_promised_that_is_not_planned(client: Client, open_office: Office, mail: None):
    soon = page(client, f"/fr/rdv/{open_office.book().token}/")
    assert "Il n’y aura pas de rappel : notez la date." in soon
    Practitioner.objects.update(reminders=False)
    later = page(client, f"/fr/rdv/{open_office.book('10:00', day=WEEKS).token}/")
    assert "Il n’y aura pas de rappel" in later
    assert "Ne pas m’envoyer de rappel" not in later


def test_without_mail_the_page_promises_nothing(client: Client, open_office: Office):
    shown = page(client, f"/fr/rdv/{open_office.book(day=WEEKS).token}/")
    assert "Aucun message n’est envoyé pour ce rendez-vous : notez la date." in shown
    assert "confirmation" not in shown.replace("Rendez-vous confirmé", "")


def test_a_patient_stops_reminders_and_has_them_again_and_everything_else_still_leaves(
    client: Client, link: str, settings
):
    """M7"""
    token = link.split("/")[3]
    assert client.post(f"{link}reminders/", {"reminders": "off"}).status_code == 303
    shown = page(client, link)
    assert "M’envoyer de nouveau des rappels" in shown
    assert "Il n’y aura pas de rappel" in shown
    with posts.post() as up:
        posts.use(settings, up.port)
        due = Message.objects.filter(kind="reminder").order_by("due").first().due  # type: ignore[union-attr]
        delivery.work(NOW, Ways())
        delivery.work(due, Ways())
        assert len(up.taken) == 1
        appointments.cancel(token, "", NOW)
        delivery.work(due, Ways())
        assert len(up.taken) == 2


def test_the_choice_takes_a_post_of_its_own_words_and_nothing_else(client: Client, link: str):
    """I6 M2"""
    for answer in (client.get(f"{link}reminders/"), client.post(f"{link}reminders/", {"reminders": "x"})):
        assert answer.status_code == 303
    contact = appointments.contact_of(Appointment.objects.get())
    assert contact is not None
    assert contact.reminders
    client.post(f"{link}reminders/", {"reminders": "off"})
    client.post(f"{link}reminders/", {"reminders": "on"})
    contact = appointments.contact_of(Appointment.objects.get())
    assert contact is not None
    assert contact.reminders
    assert client.post(f"/fr/rdv/{'A' * 32}/reminders/", {"reminders": "off"}).status_code == 404


def test_the_privacy_page_and_the_notice_say_what_is_on_and_who_carries_it(
    client: Client, open_office: Office, settings
):
    hold = f"/fr/hold/{open_office.hold()}/"
    assert "n’envoie ni e-mail ni SMS" in page(client, "/fr/privacy/")
    posts.use(settings, 25)
    assert "passent par le serveur 127.0.0.1." in page(client, "/fr/privacy/")
    settings.EMAIL_PROVIDER = "Courrier SAS, Lyon"
    shown = page(client, "/fr/privacy/")
    assert "Les e-mails passent par Courrier SAS, Lyon." in shown
    assert not re.search(r"\bSMS\b", shown.replace("114 par SMS", ""))
    assert "E-mails : Courrier SAS, Lyon." in page(client, hold)
    settings.SMS_URL, settings.SMS_PROVIDER = "https://sms.example.org", "Texto SA, Lille"
    assert "Les SMS passent par Texto SA, Lille" in page(client, "/fr/privacy/")
    assert "SMS : Texto SA, Lille." in page(client, hold)
    assert "Go through" not in page(client, "/en/privacy/")
    assert "e-mails go through Courrier SAS" in page(client, "/en/privacy/").replace("E-mails", "e-mails")


def test_the_download_names_the_messages_and_has_no_text(client: Client, link: str):
    told = client.get(f"{link}my-data.json").json()["readable_by_the_server"]["messages"]
    assert [one["kind"] for one in told] == ["confirmation", "rappel", "rappel"]
    assert set(told[0]) == {"kind", "due", "state", "closed"}


def test_the_page_costs_one_query_more_where_something_is_sent(client: Client, link: str, django_assert_num_queries):
    with django_assert_num_queries(2, using="default"), django_assert_num_queries(1, using="patients"):
        client.get(link)
