"""Booking at the desk: outside the rules with a warning, beyond the places only when it is said, and never without a record."""

from datetime import date, datetime, timedelta

import pytest
from django.db import DatabaseError
from django.http import Http404

from booking import appointments, desk, identities, retention
from booking.desk import Caution, Wanted
from booking.links import link_hash, new_token
from booking.models import Appointment, Message, OccupiedCell
from booking.refusals import Closed, Full, NotBookable, Taken
from patients import store
from patients.models import PatientRecord
from practitioners import keys
from practitioners.keys import Vault
from practitioners.models import Absence, AccessEvent, AgendaKey, VisitType
from tests.booking.cast import MONDAY, NOW, TUESDAY, Office, cell, identity, visit_type
from tests.practitioners.cast import holder_of, private_of

pytestmark = pytest.mark.django_db
SATURDAY = MONDAY + timedelta(days=5)
TAG, OTHER_TAG = b"1" * 16, b"2" * 16


def by(office: Office, tag: bytes = TAG) -> desk.Desk:
    return desk.Desk(office.alice.pk, tag)


def coming(name: str = "Kowalczyk-N’Diaye", **visit: str) -> desk.Coming:
    return desk.Coming(identity(name), store.Visit(**visit))


def book(
    office: Office, clock: str = "09:00", day: date = TUESDAY, now: datetime = NOW, **given: object
) -> desk.Booked:
    arguments: dict = {"token": new_token(), "coming": coming(), "type": office.type, "tag": TAG, **given}
    kind, who, token = arguments.pop("type"), arguments.pop("coming"), arguments.pop("token")
    actor = by(office, arguments.pop("tag"))
    return desk.book_at_desk(Wanted(kind.pk, cell(day, clock), **arguments), who, token, now, by=actor)


def vault_of(office: Office, login: str = "alice") -> Vault:
    member = getattr(office, login)
    return Vault(member, private_of(member), MONDAY, TAG)


def both_agendas(office: Office) -> Vault:
    """Alice with the keys of both practitioners."""
    private = keys.agenda_private(private_of(office.bruno), office.bruno, office.two.pk, 1, MONDAY)
    keys.grant(office.key_two, private, holder_of(office.alice))
    return vault_of(office)


def record_of(appointment: Appointment, vault: Vault) -> store.Record:
    fresh = Appointment.objects.get(pk=appointment.pk)
    shown = identities.show([fresh], vault, "test", NOW)[fresh.pk]
    assert shown.record is not None, shown.why
    return shown.record


def assert_cells_are_those_of_the_live(now: datetime = NOW) -> None:
    """I1, read from the appointments."""
    live = Appointment.objects.filter(state__in=Appointment.LIVE).exclude(state="held", held_until__lte=now)
    taken = [(one.practitioner_id, one.lane, at) for one in live for at in range(one.first_cell, one.end_cell)]
    assert len(taken) == len(set(taken)) == OccupiedCell.objects.count()


# One visit.


def test_a_visit_is_booked_with_its_sealed_record_and_the_log_says_who(office):
    made = book(office, coming=coming(phone="+33612345678", note="Préfère le matin"))
    found = Appointment.objects.get()
    assert made.appointment.pk == found.pk
    assert (found.state, found.lane, found.start, found.new_patient) == ("booked", 0, made.appointment.start, False)
    assert (made.cautions, made.overbooked) == ((), False)
    record = record_of(found, vault_of(office))
    assert record.identity.persons[0].last_name == "Kowalczyk-N’Diaye"
    assert (record.visit.phone, record.visit.note) == ("+33612345678", "Préfère le matin")
    assert AccessEvent.objects.filter(action="created").values_list("staff", "appointment", "session_tag").get() == (
        office.alice.pk, found.pk, TAG,
    )  # fmt: skip
    assert_cells_are_those_of_the_live()


@pytest.mark.parametrize(
    ("visit", "discreet", "readable"),
    [({}, False, None), ({"phone": "+33612345678"}, False, None), ({"email": "z@example.org"}, False, "z@example.org"), ({"email": "z@example.org"}, True, None)],
)  # fmt: skip
def test_the_server_reads_an_address_and_nothing_else_as_online(office, visit, discreet, readable):
    """I4 P18"""
    VisitType.objects.update(discreet=discreet)
    token = new_token()
    made = book(office, token=token, coming=coming(**visit))
    contact = appointments.contact_of(made.appointment)
    assert (contact.value if contact else None) == readable
    assert desk.known_token(made.appointment) == (token if readable else "")


def test_a_form_sent_again_finds_what_it_booked(office):
    """R8"""
    token = new_token()
    first, again = book(office, token=token), book(office, token=token, coming=coming("Autre"))
    assert first.appointment.pk == again.appointment.pk
    assert Appointment.objects.count() == PatientRecord.objects.count() == 1
    assert AccessEvent.objects.filter(action="created").count() == 1


def test_a_form_sent_again_brings_nothing_back(office):
    """R9"""
    token = new_token()
    made = book(office, token=token).appointment
    appointments.mark(made.pk, "cancelled_by_practice", "booked", NOW, staff=office.alice.pk, session_tag=TAG)
    assert book(office, token=token).appointment.state == "cancelled_by_practice"
    assert not OccupiedCell.objects.exists()


def test_the_link_of_the_form_is_the_patient_s(office):
    token = new_token()
    made = book(office, token=token)
    assert bytes(made.appointment.link_hash) == link_hash(token)
    appointments.cancel(token, "", NOW)
    assert Appointment.objects.get().state == "cancelled"


def test_a_type_that_is_not_offered_or_is_nobody_s_is_not_there(office):
    VisitType.objects.update(active=False)
    with pytest.raises(Http404):
        book(office)
    VisitType.objects.all().delete()
    with pytest.raises(Http404):
        book(office)


def test_staff_book_for_their_own_types_and_before_a_page_is_published(office):
    own = visit_type(office.one, "chirurgie", visibility="staff", duration_known=45)
    office.one.published = False
    office.one.save(update_fields=["published"])
    made = book(office, type=own).appointment
    assert made.end - made.start == timedelta(minutes=45)


def test_without_a_key_or_with_stores_that_do_not_fit_nothing_is_booked(office):
    """P5 P6"""
    AgendaKey.objects.filter(practitioner=office.one).update(altered=True)
    with pytest.raises(NotBookable):
        book(office)
    assert not Appointment.objects.exists()
    assert not PatientRecord.objects.exists()


def test_if_the_patients_store_fails_the_agenda_keeps_nothing(office, monkeypatch):
    """I2 I8"""

    def down(records: object) -> None:
        raise DatabaseError("gone")

    monkeypatch.setattr(store, "insert", down)
    with pytest.raises(DatabaseError):
        book(office)
    assert not Appointment.objects.exists()
    assert not OccupiedCell.objects.exists()
    assert not AccessEvent.objects.exists()


# Warnings, which are no refusals.


def told(office: Office, clock: str, day: date = TUESDAY, *, new: bool = False, **fields: object) -> set[Caution]:
    """What is said of a time before it is booked; and then it is booked, and said again."""
    VisitType.objects.update(**fields)
    office.type.refresh_from_db()
    seen = desk.look(office.one, cell(day, clock), cell(day, clock), NOW)
    judged = desk.judge(seen, office.type, cell(day, clock), new_patient=new)
    made = book(office, clock, day, new_patient=new, overbook=judged.is_full)
    assert made.cautions == judged.cautions
    assert_cells_are_those_of_the_live()
    return set(made.cautions)


def test_a_time_on_offer_needs_no_word(office):
    """I7: what patients are offered is what staff are not warned of."""
    assert told(office, "09:15") == set()


@pytest.mark.parametrize(
    ("clock", "day", "cautions"),
    [
        ("07:30", MONDAY, {Caution.PAST, Caution.CLOSED}),
        ("23:00", TUESDAY, {Caution.CLOSED}),
        ("12:00", TUESDAY, {Caution.CLOSED}),
        ("11:45", TUESDAY, {Caution.ENDS_AFTER}),
        ("09:05", TUESDAY, {Caution.OFF_STEPS}),
        ("09:00", SATURDAY, {Caution.CLOSED}),
        ("09:00", date(2026, 5, 1), {Caution.HOLIDAY}),
        ("09:00", date(2028, 1, 4), {Caution.FAR}),
        ("23:45", TUESDAY, {Caution.CLOSED}),
    ],
)
def test_a_time_outside_the_rules_is_warned_of_and_booked(office, clock, day, cautions):
    """A17 A2 T9: 23:00 for 11:00 is a slip of the finger, and theirs to make."""
    assert told(office, clock, day) == cautions


def test_the_minute_that_is_now_is_not_past(office):
    assert told(office, "08:00", MONDAY) == {Caution.CLOSED}


def test_an_absence_and_an_opening_kept_for_other_things_are_warned_of(office):
    Absence.objects.create(
        practitioner=office.one, first_day=TUESDAY, last_day=TUESDAY, start_minute=600, end_minute=660
    )
    assert told(office, "09:30") == set()
    assert told(office, "10:15") == {Caution.ABSENT}
    other = visit_type(office.one, "autre")
    opening = office.opening(on=SATURDAY, start_minute=540, end_minute=720)
    opening.visit_types.set([other])
    assert told(office, "09:00", SATURDAY) == {Caution.OTHER_TYPE}
    office.opening(on=SATURDAY, start_minute=900, end_minute=960, without_appointment=True)
    assert told(office, "15:00", SATURDAY) == {Caution.WITHOUT_APPOINTMENT}
    office.opening(on=SATURDAY, start_minute=1020, end_minute=1080, released_days=0, released_minute=450)
    assert told(office, "17:00", SATURDAY) == {Caution.NOT_RELEASED}


def test_the_daily_maximum_counts_the_practice_s_day(office):
    """T12"""
    assert told(office, "09:00", max_per_day=2) == set()
    assert told(office, "09:30", max_per_day=2) == set()
    assert told(office, "10:00", max_per_day=2) == {Caution.DAILY_MAXIMUM}


def test_a_new_patient_for_a_type_that_takes_none_is_warned_of(office):
    assert told(office, "09:00", new=True, accepts_new=False) == {Caution.NEW_PATIENT}


def test_of_openings_that_overlap_the_one_for_this_type_is_meant(office):
    """A14"""
    other = visit_type(office.one, "autre")
    office.opening(on=TUESDAY, start_minute=500, end_minute=720).visit_types.set([other])
    assert told(office, "09:00") == set()


# Overbooking.


def test_beyond_the_places_it_takes_a_word_and_is_logged(office, caplog):
    """A19 I1"""
    office.book("09:00")
    with pytest.raises(Full) as full:
        book(office, "09:15")
    assert full.value.starts == (cell(TUESDAY, "09:15"),)
    with caplog.at_level("INFO"):
        made = book(office, "09:15", overbook=True)
    assert (made.appointment.lane, made.overbooked, made.cautions) == (100, True, (Caution.TAKEN,))
    assert book(office, "09:20", overbook=True).appointment.lane == 101
    assert f"staff {office.alice.pk} overbooked with appointment {made.appointment.pk}" in caplog.text
    assert set(AccessEvent.objects.values_list("action", flat=True)) == {"overbooked"}
    assert_cells_are_those_of_the_live()


def test_saying_overbooking_where_there_is_room_overbooks_nothing(office):
    made = book(office, overbook=True)
    assert (made.appointment.lane, made.overbooked) == (0, False)


def test_an_overbooked_place_is_one_that_patients_do_not_get(office):
    """I1 I7: lanes from 100 count, and no patient is ever put there."""
    for clock in ("09:00", "09:15"):
        book(office, clock, overbook=True)
    appointments.mark(
        Appointment.objects.get(lane=0).pk,
        "cancelled_by_practice",
        "booked",
        NOW,
        staff=office.alice.pk,
        session_tag=TAG,
    )
    with pytest.raises(Taken):
        office.hold("09:15")
    assert office.hold("09:45")


def test_a_group_has_places_before_anybody_is_overbooked():
    """R13"""
    group = Office(places=3)
    assert [book(group).appointment.lane for _ in range(3)] == [0, 1, 2]
    with pytest.raises(Full):
        book(group)


def test_the_buffer_needs_its_room_at_the_desk_too(office):
    """A11: one rule, in the constraint."""
    office.book("09:30")
    VisitType.objects.update(buffer=5)
    with pytest.raises(Full):
        book(office, "09:00")


def test_a_patient_who_is_booking_keeps_the_time(office):
    """R12: who holds first has it; the desk is warned, and may overbook."""
    token = office.hold("09:00")
    with pytest.raises(Full):
        book(office, "09:00")
    made = book(office, "09:00", overbook=True)
    assert made.cautions == (Caution.HELD,)
    booked = appointments.book(
        token, appointments.Submission(identity(), store.Visit(email="z@example.org"), "fr"), NOW
    )
    assert (booked.lane, made.appointment.lane) == (0, 100)
    assert_cells_are_those_of_the_live()


def test_a_patient_s_hold_that_has_expired_is_in_nobody_s_way(office):
    """R11 R12"""
    token = office.hold("09:00")
    later = NOW + timedelta(minutes=10)
    assert book(office, "09:00", now=later).appointment.lane == 0
    with pytest.raises(Taken):
        appointments.book(token, appointments.Submission(identity(), store.Visit(email="z@example.org"), "fr"), later)
    assert_cells_are_those_of_the_live(later)


# Holding while somebody types.


def test_an_open_form_keeps_the_time_from_patients_and_shows_at_other_desks(office):
    hold = desk.hold_for_desk(office.one, cell(TUESDAY, "09:00"), NOW, by=by(office))
    assert hold.is_typed_at_desk
    assert hold.held_until == NOW + timedelta(minutes=5)
    with pytest.raises(Taken):
        office.hold("09:00")
    with pytest.raises(Full):
        book(office, "09:00", tag=OTHER_TAG)
    assert book(office, "09:00", tag=OTHER_TAG, overbook=True).cautions == (Caution.TYPED,)
    assert_cells_are_those_of_the_live()


def test_a_patient_s_hold_is_not_typed_at_a_desk(office):
    office.hold("09:00")
    assert not Appointment.objects.get().is_typed_at_desk


def test_the_desk_that_types_is_not_in_its_own_way(office):
    desk.hold_for_desk(office.one, cell(TUESDAY, "09:00"), NOW, by=by(office))
    made = book(office, "09:00")
    assert (made.appointment.lane, made.cautions) == (0, ())
    assert Appointment.objects.count() == 1


def test_closing_the_form_gives_the_time_back_and_nobody_else_s(office):
    theirs = office.hold("10:00")
    desk.hold_for_desk(office.one, cell(TUESDAY, "09:00"), NOW, by=by(office))
    other = desk.hold_for_desk(office.one, cell(TUESDAY, "11:00"), NOW, by=by(office, OTHER_TAG))
    assert desk.release_for_desk(by(office)) == 1
    assert desk.release_for_desk(by(office)) == 0
    assert set(Appointment.objects.values_list("pk", flat=True)) == {
        other.pk, Appointment.objects.get(link_hash=link_hash(theirs)).pk,
    }  # fmt: skip
    assert office.hold("09:00")


def test_a_desk_types_one_visit_at_a_time(office):
    for clock in ("09:00", "10:00"):
        desk.hold_for_desk(office.one, cell(TUESDAY, clock), NOW, by=by(office))
    assert Appointment.objects.get().first_cell == cell(TUESDAY, "10:00")


def test_after_five_minutes_the_time_is_free_and_a_late_form_takes_it_again(office):
    """R11"""
    desk.hold_for_desk(office.one, cell(TUESDAY, "09:00"), NOW, by=by(office))
    later = NOW + timedelta(minutes=5)
    assert office.hold("09:00", now=later)
    with pytest.raises(Full):
        book(office, "09:00", now=later)
    assert book(office, "10:00", now=later).cautions == ()


def test_the_hold_is_as_long_as_what_is_free(office):
    office.book("09:15")
    hold = desk.hold_for_desk(office.one, cell(TUESDAY, "09:00"), NOW, by=by(office))
    assert hold.end_cell - hold.first_cell == 3
    assert desk.hold_for_desk(office.one, cell(TUESDAY, "09:15"), NOW, by=by(office)) is None
    assert desk.hold_for_desk(office.one, cell(SATURDAY, "22:00"), NOW, by=by(office)).location == office.location
    assert desk.hold_for_desk(office.two, cell(TUESDAY, "09:00"), NOW, by=by(office)).visit_type is None


def test_what_is_typed_at_a_desk_opens_under_no_link(office):
    desk.hold_for_desk(office.one, cell(TUESDAY, "09:00"), NOW, by=by(office))
    with pytest.raises(Http404):
        retention.give_back(new_token())
    assert Appointment.objects.count() == 1


# Copies and series.


def test_a_copy_has_a_record_of_its_own_under_the_other_agenda_s_key(office):
    vault = both_agendas(office)
    kind = visit_type(office.two, "suite", duration_known=20)
    source = book(office, coming=coming(phone="+33612345678", note="Fauteuil roulant", message="m")).appointment
    made = desk.copy_to(source, Wanted(kind.pk, cell(TUESDAY, "15:00")), new_token(), vault, NOW, by=by(office))
    assert made.appointment.practitioner_id == office.two.pk
    theirs = record_of(made.appointment, vault_of(office, "bruno"))
    assert theirs.identity == record_of(source, vault).identity
    assert theirs.visit == store.Visit(phone="+33612345678", note="Fauteuil roulant")
    assert PatientRecord.objects.count() == 2
    assert ("copied", source.pk) in AccessEvent.objects.values_list("action", "appointment")


def test_a_copy_needs_both_agendas(office):
    """P11"""
    kind = visit_type(office.two, "suite")
    source = book(office).appointment
    wanted = Wanted(kind.pk, cell(TUESDAY, "15:00"))
    with pytest.raises(Http404):
        desk.copy_to(source, wanted, new_token(), vault_of(office), NOW, by=by(office))
    with pytest.raises(Closed):
        desk.copy_to(source, wanted, new_token(), vault_of(office, "bruno"), NOW, by=by(office))
    assert Appointment.objects.count() == 1


def test_to_see_again_carries_everything_over_but_what_was_said_for_that_day(office):
    source = book(office, coming=coming(email="z@example.org", address="3 rue")).appointment
    wanted = Wanted(office.type.pk, cell(TUESDAY + timedelta(weeks=4), "09:00"))
    made = desk.copy_to(source, wanted, new_token(), vault_of(office), NOW, by=by(office))
    assert record_of(made.appointment, vault_of(office)).visit == store.Visit(email="z@example.org")
    assert appointments.contact_of(made.appointment).value == "z@example.org"
    assert bytes(made.appointment.link_hash) != bytes(source.link_hash)


def test_who_was_forgotten_or_does_not_open_is_not_copied(office):
    """P2 P5"""
    source = book(office).appointment
    retention.forget([source])
    wanted = Wanted(office.type.pk, cell(TUESDAY, "10:00"))
    with pytest.raises(Closed):
        desk.copy_to(Appointment.objects.get(), wanted, new_token(), vault_of(office), NOW, by=by(office))


def test_a_visit_that_retention_emptied_is_seen_again_by_name(office):
    source = book(office, coming=coming(phone="+33612345678")).appointment
    store.empty_visit([appointments.reference(source)])
    wanted = Wanted(office.type.pk, cell(TUESDAY, "10:00"))
    made = desk.copy_to(source, wanted, new_token(), vault_of(office), NOW, by=by(office))
    assert record_of(made.appointment, vault_of(office)).visit == store.Visit()


def test_a_series_keeps_the_hour_on_the_wall_when_the_clocks_change(office):
    """T3"""
    source = book(office, "09:30", date(2026, 3, 24)).appointment
    judged = desk.preview(source, office.type, 4, NOW)
    zone = office.practice.zone
    from clicdocteur.grid import instant_of

    assert [f"{instant_of(one.start).astimezone(zone):%d/%m %H:%M}" for one in judged] == [
        "31/03 09:30", "07/04 09:30", "14/04 09:30", "21/04 09:30",
    ]  # fmt: skip


def test_conflicts_are_shown_first_and_those_that_were_chosen_are_booked_in_one_commit(office):
    source = book(office, "09:00").appointment
    Absence.objects.create(practitioner=office.one, first_day=date(2026, 1, 13), last_day=date(2026, 1, 13))
    book(office, "09:15", date(2026, 1, 20))
    judged = desk.preview(source, office.type, 4, NOW)
    assert [one.cautions for one in judged] == [(Caution.ABSENT,), (Caution.TAKEN,), (), ()]
    chosen = [Wanted(office.type.pk, one.start, overbook=one.is_full) for one in judged[1:]]
    before = Appointment.objects.count()
    made = desk.book_series(source, chosen, new_token(), vault_of(office), NOW, by=by(office))
    assert [one.overbooked for one in made] == [True, False, False]
    assert Appointment.objects.count() == PatientRecord.objects.count() == before + 3
    refs = {appointments.reference(one.appointment).record for one in made}
    assert len(refs) == 3
    names = [record_of(one.appointment, vault_of(office)).identity.persons[0].last_name for one in made]
    assert names == ["Kowalczyk-N’Diaye"] * 3
    assert len({bytes(one.appointment.link_hash) for one in made}) == 3
    assert_cells_are_those_of_the_live()


def test_if_one_of_a_series_was_taken_meanwhile_none_is_booked(office):
    """R15: asked again under the lock."""
    source = book(office, "09:00").appointment
    chosen = [Wanted(office.type.pk, one.start) for one in desk.preview(source, office.type, 3, NOW)]
    office.book("09:00", date(2026, 1, 20))
    before = Appointment.objects.count()
    with pytest.raises(Full) as full:
        desk.book_series(source, chosen, new_token(), vault_of(office), NOW, by=by(office))
    assert full.value.starts == (cell(date(2026, 1, 20), "09:00"),)
    assert Appointment.objects.count() == PatientRecord.objects.count() == before


def test_a_series_sent_again_books_nothing_more(office):
    """R8"""
    source = book(office).appointment
    chosen = [Wanted(office.type.pk, one.start) for one in desk.preview(source, office.type, 3, NOW)]
    token = new_token()
    for _ in range(2):
        desk.book_series(source, chosen, token, vault_of(office), NOW, by=by(office))
    assert Appointment.objects.count() == 4


@pytest.mark.parametrize("weeks", [0, 53, -1])
def test_a_series_has_1_to_52_weeks(office, weeks):
    """T15"""
    with pytest.raises(ValueError, match="52"):
        desk.preview(book(office).appointment, office.type, weeks, NOW)


@pytest.mark.parametrize("weeks", [1, 30])
def test_a_series_costs_the_same_whatever_its_length(office, weeks, django_assert_num_queries):
    """A18"""
    source, vault = book(office).appointment, vault_of(office)
    identities.show([source], vault, "test", NOW)
    judged = desk.preview(source, office.type, weeks, NOW)
    chosen = [Wanted(office.type.pk, one.start) for one in judged]
    with django_assert_num_queries(2):
        desk.preview(source, office.type, weeks, NOW)
    with django_assert_num_queries(SERIES), django_assert_num_queries(4, using="patients"):
        desk.book_series(source, chosen, new_token(), vault, NOW, by=by(office))


SERIES = 19


# Messages: as after a booking online.


@pytest.mark.parametrize(
    ("visit", "kinds"),
    [({"email": "z@example.org"}, ["confirmation", "reminder"]), ({"phone": "+33612345678"}, []), ({}, [])],
)
def test_the_patient_is_told_as_after_a_booking_online(office, settings, visit, kinds):
    """P18: without a contact nobody is written to, and no call is asked for: they were on the telephone."""
    settings.EMAIL_HOST = "127.0.0.1"
    book(office, day=TUESDAY + timedelta(days=2), coming=coming(**visit))
    assert sorted(Message.objects.values_list("kind", flat=True)) == kinds
    confirmations = Message.objects.filter(kind="confirmation").values_list("due", flat=True)
    assert set(confirmations) <= {NOW + timedelta(minutes=1)}, "an action of staff can be undone first"


def test_each_visit_of_a_series_has_its_confirmation_due_at_one_instant_and_its_reminders(office, settings):
    """M6: the worker makes one message of them (tests/booking/test_series_letters.py)."""
    settings.EMAIL_HOST = "127.0.0.1"
    source = book(office, coming=coming(email="z@example.org")).appointment
    Message.objects.all().delete()
    chosen = [Wanted(office.type.pk, one.start) for one in desk.preview(source, office.type, 3, NOW)]
    made = desk.book_series(source, chosen, new_token(), vault_of(office), NOW, by=by(office))
    confirmations = Message.objects.filter(kind="confirmation")
    assert set(confirmations.values_list("appointment", flat=True)) == {one.appointment.pk for one in made}
    assert set(confirmations.values_list("due", flat=True)) == {NOW + timedelta(minutes=1)}
    assert set(Message.objects.filter(kind="reminder").values_list("appointment", flat=True)) >= {
        one.appointment.pk for one in made[1:]
    }


# Links.


def test_a_new_link_opens_the_visit_and_the_old_one_dies(office):
    """P8"""
    old = new_token()
    made = book(office, token=old, coming=coming(email="z@example.org")).appointment
    token = desk.renew_link(made.pk, NOW, by=by(office))
    fresh = Appointment.objects.get()
    assert bytes(fresh.link_hash) == link_hash(token)
    assert desk.known_token(fresh) == token, "what the server writes to the patient carries the new one"
    with pytest.raises(Http404):
        appointments.cancel(old, "", NOW)
    assert AccessEvent.objects.filter(action="new-link", appointment=made.pk).exists()
    assert "token" not in str(AccessEvent.objects.values())


def test_a_sealed_contact_knows_no_link_before_and_none_after(office):
    made = book(office, coming=coming(phone="+33612345678")).appointment
    desk.renew_link(made.pk, NOW, by=by(office))
    assert appointments.contact_of(made) is None


def test_a_visit_that_is_over_cancelled_or_forgotten_gets_no_link(office):
    from booking.refusals import TooLate

    made = book(office).appointment
    with pytest.raises(TooLate):
        desk.renew_link(made.pk, made.end, by=by(office))
    appointments.mark(made.pk, "excused", "booked", NOW, staff=office.alice.pk, session_tag=TAG)
    with pytest.raises(TooLate):
        desk.renew_link(made.pk, NOW, by=by(office))
    retention.forget([made])
    with pytest.raises(Http404):
        desk.renew_link(made.pk, NOW, by=by(office))
