"""A contact proven by a code: what is sealed when, what is sent, what the page does next, and what never ends a booking."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.http import Http404
from django.test import Client

from booking import appointments, chores, codes, delivery, holds, identities, proving, retention
from booking.delivery import Ways
from booking.models import Appointment, Message, OccupiedCell
from booking.refusals import NoMoreCodes, NoMoreTime, NotAllowed, Taken, TooMany, WrongCode
from patients import store
from patients.models import PatientRecord
from practitioners.keys import Vault
from practitioners.models import Practitioner, VisitType
from tests import post as posts
from tests.booking.cast import NOW, TUESDAY, Office, cell, identity
from tests.booking.pages import BY_PHONE, FILLED, ME, is_clean, take_first, text
from tests.post import Gateway, Post
from tests.practitioners.cast import private_of

MINUTE = timedelta(minutes=1)
ZENOBIE = "zenobie@example.org"


@pytest.fixture
def asking(office: Office) -> Office:
    Practitioner.objects.update(contact_code=True)
    return office


@pytest.fixture
def post(settings: Any) -> Iterator[Post]:
    with posts.post() as running:
        posts.use(settings, running.port)
        yield running


@pytest.fixture
def mail_on(settings: Any) -> None:
    """E-mail is switched on, and no server answers."""
    posts.use(settings, posts.free_port())


def submit(token: str, now: Any = NOW, **contact: str) -> Appointment:
    visit = store.Visit(**(contact or {"email": ZENOBIE}))
    return proving.submit(token, appointments.Submission(identity(), visit, "fr", new_patient=False), now)


def vault_of(office: Office) -> Vault:
    return Vault(office.alice, private_of(office.alice), date(2026, 1, 5))


def right_code(hold: Appointment, contact: str = ZENOBIE) -> str:
    hold.refresh_from_db()
    return codes.code(hold.pk, hold.codes_sent, contact)


def wrong_code(hold: Appointment) -> str:
    return f"{(int(right_code(hold)) + 1) % 10**6:06d}"


def work(now: Any = NOW, ways: Ways | None = None) -> int:
    return delivery.work(now, ways or Ways())


# What is a code.


def test_a_code_is_six_digits_of_this_appointment_this_sending_and_this_contact(settings: Any):
    one = codes.code(1, 1, ZENOBIE)
    assert re.fullmatch(r"\d{6}", one)
    others = {codes.code(2, 1, ZENOBIE), codes.code(1, 2, ZENOBIE), codes.code(1, 1, "autre@example.org")}
    assert one not in others
    assert codes.fits(one, 1, 3, ZENOBIE)
    assert not codes.fits(codes.code(1, 3, ZENOBIE), 1, 2, ZENOBIE)
    settings.SERVER_SECRETS = (b"n" * 32, *settings.SERVER_SECRETS)
    assert codes.fits(one, 1, 1, ZENOBIE)
    assert codes.code(1, 1, ZENOBIE) != one


def test_a_worker_counts_the_codes_of_a_contact_for_a_day_and_writes_nothing_down():
    count = codes.CountOfTheDay()
    assert all(count.admits(ZENOBIE, NOW) for _ in range(codes.A_DAY))
    assert not count.admits(ZENOBIE, NOW)
    assert count.admits("autre@example.org", NOW)
    assert count.admits(ZENOBIE, NOW + timedelta(days=1))
    assert ZENOBIE not in repr(vars(count))


# The form.


def test_the_form_is_sealed_at_once_beside_a_hold_that_lives_a_quarter_of_an_hour(asking: Office, mail_on: None):
    hold = submit(asking.hold())
    assert (hold.state, hold.held_until) == ("held", NOW + 15 * MINUTE)
    assert PatientRecord.objects.count() == 1
    assert [(one.kind, one.due) for one in Message.objects.all()] == [("code", NOW)]
    assert appointments.contact_of(hold).value == ZENOBIE
    with pytest.raises(NoMoreTime):
        holds.extend(asking.hold("10:00") and hold_token(hold), NOW)


def hold_token(hold: Appointment) -> str:
    return appointments.contact_of(hold).token


def test_the_right_code_books_and_proves(asking: Office, mail_on: None):
    token = asking.hold()
    hold = submit(token)
    booked = proving.confirm(token, right_code(hold), NOW)
    assert (booked.state, booked.proof, booked.held_until, booked.codes_sent) == ("booked", "proven", None, 0)
    assert list(Message.objects.values_list("kind", flat=True)) == ["confirmation"]
    assert proving.confirm(token, "000000", NOW).pk == booked.pk
    assert submit(token).pk == booked.pk
    assert PatientRecord.objects.count() == 1


def test_what_awaits_its_code_is_nobodys_visit_yet(asking: Office, mail_on: None):
    hold = submit(asking.hold())
    vault = vault_of(asking)
    assert identities.show([hold], vault, "day", NOW) == {}
    assert not hold.has_person
    with pytest.raises(Http404):
        retention.erase_for(hold.pk, NOW, staff=asking.alice.pk, session_tag=b"t" * 16)


def test_five_wrong_codes_and_no_more(asking: Office, mail_on: None):
    token = asking.hold()
    hold = submit(token)
    for left in (4, 3, 2, 1, 0):
        with pytest.raises(WrongCode) as wrong:
            proving.confirm(token, wrong_code(hold), NOW)
        assert wrong.value.left == left
    with pytest.raises(NoMoreCodes):
        proving.confirm(token, right_code(hold), NOW)


def test_the_same_form_again_replaces_what_was_typed_and_writes_to_nobody_twice(asking: Office, mail_on: None):
    """CASES R8: a double click, Back and a corrected name."""
    token = asking.hold()
    hold = submit(token)
    proving.submit(token, appointments.Submission(identity("Autre"), store.Visit(email=ZENOBIE), "fr"), NOW)
    hold.refresh_from_db()
    assert (hold.codes_sent, Message.objects.count(), PatientRecord.objects.count()) == (1, 1, 1)
    booked = proving.confirm(token, right_code(hold), NOW)
    shown = identities.show([booked], vault_of(asking), "day", NOW)[booked.pk]
    assert shown.names == "Zénobie Autre"


def test_another_address_makes_the_codes_of_the_first_void_and_three_are_sent_at_most(asking: Office, mail_on: None):
    token = asking.hold()
    hold = submit(token)
    first = right_code(hold)
    proving.correct(token, store.Visit(email="juste@example.org"), NOW, language="fr")
    with pytest.raises(WrongCode):
        proving.confirm(token, first, NOW)
    submit(token, email="encore@example.org")
    with pytest.raises(NoMoreCodes):
        submit(token, email="toujours@example.org")
    hold.refresh_from_db()
    assert appointments.contact_of(hold).value == "encore@example.org"
    booked = proving.confirm(token, right_code(hold, "encore@example.org"), NOW)
    assert booked.proof == "proven"


def test_a_corrected_contact_is_what_staff_read(asking: Office, mail_on: None):
    token = asking.hold()
    hold = submit(token)
    proving.correct(token, store.Visit(email="juste@example.org"), NOW, language="fr")
    booked = proving.confirm(token, right_code(hold, "juste@example.org"), NOW)
    (shown,) = identities.show([booked], vault_of(asking), "day", NOW).values()
    assert shown.record is not None
    assert shown.record.visit is not None
    assert shown.record.visit.email == "juste@example.org"


def test_a_phone_without_sms_books_and_is_marked(asking: Office, mail_on: None):
    booked = submit(asking.hold(), phone="06 12 34 56 78")
    assert (booked.state, booked.proof) == ("booked", "unproven")
    token = asking.hold("10:00")
    hold = submit(token)
    corrected = proving.correct(token, store.Visit(phone="06 12 34 56 78"), NOW, language="fr")
    assert (corrected.pk, corrected.state, corrected.proof) == (hold.pk, "booked", "unproven")
    (shown,) = identities.show([corrected], vault_of(asking), "day", NOW).values()
    assert shown.record is not None
    assert shown.record.visit == store.Visit(phone="06 12 34 56 78")


def test_without_mail_at_all_one_books_as_ever_and_nothing_is_asked_of_a_discreet_visit(asking: Office, settings: Any):
    settings.EMAIL_HOST = ""
    assert (submit(asking.hold()).state, Appointment.objects.get().proof) == ("booked", "unproven")
    VisitType.objects.update(discreet=True)
    quiet = asking.hold("10:00")
    booked = proving.submit(quiet, appointments.Submission(identity(), store.Visit(), "fr"), NOW)
    assert (booked.state, booked.proof) == ("booked", "")


def test_a_practitioner_who_does_not_ask_has_no_codes(office: Office, mail_on: None):
    booked = submit(office.hold())
    assert (booked.state, booked.proof) == ("booked", "")


def test_a_contact_that_is_corrected_later_is_no_longer_proven(asking: Office, mail_on: None):
    token = asking.hold()
    proving.confirm(token, right_code(submit(token)), NOW)
    appointments.correct_contact(token, store.Visit(email="autre@example.org"), NOW, language="fr")
    assert Appointment.objects.get().proof == "unproven"


def test_a_contact_that_booked_too_often_today_is_told_before_a_code_is_sent(asking: Office, mail_on: None):
    """CASES P10."""
    for clock in ("09:00", "09:30", "10:00", "10:30"):
        token = asking.hold(clock)
        proving.confirm(token, right_code(submit(token)), NOW)
    with pytest.raises(TooMany):
        submit(asking.hold("11:00"))


# The message.


def test_the_code_leaves_at_once_in_a_letter_that_says_nothing_else(asking: Office, post: Post):
    """CASES M1."""
    hold = submit(asking.hold())
    assert work() == 1
    (letter,) = post.taken
    body = letter.get_body(("plain",)).get_content()
    assert right_code(hold) in body
    assert letter["Subject"] == "Votre rendez-vous"
    for said in ("Un", "9 h", "mardi", "Consultation", "/rdv/", "Kowalczyk"):
        assert said not in re.sub(r"Quelqu’un|Un ", "", body), said
    assert [part.get_content_type() for part in letter.iter_attachments()] == []
    assert not Message.objects.exclude(state="sent").exists()


def test_the_code_leaves_by_sms_where_there_is_one(asking: Office, settings: Any):
    with posts.gateway() as gateway:
        settings.SMS_URL, settings.SMS_SIGNING_KEY = gateway.url, "clé"
        hold = submit(asking.hold(), phone="06 12 34 56 78")
        assert work() == 1
        (asked,) = gateway.asked
        assert right_code(hold, "06 12 34 56 78") in str(asked)
        assert isinstance(gateway, Gateway)


def test_a_code_that_is_no_longer_awaited_does_not_leave(asking: Office, post: Post):
    token = asking.hold()
    hold = submit(token)
    assert work(NOW + 15 * MINUTE) == 1
    assert (post.taken, Message.objects.count()) == ([], 0)
    assert proving.could_not_send(hold, NOW)


def test_too_many_codes_to_one_contact_are_not_sent_and_the_patient_books_without(asking: Office, post: Post):
    ways, token = Ways(), asking.hold()
    for _ in range(codes.A_DAY):
        ways.codes.admits(ZENOBIE, NOW)
    submit(token)
    work(NOW, ways)
    assert post.taken == []
    assert list(Message.objects.values_list("state", "error")) == [("failed", "codes")]
    assert proving.confirm_without(token, NOW).proof == "unproven"


def test_a_code_that_left_is_asked_for_and_one_that_did_not_is_not(asking: Office, post: Post, settings: Any):
    """CASES M1: a mail server that is down is never the end of a booking."""
    token = asking.hold()
    submit(token)
    with pytest.raises(NotAllowed):
        proving.confirm_without(token, NOW)
    work()
    with pytest.raises(NotAllowed):
        proving.confirm_without(token, NOW + 5 * MINUTE)
    settings.EMAIL_PORT = posts.free_port()
    other = asking.hold("10:00")
    submit(other)
    work()
    booked = proving.confirm_without(other, NOW)
    assert (booked.state, booked.proof) == ("booked", "unproven")
    assert not Message.objects.filter(appointment=booked, kind="code").exists()


def test_a_worker_that_is_dead_is_not_waited_for(asking: Office, mail_on: None):
    """CASES U7."""
    token = asking.hold()
    submit(token)
    with pytest.raises(NotAllowed):
        proving.confirm_without(token, NOW + timedelta(seconds=29))
    assert proving.confirm_without(token, NOW + timedelta(seconds=30)).state == "booked"


def test_another_code_is_sent_on_request_unless_one_is_on_its_way(asking: Office, post: Post):
    token = asking.hold()
    hold = submit(token)
    first = right_code(hold)
    proving.send_again(token, NOW)
    assert Message.objects.count() == 1
    work()
    proving.send_again(token, NOW + MINUTE)
    work(NOW + MINUTE)
    assert len(post.taken) == 2
    assert right_code(hold) != first
    assert proving.confirm(token, first, NOW + MINUTE).proof == "proven"


# Time.


def test_a_code_typed_late_takes_its_time_again_or_another_with_nothing_typed_again(asking: Office, mail_on: None):
    """CASES R11."""
    token, late = asking.hold(), NOW + 20 * MINUTE
    hold = submit(token)
    other = asking.hold("09:00", now=late, network="198.51.100.7")
    with pytest.raises(Taken) as taken:
        proving.confirm(token, right_code(hold), late)
    assert taken.value.nearest
    holds.take(asking.type, cell(TUESDAY, "10:00"), late, new_patient=False, network="192.0.2.1", replacing=token)
    booked = proving.confirm(token, right_code(hold), late)
    assert (booked.pk, booked.state, booked.first_cell) == (hold.pk, "booked", cell(TUESDAY, "10:00"))
    assert other


def test_what_was_never_confirmed_leaves_nothing(asking: Office, mail_on: None):
    """I2: half an hour after its end the form is gone from both stores."""
    submit(asking.hold())
    over = NOW + 15 * MINUTE + retention.UNPROVEN_GRACE
    assert retention.forget_unproven(over - timedelta(seconds=1)) == 0
    chores._holds(over)
    assert not any(one.objects.exists() for one in (Appointment, PatientRecord, Message, OccupiedCell))


def test_a_time_given_back_takes_the_form_with_it(asking: Office, mail_on: None):
    token = asking.hold()
    submit(token)
    retention.give_back(token)
    assert not any(one.objects.exists() for one in (Appointment, PatientRecord, Message))


# The pages.


@pytest.fixture
def page(asking: Office, open_office: Office, mail_on: None) -> Office:
    return open_office


def code_of_page() -> str:
    return right_code(Appointment.objects.get())


def test_the_page_asks_for_the_code_and_confirms(client: Client, page: Office):
    form = take_first(client)
    assert "Un code à six chiffres" in text(client.get(form))
    answer = client.post(form, FILLED)
    assert answer["Location"] == f"{form}code/"
    asked = client.get(answer["Location"])
    assert is_clean(asked)
    assert "Un code part à zenobie@example.org." in text(asked)
    assert "Cette heure est tenue jusqu’à 8 h 15." in text(asked)
    assert 'autocomplete="one-time-code"' in asked.content.decode()
    assert "sans code" not in text(asked)
    digits = code_of_page()
    done = client.post(f"{form}code/", {"code": f" {digits[:3]} {digits[3:]} "})
    assert done.status_code == 303
    assert "Rendez-vous confirmé" in text(client.get(done["Location"]))
    for again in (client.get(f"{form}code/"), client.post(f"{form}code/", {"code": "1"}), client.get(form)):
        assert again["Location"] == done["Location"]


@pytest.mark.parametrize(("typed", "said"), [("", "Tapez le code"), ("12345", "Un code a six chiffres")])
def test_a_code_that_is_none_is_said(client: Client, page: Office, typed: str, said: str):
    form = take_first(client)
    client.post(form, FILLED)
    answer = client.post(f"{form}code/", {"code": typed})
    assert answer.status_code == 422
    assert said in text(answer)


def test_a_wrong_code_says_how_many_tries_are_left_and_then_whom_to_call(client: Client, page: Office):
    form = take_first(client)
    client.post(form, FILLED)
    wrong = wrong_code(Appointment.objects.get())
    first = client.post(f"{form}code/", {"code": wrong})
    assert first.status_code == 422
    assert "Il reste 4 essais." in text(first)
    last = [client.post(f"{form}code/", {"code": wrong}) for _ in range(4)][-1]
    assert "il n’y a plus d’essai" in text(last)
    after = client.post(f"{form}code/", {"code": wrong})
    assert after.status_code == 429
    assert "01 43 45 12 34" in text(after)


def test_back_from_the_code_shows_the_form_with_the_contact_and_the_way_on(client: Client, page: Office):
    """CASES R8: Back."""
    form = take_first(client)
    client.post(form, FILLED)
    back = client.get(form)
    assert is_clean(back)
    assert 'value="zenobie@example.org"' in back.content.decode()
    assert f'href="{form}code/"' in back.content.decode()
    assert "10 minutes de plus" not in text(back)
    assert client.post(f"{form}more/", FILLED).status_code == 303
    assert client.post(form, {**FILLED, "last_name": "Autre"})["Location"] == f"{form}code/"
    assert client.post(f"{form}release/").status_code == 303
    assert not PatientRecord.objects.exists()


def test_the_contact_alone_is_corrected_and_names_stay(client: Client, page: Office):
    form = take_first(client)
    client.post(form, FILLED)
    shown = client.get(f"{form}contact/")
    assert is_clean(shown)
    assert "Kowalczyk" not in shown.content.decode()
    assert 'value="zenobie@example.org"' in shown.content.decode()
    wrong = client.post(f"{form}contact/", {"channel": "email", "email": "x"})
    assert wrong.status_code == 422
    done = client.post(f"{form}contact/", {"channel": "email", "email": "juste@example.org"})
    assert done["Location"] == f"{form}code/"
    assert "juste@example.org" in text(client.get(done["Location"]))
    by_phone = client.post(f"{form}contact/", BY_PHONE)
    assert by_phone["Location"].startswith("/fr/rdv/")
    assert client.get(f"{form}contact/")["Location"] == by_phone["Location"]


def test_a_code_that_could_not_leave_is_said_and_the_page_books_without(client: Client, page: Office):
    form = take_first(client)
    client.post(form, FILLED)
    work()
    asked = client.get(f"{form}code/")
    assert "Le code n’a pas pu partir" in text(asked)
    done = client.post(f"{form}code/", {"do": "without"})
    assert "Rendez-vous confirmé" in text(client.get(done["Location"]))
    assert Appointment.objects.get().proof == "unproven"


def test_without_is_refused_while_the_code_may_still_come(client: Client, page: Office):
    form = take_first(client)
    client.post(form, FILLED)
    assert client.post(f"{form}code/", {"do": "without"})["Location"] == f"{form}code/"
    assert client.post(f"{form}code/", {"do": "again"})["Location"] == f"{form}code/"
    assert Appointment.objects.get().state == "held"


def test_a_lost_time_offers_others_and_keeps_form_and_code(client: Client, page: Office):
    """CASES R1, R11."""
    form = take_first(client)
    client.post(form, FILLED)
    digits, hold = code_of_page(), Appointment.objects.get()
    with time_machine.travel(NOW + 20 * MINUTE, tick=False):
        rival = holds.take(page.type, hold.first_cell, NOW + 20 * MINUTE, new_patient=True, network="198.51.100.7")
        lost = client.post(f"{form}code/", {"code": digits})
        assert lost.status_code == 409
        assert "Ce que vous avez rempli est gardé." in text(lost)
        start = re.findall(r'name="start" value="(\d+)"', lost.content.decode())[0]
        moved = client.post(form, {"start": start, "code": digits})
        assert f'value="{digits}"' in moved.content.decode()
        assert client.post(f"{form}code/", {"code": digits})["Location"].startswith("/fr/rdv/")
    assert rival
    assert Appointment.objects.get(pk=hold.pk).state == "booked"


def test_codes_speak_english_too(client: Client, page: Office):
    form = take_first(client).replace("/fr/", "/en/")
    client.post(form, {**ME, "channel": "email", "email": ZENOBIE})
    assert "zenobie@example.org" in text(client.get(f"{form}code/"))
