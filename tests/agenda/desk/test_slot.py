"""A time first: the form, what it says, what it keeps, and what it books."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils.html import escape

from agenda.desk_forms import Known, KnownField, known_line
from booking import identities
from booking.models import Appointment, OccupiedCell
from patients.models import PatientRecord
from practitioners.keys import Vault
from practitioners.models import AccessEvent, AgendaKey, Practice, VisitType
from tests.agenda.cast import text
from tests.agenda.desk.cast import FIRST, LAST, book, booked, filled, page_of, slot_of, value_of
from tests.booking.cast import MONDAY, NOW, TUESDAY, visit_type
from tests.practitioners.cast import PASSWORD, private_of


def person_of(desk, visit):
    vault = Vault(desk.alice, private_of(desk.alice), MONDAY)
    return identities.show([visit], vault, "test", NOW)[visit.pk].record


def test_a_call_is_four_fields_and_one_button(desk, alice):
    page = text(alice.get(slot_of(desk)))
    for part in (
        "Dr Un",
        "mardi 6 janvier 2026",
        "Nom",
        "Prénom",
        "Naissance, téléphone ou e-mail",
        "Motif",
        "Noter le rendez-vous",
    ):
        assert part in page
    assert "cautions" not in page
    answer = book(alice, desk, known="5/3/1987, 06 12 34 56 78")
    visit = booked()
    assert answer.url == page_of(visit)
    record = person_of(desk, visit)
    assert (record.identity.persons[0].full_name, record.identity.persons[0].birth_date) == (
        f"{FIRST} {LAST}",
        date(1987, 3, 5),
    )
    assert record.visit.phone == "06 12 34 56 78"
    assert "Noté" in text(alice.get(answer.url))


def test_the_button_leads_back_to_where_the_form_was_opened(desk, alice):
    assert book(alice, desk, next="/agenda/day/2026-01-06/?p=1").url == "/agenda/day/2026-01-06/?p=1"


def test_the_other_button_leads_to_the_paper(desk, alice):
    assert book(alice, desk, paper="on").url == page_of(booked(), "slip")


def test_what_was_said_after_booking_names_nobody(desk, alice):
    answer = book(alice, desk, "23:00")
    page = text(alice.get("/agenda/"))
    assert "Noté" in page
    assert "ne reçoit pas à cette heure" in page
    assert LAST not in page.split('class="flash')[1].split("</p>")[0]
    assert answer.status_code == 302


@pytest.mark.parametrize(
    ("hour", "day", "said"),
    [("09:00", TUESDAY, ""), ("23:00", TUESDAY, "ne reçoit pas"), ("09:05", TUESDAY, "à d’autres minutes"), ("07:00", MONDAY, "passée"), ("09:00", date(2026, 5, 1), "férié")],
)  # fmt: skip
def test_a_time_is_warned_of_before_and_booked_all_the_same(desk, alice, hour, day, said):
    """A17"""
    page = text(alice.get(slot_of(desk, hour, day)))
    assert said in page
    assert ('class="cautions"' in page) is bool(said)
    assert book(alice, desk, hour, day).status_code == 302
    assert booked().start.astimezone(desk.practice.zone).strftime("%H:%M") == hour


def test_a_taken_time_asks_for_one_tick_and_keeps_the_form(desk, alice):
    """A19"""
    book(alice, desk)
    assert "En surnombre" in text(alice.get(slot_of(desk)))
    answer = book(alice, desk, last_name="Autre", note="Une note", new_patient="on")
    page = text(answer)
    assert answer.status_code == 409
    assert "cochez" in page
    assert (value_of(page, "last_name"), value_of(page, "note")) == ("Autre", "Une note")
    assert 'name="overbook"' in page
    assert book(alice, desk, last_name="Autre", overbook="on").status_code == 302
    assert set(Appointment.objects.values_list("lane", flat=True)) == {0, 100}
    assert "déjà un rendez-vous" in text(alice.get("/agenda/"))


def test_a_patient_who_is_booking_is_seen_in_the_form(desk, alice):
    """R12"""
    hold = desk.hold_on("09:00", minutes_left=5, day=TUESDAY, link_hash=b"x" * 32)
    OccupiedCell.objects.create(practitioner=desk.one, cell=hold.first_cell, lane=0, appointment=hold)
    assert "en train de réserver" in text(alice.get(slot_of(desk)))
    assert book(alice, desk).status_code == 409


def test_the_hour_may_be_changed_while_one_talks(desk, alice):
    alice.post(slot_of(desk), filled(desk, "10:30", TUESDAY + timedelta(days=1)))
    assert booked().start.astimezone(desk.practice.zone).strftime("%d %H:%M") == "07 10:30"


def test_a_form_sent_twice_books_once(desk, alice):
    """R8"""
    form = filled(desk)
    first, again = (alice.post(slot_of(desk), form) for _ in range(2))
    assert first.url == again.url == page_of(booked())
    assert PatientRecord.objects.count() == 1


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"last_name": "", "first_name": ""}, "Indiquez un nom"),
        ({"last_name": "<b>"}, "lettres"),
        ({"last_name": "N" * 81}, "trop long"),
        ({"last_name": "a\u202eb"}, "invisibles"),
        ({"last_name": "a\0b"}, ""),
        ({"known": "5/3/2087"}, "n’est pas possible"),
        ({"known": "31/2/1987"}, "jour, le mois"),
        ({"known": "99 99"}, "n’existe pas"),
        ({"known": "x@y"}, "adresse complète"),
        ({"known": "1/1/9999"}, "n’est pas possible"),
        ({"on": "9999-12-31"}, "entre 2001 et 2098"),
        ({"on": "2026-02-30"}, "entre 2001 et 2098"),
        ({"at": "25:00"}, "comme"),
        ({"at": "09:03"}, "cinq minutes"),
        ({"visit_type": "12"}, "de la liste"),
        ({"visit_type": ""}, "de la liste"),
        ({"note": "n" * 401}, "400 caractères"),
        ({"language": "xx"}, ""),
    ],
)
def test_what_is_wrong_is_said_and_the_form_stays_as_it_was_filled_in(desk, alice, wrong, said):
    """T15 U4: 4xx, never a 500, never half of it."""
    answer = book(alice, desk, **{"note": "Gardez-moi", "known": "06 12 34 56 78", **wrong})
    page = text(answer).replace("\xa0", " ")
    assert answer.status_code == 422
    assert said in page
    assert not Appointment.objects.exists()
    if "note" not in wrong:
        assert value_of(page, "note") == "Gardez-moi"
    if "last_name" not in wrong:
        assert value_of(page, "last_name") == LAST


@pytest.mark.parametrize("name", ["Ба́рвинок", "李", "الاسم", "O", "D" * 80, "d’Ävila-Ñuñez", "X Æ A-12"])
@pytest.mark.parametrize("field", ["last_name", "first_name"])
def test_names_of_every_shape_and_either_alone_are_taken_as_typed(desk, alice, name, field):
    """U4 M12"""
    assert book(alice, desk, **{"last_name": "", "first_name": "", field: name}).status_code == 302
    assert escape(name) in text(alice.get(page_of(booked())))


@pytest.mark.parametrize(
    ("typed", "known"),
    [
        ("", Known()),
        ("5/3/1987", Known(date(1987, 3, 5))),
        ("05031987", Known(date(1987, 3, 5))),
        ("5 3 1987", Known(date(1987, 3, 5))),
        ("1987-03-05", Known(date(1987, 3, 5))),
        ("0612345678", Known(None, "06 12 34 56 78")),
        ("+41 79 123 45 67", Known(None, "+41 79 123 45 67")),
        ("nom@exemple.fr", Known(None, "", "nom@exemple.fr")),
        ("06.12.34.56.78 5/3/1987 nom@exemple.fr", Known(date(1987, 3, 5), "06 12 34 56 78", "nom@exemple.fr")),
        ("nom@exemple.fr, 05/03/1987", Known(date(1987, 3, 5), "", "nom@exemple.fr")),
        ("5/3/1987;0612345678", Known(date(1987, 3, 5), "06 12 34 56 78")),
    ],
)
def test_one_line_says_what_is_known(typed, known):
    """And the line that is made of it is read the same."""
    field = KnownField(Practice(name="x"))
    assert field.clean(typed) == known
    assert field.clean(known_line(*known)) == known


def test_where_eight_digits_are_a_number_they_are_one():
    field = KnownField(Practice(name="x", holiday_zone="polynesie"))
    assert field.clean("87123456").phone
    assert field.clean("05031987").birth_date == date(1987, 3, 5)
    with pytest.raises(ValidationError):
        field.clean("00000000")


# While somebody types.


def test_opening_keeps_the_time_and_looking_does_not(desk, alice):
    """I6: a GET keeps nothing."""
    alice.get(slot_of(desk))
    assert not Appointment.objects.exists()
    answer = alice.post(f"{slot_of(desk)}hold/")
    assert answer.url == slot_of(desk)
    assert "gardée pour vous jusqu’à 8 h 05" in text(alice.get(answer.url)).replace("\xa0", " ")
    hold = Appointment.objects.get()
    assert hold.is_typed_at_desk
    assert hold.network_tag


def test_other_desks_see_that_somebody_is_typing(desk, alice):
    alice.post(f"{slot_of(desk, day=MONDAY)}hold/")
    other = desk.client()
    for page in ("/agenda/day/2026-01-05/", "/agenda/list/2026-01-05/", f"/agenda/week/{desk.one.pk}/2026-01-05/"):
        assert "en cours de saisie" in text(other.get(page))
    assert "un autre poste est en train" in text(other.get(slot_of(desk, day=MONDAY))).lower()
    assert book(other, desk, day=MONDAY).status_code == 409
    assert book(alice, desk, day=MONDAY).status_code == 302


def test_closing_gives_the_time_back_and_leads_back(desk, alice):
    alice.post(f"{slot_of(desk)}hold/")
    assert alice.post("/agenda/book/release/", {"next": "/agenda/day/2026-01-06/"}).url == "/agenda/day/2026-01-06/"
    assert not Appointment.objects.exists()


def test_another_type_keeps_another_length_and_says_what_it_meets(desk, alice):
    long = visit_type(desk.one, "long", duration_known=120, duration_new=180)
    desk.visit("10:00", day=TUESDAY)
    answer = alice.post(f"{slot_of(desk)}hold/", {"visit_type": long.pk, "new_patient": "on"})
    assert answer.url == f"{slot_of(desk)}?type={long.pk}&new=1"
    page = text(alice.get(answer.url))
    assert "déjà un rendez-vous" in page
    assert f'value="{long.pk}" selected' in page
    hold = Appointment.objects.get(state="held")
    assert hold.end_cell - hold.first_cell == 12


def test_a_link_neither_keeps_nor_releases(desk, alice):
    """I6 M2"""
    for address in (f"{slot_of(desk)}hold/", "/agenda/book/release/", "/agenda/book/people/"):
        assert alice.get(address).status_code == 405


# Nothing typed is lost.


def test_a_call_that_meets_the_lock_waits_there_and_goes_on_with_the_password(desk, alice, clock):
    """U3"""
    form = filled(desk, known="06 12 34 56 78", note="L’été <b>à 7 h</b>")
    alice.post("/agenda/lock/")
    met = alice.post(slot_of(desk), form)
    page = text(met)
    assert f'action="{slot_of(desk)}"' in page
    for name in ("last_name", "first_name", "known", "note", "token", "visit_type"):
        assert f'name="{name}"' in page
    assert not Appointment.objects.exists()
    answer = alice.post(slot_of(desk), {**form, "unlock_password": PASSWORD})
    assert answer.url == page_of(booked())
    assert person_of(desk, booked()).visit.note == "L’été <b>à 7 h</b>"


def test_a_locked_session_sees_the_form_and_no_name(desk, alice):
    book(alice, desk)
    alice.post("/agenda/lock/")
    page = text(alice.get(slot_of(desk)))
    assert "Déverrouiller" in page
    assert LAST not in page
    # What was typed waits on the door, in its own field, and nowhere else; nobody is suggested.
    suggested = text(alice.post("/agenda/book/people/", {"last_name": LAST}))
    assert LAST not in suggested.replace(f'name="last_name" value="{LAST}"', "")


def test_without_a_key_it_is_said_and_the_form_is_kept(desk, alice):
    """P5"""
    AgendaKey.objects.update(altered=True)
    answer = book(alice, desk)
    assert answer.status_code == 409
    assert value_of(text(answer), "last_name") == LAST
    assert "rien n’a été noté" in text(answer)


# Who was here before.


def test_a_name_finds_who_was_here_before_and_the_button_takes_them_over(desk, alice):
    book(alice, desk, known="5/3/1987 06 12 34 56 78")
    source = booked()
    answer = alice.post(
        slot_of(desk, "10:00"), filled(desk, "10:00", last_name="zakken", first_name="", find="on", note="Déjà tapé")
    )
    page = text(answer)
    assert answer.status_code == 200
    assert f'name="take" value="{source.pk}-0"' in page
    assert "à moins de 6 jours" in page
    assert value_of(page, "note") == "Déjà tapé"
    taken = text(
        alice.post(
            slot_of(desk, "10:00"),
            filled(desk, "10:00", last_name="zakken", first_name="", take=source.pk, note="Déjà tapé"),
        )
    )
    assert (value_of(taken, "last_name"), value_of(taken, "first_name")) == (LAST, FIRST)
    assert value_of(taken, "known") == "05/03/1987  06 12 34 56 78"
    assert value_of(taken, "note") == "Déjà tapé"
    assert Appointment.objects.count() == 1


def test_while_one_types_a_piece_of_a_page_shows_the_same(desk, alice):
    book(alice, desk)
    answer = alice.post("/agenda/book/people/", {"last_name": "zakken", "cell": booked().first_cell})
    assert f'data-last="{LAST}"' in text(answer)
    assert "attendu mardi 6 janvier" in text(answer)
    assert "Personne de ce nom" in text(alice.post("/agenda/book/people/", {"last_name": "inconnu"}))
    assert text(alice.post("/agenda/book/people/", {"last_name": "z", "cell": "x"})).strip() == ""


def test_a_second_visit_within_six_days_is_said_and_marked(desk, alice):
    book(alice, desk)
    first = booked()
    answer = book(alice, desk, "10:00", TUESDAY + timedelta(days=6))
    page = text(alice.get(answer.url))
    assert "À savoir : cette personne a un autre rendez-vous à moins de 6 jours." in page.replace("\xa0", " ")
    assert page_of(first) in page.split("Même personne")[1]
    assert "Même personne" not in text(desk.client("bruno").get("/agenda/"))


@pytest.mark.parametrize("take", ["12", "x", "9" * 40, ""])
def test_nobody_is_taken_over_from_a_visit_that_is_not_there(desk, alice, take):
    """P11"""
    assert alice.post(slot_of(desk), filled(desk, take=take)).status_code == 404


def test_past_the_hourly_limit_there_are_no_suggestions_and_booking_goes_on(desk, alice):
    Practice.objects.update(shown_per_hour=1)
    for hour in (9, 10):
        desk.visit(f"{hour:02}:00", day=TUESDAY + timedelta(days=28), name=LAST)
    suggested = text(alice.post("/agenda/book/people/", {"last_name": "zakken"}))
    assert LAST in suggested or "Trop d’identités" in suggested
    desk.visit("11:00", day=TUESDAY + timedelta(days=28), name=f"{LAST}-bis")
    assert "Trop d’identités" in text(alice.post("/agenda/book/people/", {"last_name": "zakken"}))
    assert book(alice, desk).status_code == 302


# Whose.


@pytest.mark.parametrize("who", ["bruno", "chloe"])
@pytest.mark.parametrize("part", ["", "hold/"])
def test_a_foreign_agenda_is_404_for_looking_and_for_booking(desk, who, part):
    """P11"""
    client = desk.client(who)
    if not part:
        assert client.get(slot_of(desk)).status_code == 404
    assert client.post(f"{slot_of(desk)}{part}", filled(desk)).status_code == 404
    assert not Appointment.objects.exists()


def test_a_visit_type_of_another_practitioner_is_not_in_the_list(desk, alice):
    """P11 A2"""
    other = visit_type(desk.two, "ailleurs", name="Motif ailleurs")
    assert "Motif ailleurs" not in text(alice.get(slot_of(desk)))
    assert book(alice, desk, visit_type=other.pk).status_code == 422


def test_nobody_finds_the_patients_of_another_agenda(desk, alice):
    """P11"""
    book(alice, desk)
    assert LAST not in text(desk.client("bruno").post("/agenda/book/people/", {"last_name": LAST[:6]}))


@pytest.mark.parametrize("tail", ["2026-01-06/1440/", "2026-01-06/541/", "9999-12-31/540/", "2026-02-30/540/", "2026-01-06/-5/", "2026-01-06/x/"])  # fmt: skip
def test_times_that_are_none_are_404(desk, alice, tail):
    """T15"""
    assert alice.get(f"/agenda/book/{desk.one.pk}/{tail}").status_code == 404


def test_each_form_carries_a_token_of_its_own(desk, alice):
    client = Client(enforce_csrf_checks=True)
    client.cookies = alice.cookies
    assert client.post(slot_of(desk), filled(desk)).status_code == 403
    assert client.post("/agenda/book/people/", {"last_name": LAST}).status_code == 403


def test_the_log_says_who_booked(desk, alice):
    book(alice, desk)
    assert AccessEvent.objects.filter(action="created", staff=desk.alice.pk, appointment=booked().pk).exists()
    desk.alice.role = "manager"
    desk.alice.save(update_fields=["role"])
    assert "créé" in text(alice.get(page_of(booked(), "opened")))


@pytest.mark.parametrize("visits", [1, 12])
def test_the_form_costs_the_same_whatever_the_day_holds(desk, visits, django_assert_num_queries):
    """A18: session, staff, practice, agendas, types, plan, occupancy, hold; twice agendas for the suggestions."""
    for number in range(visits):
        desk.visit(f"{9 + number // 4:02}:{number % 4 * 15:02}", minutes=15, day=TUESDAY)
    client = desk.client()
    client.get(slot_of(desk, "14:00"))
    with django_assert_num_queries(10), django_assert_num_queries(0, using="patients"):
        client.get(slot_of(desk, "14:00"))


def test_a_practitioner_without_types_says_what_to_do(desk, alice):
    VisitType.objects.all().delete()
    assert "pas encore de motif" in text(alice.get(slot_of(desk)))
    assert alice.post(slot_of(desk), filled(desk)).status_code == 422
