"""“Ce que voit un voleur”: today on an unlocked screen, and the very bytes of the same rows beside it (I3 I4 P3 P4)."""

import re
from datetime import timedelta
from html import unescape

import pytest

from agenda.stored import HEAD, MOST, TAIL, hexed
from booking.models import Appointment
from patients import store
from patients.models import PatientRecord
from practitioners import keys
from practitioners.models import AccessEvent
from tests.agenda.cast import text
from tests.booking.cast import MONDAY
from tests.practitioners.cast import holder_of

PAGE = "/agenda/thief/"


def sides(page: str) -> tuple[str, str]:
    """What stands on the reader's side, and what stands on the thief's."""
    kept = re.findall(r"<dl>(.*?)</dl>", page, re.DOTALL)
    assert kept
    seen = re.sub(r"<dl>.*?</dl>", "", page, flags=re.DOTALL)
    return unescape(re.sub(r"<[^>]+>", " ", seen)), unescape(re.sub(r"<[^>]+>", " ", " ".join(kept)))


def with_contact(desk, clock="11:00"):
    """A visit to come whose e-mail address the server can read, as booking leaves it."""
    return desk.book(clock, MONDAY, contact={"email": "zenobie@example.org", "message": "Une ordonnance"})


def test_the_reader_s_side_has_the_names_and_the_thief_s_side_the_bytes_of_the_same_rows(desk, alice):
    visit = with_contact(desk)
    seen, kept = sides(text(alice.get(PAGE)))
    for word in ("Kowalczyk-N’Diaye", "Zénobie", "zenobie@example.org", "Une ordonnance", "11 h 00"):
        assert word in seen.replace("\xa0", " ")
        assert word not in kept
    row = Appointment.objects.get(pk=visit.pk)
    record = PatientRecord.objects.get()
    for value in (row.patient_ref, row.link_hash, record.identity_box, record.visit_box, record.contact_box):
        assert bytes(value)[:HEAD].hex(" ") in kept
        assert bytes(value)[-TAIL:].hex(" ") in kept
    for clear in (str(record.pk), str(row.practitioner_id), "Dr Un", "Consultation", "2026-01-05 10:00:00+00", "booked",
                  f"{row.first_cell}–{row.end_cell - 1}"):  # fmt: skip
        assert clear in kept


def test_the_thief_s_side_says_the_length_of_what_is_closed(desk, alice):
    with_contact(desk)
    _seen, kept = sides(text(alice.get(PAGE)))
    assert [int(number) for number in re.findall(r"(\d+) octets", kept)] == [37, 32, 4238, 6286, 5178]


def test_records_stand_in_their_own_order_and_nothing_beside_them_says_whose_they_are(desk, alice):
    """I3: neither the order of the visits nor that of the names."""
    for number in range(5):
        desk.visit(f"{9 + number // 2}:{30 * (number % 2):02}", name=f"Nom{number}")
    page = text(alice.get(PAGE))
    shown = [int(number) for number in re.findall(r"<dt>id</dt><dd><span class=\"value\">(\d+)", page)]
    assert shown == sorted(PatientRecord.objects.values_list("pk", flat=True))
    assert shown == sorted(shown)
    names = re.findall(r"Nom\d", page.split('id="patients-side"')[1])
    assert names == sorted(names)


def test_locked_there_is_the_thief_s_side_alone_and_nothing_is_noted(desk, alice):
    with_contact(desk)
    alice.post("/agenda/lock/")
    page = text(alice.get(PAGE))
    assert "patient_ref" in page
    assert bytes(PatientRecord.objects.get().identity_box)[:HEAD].hex(" ") in page
    for word in ("Kowalczyk", "Zénobie", "zenobie@example.org", "Une ordonnance"):
        assert word not in page
    assert 'class="seen"' not in page
    assert not AccessEvent.objects.exists()


def test_what_is_displayed_is_noted_as_on_any_page(desk, alice):
    shown = desk.visit("09:00")
    desk.visit("09:00", of=desk.two)
    alice.get(PAGE)
    assert list(AccessEvent.objects.values_list("appointment", "action", "staff")) == [
        (shown.pk, "thief", desk.alice.pk)
    ]
    assert "page « Ce que voit un voleur »" in text(alice.get(f"/agenda/appointment/{shown.pk}/opened/")).replace(
        "\xa0", " "
    )


def test_only_the_reader_s_own_agendas_are_shown(desk, alice, caplog):
    """P11: locked or not."""
    foreign = desk.visit("09:00", of=desk.two, key_version=1)
    for locked in (False, True):
        if locked:
            alice.post("/agenda/lock/")
        page = text(alice.get(PAGE))
        assert bytes(foreign.patient_ref)[:HEAD].hex(" ") not in page
        assert "Dr Deux" not in page
        assert alice.get(f"{PAGE}?p={desk.two.pk}").status_code == 404
    assert "without a grant" in caplog.text
    nobody = text(desk.client("chloe").get(PAGE))
    assert "Aucun agenda ne vous est ouvert" in nobody
    assert "patient_ref" not in nobody


def test_of_several_agendas_the_one_with_visits_today_is_shown_first_and_the_others_can_be_chosen(desk):
    keys.grant(desk.key_one, desk.private_one(), holder_of(desk.bruno))
    desk.visit("09:00", of=desk.two, name="Chezdeux")
    bruno = desk.client("bruno")
    first = text(bruno.get(PAGE))
    assert "Chezdeux" in first
    assert f"?p={desk.one.pk}" in first
    assert "Aucun rendez-vous de Dr Un" in text(bruno.get(f"{PAGE}?p={desk.one.pk}"))


def test_a_day_without_visits_shows_the_next_that_has_some(desk, alice):
    desk.visit("09:00", day=MONDAY + timedelta(days=13), name="Bientôt")
    desk.visit("09:00", day=MONDAY + timedelta(days=14), name="Plustard")
    page = text(alice.get(PAGE))
    assert "Bientôt" in page
    assert "Plustard" not in page
    assert "dimanche 18 janvier 2026" in page.replace("\xa0", " ").lower()


def test_without_any_visit_it_says_so_and_keeps_the_limits(desk, alice):
    desk.visit("09:00", day=MONDAY + timedelta(days=15))
    page = text(alice.get(PAGE))
    assert "rien à voler" in page
    assert "Ce que personne ne peut promettre" in page


def test_holds_and_erased_visits_have_no_second_side(desk, alice):
    desk.hold_on("09:00", minutes_left=10)
    desk.visit("10:00", patient_ref=None, key_version=None)
    assert "rien à voler" in text(alice.get(PAGE))


def test_of_a_full_day_the_next_ones_are_shown_and_counted(desk, clock):
    for number in range(MOST + 4):
        desk.visit(f"{8 + number // 2:02}:{30 * (number % 2):02}", name=f"Nom{number:02}", minutes=15)
    clock.shift(45 * 60)  # 8:45: the first two are over
    page = text(desk.client().get(PAGE)).replace("\xa0", " ")
    assert f"{MOST} rendez-vous sur {MOST + 4}" in page
    assert "Nom01" not in page
    assert "Nom02" in page
    assert AccessEvent.objects.count() == MOST
    clock.shift(12 * 3600)
    assert "Nom00" in text(desk.client().get(PAGE)), "in the evening the day is still shown"


def test_the_page_says_how_many_addresses_the_server_secret_would_open(desk, alice):
    """I4: an e-mail address of a visit to come, yes; a telephone number, no."""
    with_contact(desk, "10:00")
    desk.visit("11:00")
    assert "(1 des 2 montrés ici)" in text(alice.get(PAGE)).replace("\xa0", " ")


def test_what_does_not_open_is_said_on_the_reader_s_side_and_its_bytes_stand_on_the_other(desk, alice):
    """P5"""
    visit = desk.visit()
    Appointment.objects.filter(pk=visit.pk).update(key_version=9)
    page = text(alice.get(PAGE))
    assert "ne peut pas être ouvert (" in page
    assert bytes(PatientRecord.objects.get().identity_box)[:HEAD].hex(" ") in page


def test_a_reference_or_a_contact_that_does_not_open_breaks_nothing(desk, alice):
    one, two = desk.visit("09:00"), desk.visit("10:00")
    Appointment.objects.filter(pk=one.pk).update(patient_ref=b"\x01" * 37)
    record = store.Reference(two.pk, bytes(two.patient_ref)).record
    PatientRecord.objects.filter(pk=record).update(contact_box=b"\x01" * 5178)
    answer = alice.get(PAGE)
    assert answer.status_code == 200
    assert text(answer).count("<dt>id</dt>") == 1


@pytest.mark.parametrize("number", [1, 3, MOST])
def test_the_page_costs_the_same_for_one_visit_and_for_six(desk, number, django_assert_num_queries):
    """A18: two in the patients store, opened and as stored."""
    for one in range(number):
        desk.visit(f"{9 + one // 2}:{30 * (one % 2):02}")
    alice = desk.client()
    alice.get(PAGE)  # the first display of a record files it
    AccessEvent.objects.all().delete()
    with django_assert_num_queries(2, using="patients"), django_assert_num_queries(8):
        alice.get(PAGE)


def test_the_page_is_reached_from_the_menu_and_in_a_demo_from_every_page(desk, alice, settings):
    page = text(alice.get("/agenda/"))
    assert page.count(f'href="{PAGE}"') == 1
    assert "personnes inventées" not in page
    settings.DEMO = True
    page = text(alice.get("/agenda/"))
    assert page.count(f'href="{PAGE}"') == 2
    assert "personnes inventées" in page


def test_the_page_is_read_only(desk, alice):
    """I6"""
    desk.visit()
    alice.get(PAGE)
    before = list(PatientRecord.objects.values()), list(Appointment.objects.values())
    assert alice.post(PAGE).status_code == 405
    alice.get(PAGE)
    assert (list(PatientRecord.objects.values()), list(Appointment.objects.values())) == before


def test_bytes_are_written_in_pairs_and_long_values_lose_their_middle():
    assert hexed(b"\x01\x9f") == "01 9f"
    assert hexed(bytes(range(17))) == "00 01 02 03 04 05 06 07 08 09 0a 0b … 0d 0e 0f 10"
    assert hexed(bytes(range(16))) == "00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f"
    assert hexed(b"") == "NULL"
