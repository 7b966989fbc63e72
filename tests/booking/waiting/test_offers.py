"""What is freed is offered, answered, and public again."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.http import Http404

from booking import appointments, holds, identities, moving, reserving, waiting
from booking.links import link_hash
from booking.models import Appointment, Message, OccupiedCell, Offer, Wish
from booking.queries import next_for, times_page
from booking.refusals import Refused, Taken
from booking.waiting_rules import EVERY_PART, Part
from clicdocteur.grid import MINUTES_PER_DAY, cell_at, instant_of
from patients import store
from patients.models import PatientRecord
from practitioners import keys
from practitioners.models import Practice, Practitioner, VisitType
from tests.booking.cast import MONDAY, NOW, TUESDAY, cell
from tests.booking.waiting.cast import MINUTE, TEN, Hall, open_offers, reserves
from tests.practitioners.cast import private_of

HOUR = timedelta(hours=1)


def listed(hall: Hall, now=TEN, clock: str = "09:00", day=TUESDAY) -> bool:
    page = times_page(hall.type, day, now, new_patient=True)
    return any(slot.start == cell(day, clock) for one in page.days for slot in one.slots)


def test_a_freed_time_goes_to_whoever_waits_longest_and_becomes_their_visit(hall):
    first, second = hall.wish("first@example.org"), hall.wish("second@example.org")
    hall.freed()
    hall.work(TEN)
    assert hall.post.addresses == ["first@example.org"]
    assert not listed(hall)
    with pytest.raises((Refused, Taken)):
        hall.hold("09:00", now=TEN)
    token = hall.offered()
    assert waiting.accept(token, TEN + 2 * MINUTE) == token
    visit = Appointment.objects.get(link_hash=link_hash(token))
    assert (visit.state, visit.first_cell, visit.visit_type) == ("booked", cell(TUESDAY, "09:00"), hall.type)
    assert (visit.reach, visit.held_until, visit.extensions) == ("email", None, 0)
    assert list(Wish.objects.all()) == [second]
    assert OccupiedCell.objects.filter(appointment=visit).count() == 6
    # The record is the visit's own now, under its own reference, and the contact carries the visit's link.
    vault = keys.Vault(hall.alice, private_of(hall.alice), MONDAY)
    assert identities.show([visit], vault, "test", TEN)[visit.pk].names == "Zénobie Attend1"
    assert appointments.contact_of(visit).token == token
    assert PatientRecord.objects.count() == 3
    with pytest.raises(store.NotOpened):
        _ = store.Reference(visit.pk, bytes(first.patient_ref)).record


def test_the_mail_says_when_where_until_when_and_nothing_else(hall):
    hall.wish()
    hall.freed()
    hall.work(TEN)
    text = hall.post.taken[0].get_body(("plain",)).get_content().replace("\u00a0", " ")
    assert "Mardi 6 janvier 2026 à 9 h" in text
    # 23 hours are left: a quarter would be more than four hours.
    assert "avant lundi 5 janvier à 14 h" in text
    for untold in ("Consultation", "Kowalczyk", "Attend1", "annul"):
        assert untold not in text
    assert hall.post.taken[0]["Subject"] == "Votre rendez-vous"


def test_accepting_twice_is_once(hall):
    """R8"""
    hall.wish()
    hall.freed()
    hall.work(TEN)
    token = hall.offered()
    assert waiting.accept(token, TEN) == waiting.accept(token, TEN) == token
    assert Appointment.objects.filter(state="booked").count() == 1
    assert Message.objects.filter(kind="confirmation", appointment__state="booked").count() == 1


@pytest.mark.parametrize(("asks", "proof"), [(True, "proven"), (False, "")])
def test_what_was_accepted_has_its_zone_and_its_contact_is_proven_where_that_is_asked(hall, asks, proof):
    """The offer came by the contact: whoever accepts it reads what is sent there."""
    Practitioner.objects.update(contact_code=asks)
    hall.wish()
    hall.freed()
    hall.work(TEN)
    waiting.accept(hall.offered(), TEN)
    visit = Appointment.objects.get(state="booked")
    assert (visit.time_zone, visit.proof) == ("Europe/Paris", proof)


def test_an_offer_that_is_not_answered_goes_to_the_next_and_then_the_time_is_public(hall):
    hall.wish("first@example.org")
    hall.wish("second@example.org")
    hall.freed()
    hall.work(TEN)
    lost, ends = hall.offered(), Offer.objects.get().expires
    hall.work(ends - MINUTE)
    assert len(hall.post.taken) == 1
    assert not listed(hall, ends)
    hall.work(ends)
    assert hall.post.addresses == ["first@example.org", "second@example.org"]
    with pytest.raises(waiting.Gone):
        waiting.accept(lost, ends)
    assert not listed(hall, ends + MINUTE)
    hall.work(Offer.objects.latest("made").expires)
    assert not reserves()
    assert listed(hall, ends + 4 * HOUR)
    assert Wish.objects.count() == 2


def test_refusing_gives_the_time_to_the_next_at_once_and_keeps_the_wish(hall):
    hall.wish("first@example.org")
    hall.wish("second@example.org")
    hall.freed()
    hall.work(TEN)
    waiting.decline(hall.offered())
    hall.work(TEN + 2 * MINUTE)
    assert hall.post.addresses[-1] == "second@example.org"
    assert Wish.objects.count() == 2


def test_a_wish_that_is_withdrawn_is_erased_and_its_offer_goes_to_the_next(hall):
    first = hall.wish("first@example.org")
    hall.wish("second@example.org")
    hall.freed()
    hall.work(TEN)
    lost = hall.offered()
    records = PatientRecord.objects.count()
    waiting.withdraw(first.token, TEN)
    waiting.withdraw(first.token, TEN)
    assert PatientRecord.objects.count() == records - 1
    with pytest.raises(Http404):
        waiting.accept(lost, TEN)
    hall.work(TEN + 2 * MINUTE)
    assert hall.post.addresses[-1] == "second@example.org"


def test_the_last_day_of_a_wish_is_the_practice_s(hall):
    """T11 T8: a Tuesday afternoon in Tahiti is Wednesday already in UTC."""
    Practice.objects.update(time_zone="Pacific/Tahiti")
    wish = hall.wish()
    Wish.objects.update(until=TUESDAY)
    midnight = instant_of(cell_at(TUESDAY, MINUTES_PER_DAY, ZoneInfo("Pacific/Tahiti")))
    assert next_for(hall.one.pk, midnight - 8 * HOUR, NOW) == [wish]
    assert next_for(hall.one.pk, midnight, NOW) == []


@pytest.mark.parametrize("given", [{"weekdays": 0b1}, {"parts": int(Part.AFTERNOON)}])
def test_another_day_or_time_of_day_is_not_offered(hall, given):
    hall.wish(**given)
    hall.freed()
    assert not reserves()
    assert listed(hall)


def test_within_three_hours_the_public_has_it_at_once(hall):
    hall.opening(weekday=0, start_minute=780, end_minute=1080)
    hall.wish()
    hall.freed("13:00", TEN.date())
    assert not reserves()
    hall.freed("13:30", TEN.date())
    assert len(reserves()) == 1


def test_three_offers_at_most_none_within_a_day_of_another_and_a_flapping_time_tires_nobody(hall):
    """M6: something is freed at ten and at three, day after day; offers may leave at both."""
    hall.wish()
    for number in range(10):
        now = TEN + number // 2 * timedelta(days=1) + number % 2 * 5 * HOUR
        hall.freed("09:00", MONDAY + timedelta(days=14 + number // 5 * 7 + number % 5), now)
        hall.work(now)
        Appointment.objects.filter(Appointment.RESERVE).delete()
    made = list(Offer.objects.order_by("made").values_list("made", flat=True))
    assert made == [TEN, TEN + timedelta(days=1), TEN + timedelta(days=2)]


def test_one_start_is_offered_so_often_and_no_more(hall):
    """M6: fifty people wait, and one time comes and goes."""
    for number in range(12):
        hall.wish(f"one{number}@example.org")
    for _ in range(12):
        hall.freed()
        hall.work(TEN)
        if (offer := Offer.objects.filter(place__isnull=False, ended=False).first()) is not None:
            waiting.decline(hall.offered())
            hall.work(TEN)
            Offer.objects.filter(pk=offer.pk).update(ended=True)
        Appointment.objects.filter(Appointment.RESERVE).delete()
    assert Offer.objects.count() == len(hall.post.taken) == 6


def test_one_contact_is_offered_one_time_a_day(hall):
    """M8"""
    hall.wish("same@example.org")
    hall.wish("same@example.org")
    hall.wish("other@example.org")
    hall.freed("09:00")
    hall.freed("10:00")
    hall.work(TEN)
    hall.work(TEN + 2 * MINUTE)
    assert sorted(hall.post.addresses) == ["other@example.org", "same@example.org"]


def test_offers_leave_in_hours_and_a_time_freed_at_night_waits_for_the_morning(hall):
    hall.wish()
    night = NOW + timedelta(hours=14)  # 22:00
    hall.freed("11:30", TUESDAY + timedelta(days=1), night)
    hall.work(night)
    assert not hall.post.taken
    assert not listed(hall, night, "11:30", TUESDAY + timedelta(days=1))
    hall.work(NOW + timedelta(days=1, hours=1))  # 9:00
    assert len(hall.post.taken) == 1


def test_a_time_freed_at_night_for_the_morning_is_public_at_once(hall):
    hall.wish()
    hall.freed("09:00", TUESDAY, NOW + timedelta(hours=14))
    assert not reserves()
    assert listed(hall, NOW + timedelta(hours=14))


def test_without_a_worker_the_time_is_public_by_itself(hall):
    """U7"""
    hall.wish()
    hall.freed()
    assert not listed(hall, TEN)
    assert listed(hall, TEN + 10 * MINUTE)
    assert hall.hold("09:00", now=TEN + 10 * MINUTE)


def test_far_ahead_a_time_that_nobody_waits_for_comes_back_after_a_while(hall, monkeypatch):
    """P10: nobody can tell from the page who left, and no script takes what it has just given back."""
    monkeypatch.setattr(reserving, "LONGEST_DELAY", timedelta(minutes=15))
    monkeypatch.setattr(reserving.secrets, "randbelow", lambda most: most - 1)
    hall.freed("10:00", TUESDAY + timedelta(days=1))
    assert not listed(hall, TEN, "10:00", TUESDAY + timedelta(days=1))
    assert listed(hall, TEN + 15 * MINUTE, "10:00", TUESDAY + timedelta(days=1))
    # Within a day it is public at once.
    hall.freed("09:00")
    assert listed(hall)


def test_a_longer_visit_is_not_offered_what_it_does_not_fit(hall):
    hall.type.duration_new = 60
    hall.type.save()
    hall.wish()
    hall.type.duration_new = 30
    hall.type.save()
    hall.book("09:30")
    visit = hall.book("09:00")
    hall.type.duration_new = 60
    hall.type.save()
    appointments.cancel(visit.token, "", TEN)
    hall.quiet()
    hall.work(TEN)
    assert not hall.post.taken


def test_a_time_that_the_practice_closes_is_lost_kindly(hall):
    hall.wish()
    hall.freed()
    hall.work(TEN)
    hall.one.absences.create(first_day=TUESDAY, last_day=TUESDAY)
    with pytest.raises(waiting.Gone):
        waiting.accept(hall.offered(), TEN)
    assert Wish.objects.count() == 1


def test_what_was_freed_by_a_slip_is_taken_back_before_anybody_is_told(hall):
    """The reserve gives way to the undoing, and the message that has not left goes with it."""
    hall.wish()
    visit = hall.freed()
    waiting.work(TEN)
    holds.give_way([visit])
    hall.work(TEN)
    assert not hall.post.taken


def test_an_earlier_wish_moves_the_visit_and_its_old_time_is_offered_in_turn(hall):
    later = hall.book("11:00", TUESDAY + timedelta(days=2), contact={"email": "later@example.org"})
    waiting.leave_earlier(later.token, waiting.Wanted(0b1111111, EVERY_PART), NOW)
    hall.wish("waits@example.org", weekdays=0b1000)  # Thursdays
    assert PatientRecord.objects.count() == 2
    hall.freed()
    hall.work(TEN)
    assert hall.post.addresses[-1] == "later@example.org"
    offer = hall.offered()
    assert waiting.accept(offer, TEN) == later.token
    assert waiting.accept(offer, TEN) == later.token
    later.refresh_from_db()
    assert (later.first_cell, later.sequence, later.state) == (cell(TUESDAY, "09:00"), 1, "booked")
    assert not Wish.objects.filter(appointment=later).exists()
    assert Message.objects.filter(appointment=later, kind="change").exists()
    hall.work(TEN + 2 * MINUTE)
    assert hall.post.addresses[-1] == "waits@example.org"
    assert Offer.objects.latest("made").start == later.start + timedelta(days=2, hours=2)


def test_an_earlier_wish_goes_with_its_visit(hall):
    visit = hall.book("11:00", TUESDAY)
    waiting.leave_earlier(visit.token, waiting.Wanted(0b1111111, EVERY_PART), NOW)
    waiting.leave_earlier(visit.token, waiting.Wanted(0b11, EVERY_PART), NOW + HOUR)
    wish = Wish.objects.get()
    assert (wish.weekdays, wish.since) == (0b11, NOW)
    appointments.cancel(visit.token, "", TEN)
    assert not Wish.objects.exists()


def test_a_later_time_is_no_offer_for_whoever_wants_to_come_earlier(hall):
    visit = hall.book("10:00", TUESDAY)
    waiting.leave_earlier(visit.token, waiting.Wanted(0b1111111, EVERY_PART), NOW)
    hall.freed("11:00")
    assert not reserves()


def test_a_patient_who_moves_leaves_a_time_that_is_offered(hall):
    hall.wish()
    visit = hall.book("09:00")
    moving.move_for_patient(visit.token, cell(TUESDAY, "10:00"), 0, TEN)
    hall.work(TEN)
    assert len(open_offers(TEN)) == 1


def test_a_move_that_touches_its_own_old_time_leaves_nothing_to_offer(hall):
    """R7"""
    hall.wish()
    visit = hall.book("09:00")
    moving.move_for_patient(visit.token, cell(TUESDAY, "09:15"), 0, TEN)
    assert not reserves()


def test_a_list_that_is_switched_off_offers_nothing(hall):
    hall.wish()
    hall.one.waiting_list = False
    hall.one.save()
    hall.freed()
    assert not reserves()


@pytest.mark.parametrize("change", [{"discreet": True}, {"active": False}, {"visibility": "staff"}])
def test_a_type_that_is_discreet_or_withdrawn_by_now_is_not_offered(hall, change):
    """P18 A5"""
    hall.wish()
    visit = hall.book("09:00", contact={"email": "left@example.org"})
    VisitType.objects.update(**change)
    appointments.cancel(visit.token, "", TEN)
    hall.quiet()
    hall.work(TEN)
    assert not Offer.objects.exists()


def test_a_mail_that_is_refused_passes_the_time_on(hall):
    """M11"""
    hall.wish("wrong@example.org")
    hall.wish("right@example.org")
    hall.post.answer = lambda verb, address: "550 no such user" if address.startswith("wrong") else ""
    hall.freed()
    hall.work(TEN)
    hall.work(TEN + 2 * MINUTE)
    assert hall.post.addresses == ["right@example.org"]
    assert not Message.objects.filter(state="failed").exists()
