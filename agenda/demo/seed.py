"""Make the demo practice: rows of the agenda, records really sealed, keys really wrapped."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import islice
from random import Random
from typing import NamedTuple

from django.db import transaction

from agenda.demo import counted, filling, house, online, people, post_office, telephone, wishes
from agenda.demo.signs import INVITED, PASSWORD, REPLACES_FOR, STAFF
from agenda.people import inviting
from agenda.people.inviting import Terms
from booking import appointments, pairing
from booking.links import link_hash, new_token
from booking.models import Appointment, Message, OccupiedCell
from clicdocteur.fields import random_key
from clicdocteur.grid import cell_of, day_of, instant_of
from patients import store
from patients.models import PatientRecord
from practitioners import keys, periods
from practitioners.models import AgendaKey, KeyHolder, Practice, Practitioner, Staff
from practitioners.queries import plans

BATCH = 250
HERE, WAITED = ("arrived", "in_consultation"), timedelta(minutes=7)


class Sealed(NamedTuple):
    """One visit, ready for both stores."""

    appointment: Appointment
    record: PatientRecord
    messages: list[Message]


def seed(now: datetime, number: int = 7) -> int:
    """Fill two empty stores; the same day gives the same practice. Returns the number of appointments."""
    random = Random(number)
    with transaction.atomic(), transaction.atomic(using="patients"):
        today = day_of(cell_of(now), Practice(time_zone="Europe/Paris").zone)
        receives = house.build(today)
        practitioners = list(Practitioner.objects.select_related("practice").order_by("position"))
        public = _make_keys(practitioners, today)
        first, last = today - timedelta(days=filling.PAST_DAYS), today + timedelta(days=filling.COMING_DAYS)
        schedule = plans(practitioners, practitioners[0].practice, first, last)
        count = 0
        for one in practitioners:
            visits = filling.visits(schedule[one.pk], list(one.visit_types.all()), today, now, random)
            sealed = _sealed(one, visits, receives[one.pk].children, public[one.pk], now, today, random)
            count += _insert(sealed)
        Practitioner.objects.update(published=True)
        pairing.renew()
        count += telephone.calls(now, random)
        online.note(now, random)
        wishes.leave(now, public, Random(number))
        _invite(practitioners, now)
        counted.count(practitioners, today, Random(number))
    return count


def _make_keys(practitioners: list[Practitioner], today: date) -> dict[int, AgendaKey]:
    """Enrol the staff, make each agenda's key and confirmed sheet, and give each their agendas."""
    by_slug = {one.slug: one for one in practitioners}
    holders: list[tuple[KeyHolder, str | None]] = []
    for login, name, role, slug in STAFF:
        replaces = role == Staff.Role.REPLACEMENT
        own = by_slug[slug] if slug and not replaces else None
        ends_on = today + timedelta(days=REPLACES_FOR) if replaces else None
        staff = Staff(login=login, name=name, role=role, practitioner=own, ends_on=ends_on)
        staff.set_unusable_password()
        staff.save(force_insert=True)
        holders.append((keys.enrol(staff, PASSWORD), slug))
    manager = Staff.objects.get(login=STAFF[0][0])
    made = {
        one.pk: keys.new_agenda_key(one, [holder for holder, slug in holders if slug in (None, one.slug)])
        for one in practitioners
    }
    vault = keys.Vault(manager, keys.unlock(manager, PASSWORD) or b"")
    for one in practitioners:
        code = keys.new_recovery_sheet(one, vault.key(one.pk, made[one.pk].version) or b"")
        keys.confirm_sheet(one, code[-4:])
    return made


def _invite(practitioners: list[Practitioner], now: datetime) -> None:
    """Somebody is invited, and has not answered yet. The link and the code are told to nobody."""
    manager, (login, name) = Staff.objects.get(login=STAFF[0][0]), INVITED
    vault = keys.Vault(manager, keys.unlock(manager, PASSWORD) or b"", now.date())
    inviting.invite(vault, Staff(login=login, name=name), Terms(practitioners[:2], None, 72), now)


def _sealed(
    practitioner: Practitioner,
    visits: Iterator[filling.Visit],
    children: bool,
    key: AgendaKey,
    now: datetime,
    today: date,
    random: Random,
) -> Iterator[Sealed]:
    """Give each visit somebody, sealed as a booking would, and as retention would have left it by now."""
    since = now - practitioner.practice.kept(periods.VISIT)
    for visit in visits:
        appointment, token = _appointment(practitioner, visit, key, now), new_token()
        who = people.identity(random, today, child=children)
        reached = people.contact(random, who)
        coming = visit.state == Appointment.State.BOOKED and not appointment.discreet
        contact = store.Contact("email", reached.email, "fr", token) if coming and reached.email else None
        kept = appointment.end > since
        record, appointment.patient_ref = store.prepare(
            who, reached if kept else None, contact, bytes(key.public_key), appointment.pk
        )
        appointment.link_hash = link_hash(token)
        if kept:
            appointment.visit_type = visit.visit_type
            appointment.reach = appointments.reach(reached, discreet=appointment.discreet)
        told = coming and appointment.start > now
        yield Sealed(appointment, record, list(post_office.messages(appointment, now, random)) if told else [])


def _appointment(practitioner: Practitioner, visit: filling.Visit, key: AgendaKey, now: datetime) -> Appointment:
    """Return the row of a visit, as retention leaves it: whose it is, and which type, is not in it."""
    start = instant_of(visit.start)
    return Appointment(
        id=random_key(),
        practitioner=practitioner,
        location_id=visit.location,
        time_zone=practitioner.practice.time_zone,
        start=start,
        end=instant_of(visit.end),
        first_cell=visit.start,
        end_cell=visit.busy_until,
        lane=visit.lane,
        state=visit.state,
        arrived_at=min(now, start) - WAITED if visit.state in HERE else None,
        new_patient=visit.new_patient,
        discreet=visit.visit_type.discreet,
        key_version=key.version,
    )


def _insert(sealed: Iterator[Sealed]) -> int:
    """Insert in large steps; return how many."""
    count = 0
    while batch := list(islice(sealed, BATCH)):
        visits = [one.appointment for one in batch]
        PatientRecord.objects.bulk_create([one.record for one in batch])
        Appointment.objects.bulk_create(visits)
        OccupiedCell.objects.bulk_create(_cells(visits))
        Message.objects.bulk_create(message for one in batch for message in one.messages)
        count += len(batch)
    return count


def _cells(visits: list[Appointment]) -> list[OccupiedCell]:
    return [
        OccupiedCell(practitioner_id=one.practitioner_id, cell=cell, lane=one.lane, appointment=one)
        for one in visits
        if one.is_live
        for cell in range(one.first_cell, one.end_cell)
    ]
