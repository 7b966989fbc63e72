"""What patients type, and what the form makes of it."""

from datetime import date

import pytest
from django.test import Client

from booking.forms import IdentityForm
from booking.models import Appointment
from patients.store import Person, Visit
from practitioners.models import Practice, Practitioner, VisitType
from tests.booking.cast import Office
from tests.booking.pages import BY_EMAIL, BY_PHONE, FILLED, is_clean, take_first

CHILD = {**FILLED, "whom": "other", "patient_last_name": "N’Diaye", "patient_first_name": "Awa"}


@pytest.fixture
def hold(client: Client, open_office: Office) -> Appointment:
    take_first(client)
    return Appointment.objects.select_related("practitioner__practice", "visit_type").get()


def form(hold: Appointment, **typed: str) -> IdentityForm:
    return IdentityForm(hold, {**FILLED, **typed})


def again(hold: Appointment, **fields: object) -> Appointment:
    """The hold, after its visit type was changed."""
    VisitType.objects.update(**fields)
    return Appointment.objects.select_related("practitioner__practice", "visit_type").get(pk=hold.pk)


@pytest.mark.parametrize(
    ("last", "first"),
    [
        *(
            ("Ng", "O"),
            ("Ô", ""),
            ("", "Madonna"),
            ("van der Berg", "Anne-Sophie"),
            ("d’Ål", "Zoë"),
            ("X" * 80, "Y" * 80),
        ),
        *(("Nguyễn", "Thị"), ("محمد", "علي"), ("Иванова", "Ольга"), ("王", "芳"), ("ﬁrst", "Ǆ"), ("Smith 🌸", "J.")),
    ],
)
def test_any_name_is_kept_as_it_was_typed(hold: Appointment, last: str, first: str) -> None:
    """CASES U4."""
    filled = form(hold, last_name=last, first_name=first)
    assert filled.is_valid(), filled.errors
    assert filled.identity().persons == (Person(last, first),)


@pytest.mark.parametrize(
    "name",
    ["", "   ", "\x00", "A\x07B", "A\nB", "A\u202eB", "\u2066A", "<b>A</b>", "A>", "1234", "---", "🌸", "X" * 81],
)
def test_what_is_no_name_is_refused(hold: Appointment, name: str) -> None:
    """CASES M12."""
    filled = form(hold, last_name=name, first_name="")
    assert not filled.is_valid()
    assert "last_name" in filled.errors


def test_booking_for_somebody_else_names_both(hold: Appointment) -> None:
    filled = IdentityForm(hold, CHILD)
    assert filled.is_valid(), filled.errors
    assert filled.identity().persons == (Person("N’Diaye", "Awa"),)
    assert filled.identity().booker == Person("Kowalczyk-N’Diaye", "Zénobie")


def test_the_other_persons_name_is_asked_for_only_when_somebody_else_comes(hold: Appointment) -> None:
    missing = IdentityForm(hold, {**CHILD, "patient_last_name": "", "patient_first_name": ""})
    assert list(missing.errors) == ["patient_last_name"]
    assert form(hold, patient_last_name="<").is_valid()


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        *(
            ("0612345678", "06 12 34 56 78"),
            ("+33 6 12 34 56 78", "06 12 34 56 78"),
            ("01.43.45.12.34", "01 43 45 12 34"),
        ),
        *(
            ("+41 79 123 45 67", "+41 79 123 45 67"),
            ("0041791234567", "+41 79 123 45 67"),
            ("+44 20 7946 0958", "+44 20 7946 0958"),
        ),
    ],
)
def test_a_phone_number_is_kept_as_people_read_it(hold: Appointment, typed: str, kept: str) -> None:
    filled = form(hold, channel="phone", phone=typed)
    assert filled.is_valid(), filled.errors
    assert filled.visit() == Visit(phone=kept)


def test_a_local_number_of_an_overseas_practice_is_understood(hold: Appointment) -> None:
    Practice.objects.update(holiday_zone="reunion")
    filled = form(again(hold), channel="phone", phone="0692 12 34 56")
    assert filled.is_valid(), filled.errors
    assert filled.visit().phone == "+262 692 12 34 56"


@pytest.mark.parametrize("number", ["", "12", "06 12", "abc", "9" * 300, "\x00", "+999 1", "<script>"])
def test_what_is_no_phone_number_is_refused(hold: Appointment, number: str) -> None:
    assert "phone" in form(hold, channel="phone", phone=number).errors


@pytest.mark.parametrize("address", ["", "a", "a@b", "a@b\n.fr", "a b@c.fr", "x" * 260 + "@c.fr", "a@b.fr\x00", "@"])
def test_what_is_no_email_address_is_refused(hold: Appointment, address: str) -> None:
    """CASES M12: header injection included."""
    assert "email" in form(hold, email=address).errors


def test_only_the_chosen_channel_is_kept(hold: Appointment) -> None:
    filled = form(hold, **{**BY_PHONE, "email": "zenobie@example.org"})
    assert filled.is_valid()
    assert filled.visit() == Visit(phone="06 12 34 56 78")


@pytest.mark.parametrize("contact", ["email", "phone"])
def test_a_practitioner_may_ask_for_one_channel_only(hold: Appointment, contact: str) -> None:
    Practitioner.objects.update(contact=contact)
    hold = again(hold)
    assert "channel" not in IdentityForm(hold).fields
    assert form(hold, **BY_EMAIL, phone="0612345678").is_valid()
    assert contact in form(hold, email="", phone="").errors


def test_a_discreet_visit_needs_no_contact(hold: Appointment) -> None:
    """CASES P18."""
    Appointment.objects.update(discreet=True)
    filled = form(again(hold, discreet=True), channel="none")
    assert filled.is_valid(), filled.errors
    assert filled.visit() == Visit()
    Appointment.objects.update(discreet=False)
    assert "channel" in form(again(hold), channel="none").errors


@pytest.mark.parametrize("typed", ["5/3/1987", "05/03/1987", "5.3.1987", "5 3 1987", "05031987", "1987-03-05"])
def test_a_birth_date_is_understood_as_people_write_it(hold: Appointment, typed: str) -> None:
    filled = form(again(hold, asks_birth_date=True), birth_date=typed)
    assert filled.is_valid(), filled.errors
    assert filled.identity().persons[0].birth_date == date(1987, 3, 5)


@pytest.mark.parametrize(
    "typed", ["", "31/2/1987", "5/3/87", "5/3/0000", "5/3/9999", "1/1/1700", "\x00", "٥/٣/١٩٨٧", "x" * 99]
)
def test_an_impossible_birth_date_is_refused(hold: Appointment, typed: str) -> None:
    assert "birth_date" in form(again(hold, asks_birth_date=True), birth_date=typed).errors


def test_a_childs_birth_date_is_asked_and_not_the_bookers(hold: Appointment) -> None:
    hold = again(hold, asks_birth_date=True)
    assert list(IdentityForm(hold, CHILD).errors) == ["patient_birth_date"]
    filled = IdentityForm(hold, {**CHILD, "patient_birth_date": "1/2/2024", "birth_date": "x"})
    assert filled.is_valid()
    assert filled.identity().persons[0].birth_date == date(2024, 2, 1)


def test_a_message_is_asked_only_where_it_may_be_and_keeps_its_lines(hold: Appointment) -> None:
    assert "message" not in IdentityForm(hold).fields
    hold = again(hold, asks_message=True)
    assert form(hold, message="a\r\n" * 150).is_valid()
    assert form(hold, message="Fièvre < 39").is_valid()
    assert "message" in form(hold, message="a" * 301).errors
    assert "message" in form(hold, message="a\x00").errors


def test_an_address_is_asked_for_a_home_visit_only(hold: Appointment) -> None:
    assert "address" not in IdentityForm(hold).fields
    hold = again(hold, place="home")
    assert "address" in form(hold).errors
    assert form(hold, address="3 rue des Lilas\n75020 Paris").is_valid()


def test_new_or_known_is_asked_once(hold: Appointment) -> None:
    assert "patient" in form(hold, patient="maybe").errors
    assert form(hold, patient="new").is_valid()
    assert "patient" not in IdentityForm(again(hold, duration_known=15)).fields


def test_the_browser_may_fill_in_the_bookers_own_fields_only(client: Client, open_office: Office) -> None:
    VisitType.objects.update(asks_birth_date=True)
    body = client.get(take_first(client)).content.decode()
    for own in ("family-name", "given-name", "bday", "email", "tel"):
        assert body.count(f'autocomplete="{own}"') == 1
    assert body.count('autocomplete="off"') == 3


def test_a_form_with_mistakes_comes_back_filled_with_a_summary_of_links(client: Client, open_office: Office) -> None:
    """CASES U1."""
    address = take_first(client)
    answer = client.post(address, {**FILLED, "first_name": 'Zé"<nobie', "email": "zenobie"})
    body = answer.content.decode()
    assert answer.status_code == 422
    assert is_clean(answer)
    assert '<a href="#id_first_name">' in body
    assert '<a href="#id_email">' in body
    assert 'id="id_email_error"' in body
    assert 'aria-describedby="id_email_error"' in body
    assert 'value="Zé&quot;&lt;nobie"' in body
    assert 'value="Kowalczyk-N’Diaye"' in body
    assert not Appointment.objects.exclude(state="held").exists()
