"""A visit moved by staff: to another time, another day, another practitioner of the same person."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError
from django.http import Http404

from booking import outbox, reserving, schedule
from booking.appointments import forget_left, hush
from booking.desk.rule import judge_span, look
from booking.desk.terms import Caution, Judgement
from booking.holds import give_way_to
from booking.models import Appointment, Message
from booking.moving.standing import Seen, Spot, Standing, hand_over, put, spot_from
from booking.refusals import NotAllowed, Warned
from booking.transactions import lock_agendas, verb
from clicdocteur.grid import Span, day_of
from patients import store
from practitioners import access_log
from practitioners.keys import Vault
from practitioners.models import Practitioner, VisitType

# Whoever is in consultation, was seen or did not come has had their visit: there is nothing left to move.
MOVABLE = (Appointment.State.BOOKED, Appointment.State.ARRIVED)


@dataclass(frozen=True, slots=True)
class Target:
    """Where a visit is to go: whose agenda, and the cell in which it begins; with another practitioner, which type."""

    practitioner: int
    first: int
    visit_type: int | None = None


@dataclass(frozen=True, slots=True)
class Moved:
    """A move that was made: the appointment as it is, and where it stood."""

    appointment: Appointment
    before: Standing


def move_for_staff(
    pk: int, to: Target, seen: Seen, now: datetime, *, vault: Vault, accepted: Collection[str] = (), tell: bool = False
) -> Moved:
    """Move a visit for staff and note who did: row, record and link stay its own; the old time is kept if the new one fails.

    *seen* is what the screen showed. What the new time meets is a warning: it is raised as `Warned` unless it was
    *accepted*, and so nothing is overbooked by accident. Its own cells are not in its way (R7). With another
    practitioner the record is sealed anew, for which this session needs both keys. With *tell* the patient hears of it a
    minute later; reminders are planned anew in any case.
    Raises NotAllowed when the appointment changed meanwhile or is not to be moved; Warned; Closed; NotBookable;
    Http404; Busy.
    """
    try:
        moved, left = _move(pk, to, seen, now, vault, frozenset(accepted), tell)
    except IntegrityError:
        raise Warned((Caution.TAKEN,)) from None
    forget_left(left)
    if moved.appointment.discreet and not moved.before.discreet:
        hush(moved.appointment)
    return moved


def look_ahead(appointment: Appointment, to: Target, now: datetime, *, session_tag: bytes) -> tuple[Caution, ...]:
    """Return what a move would meet just now, and change nothing. Raises NotAllowed when its type is unknown by now."""
    practitioner = Practitioner.objects.select_related("practice").get(pk=to.practitioner)
    kind = _their_type(to) if practitioner.pk != appointment.practitioner_id else appointment.visit_type
    return judged(appointment, practitioner, kind, spot_from(appointment, to.first), now, session_tag).cautions


def judged(
    appointment: Appointment,
    practitioner: Practitioner,
    kind: VisitType | None,
    spot: Spot,
    now: datetime,
    session_tag: bytes,
) -> Judgement:
    """Return what an appointment would be elsewhere; neither it nor what this desk holds stands in its way (R7).

    Whose type was forgotten a week after the visit has nothing left to move: raises NotAllowed.
    """
    if kind is None:
        raise NotAllowed
    seen = look(practitioner, spot.first, spot.first, now, session_tag=session_tag, leaving_out=appointment.pk)
    visit = Span(spot.first, spot.end)
    return judge_span(seen, kind, visit, spot.busy_until, new_patient=bool(appointment.new_patient))


@verb
def _move(
    pk: int, to: Target, seen: Seen, now: datetime, vault: Vault, accepted: frozenset[str], tell: bool
) -> tuple[Moved, store.Reference | None]:
    appointment, practitioner = locked(pk, to.practitioner)
    if Seen(appointment.state, appointment.sequence) != seen or appointment.state not in MOVABLE:
        raise NotAllowed
    before, place_left = Standing.of(appointment), reserving.Left.by(appointment)
    spot = spot_from(appointment, to.first)
    other = practitioner.pk != appointment.practitioner_id
    kind = _their_type(to) if other else appointment.visit_type
    if not other and spot == before.spot:
        return Moved(appointment, before), None
    there = judged(appointment, practitioner, kind, spot, now, vault.session_tag)
    if not accepted.issuperset(there.cautions):
        raise Warned(there.cautions)
    left = hand_over(appointment, practitioner, vault) if other else None
    _change(appointment, kind, spot.first, practitioner)
    # Outside all openings it stays where it was to take place.
    outside = not other and {Caution.CLOSED, Caution.HOLIDAY}.intersection(there.cautions)
    place = appointment.location_id if outside else there.location
    lane = there.spare if there.lane is None else there.lane
    give_way_to(practitioner.pk, spot.first, spot.busy_until, lane)
    put(appointment, spot, lane, place, now)
    reserving.keep(place_left, now, appointment)
    if tell:
        outbox.tell(appointment, Message.Kind.CHANGE, now, after=schedule.AFTER_ACTION)
    else:
        outbox.remind(appointment, now)
    done = "overbooked" if there.is_full else "moved"
    access_log.record(vault.staff.pk, [pk], done, vault.session_tag, now)
    return Moved(appointment, before), left


def locked(pk: int, *practitioners: int) -> tuple[Appointment, Practitioner]:
    """Lock an appointment's agenda and others, and read it again; return it and the first of the others.

    Raises Http404; NotAllowed when it went to yet another agenda before the lock came.
    """
    where = Appointment.objects.filter(pk=pk).values_list("practitioner_id", flat=True).first()
    if where is None:
        raise Http404
    lock_agendas({where, *practitioners})
    rows = Appointment.objects.select_related("practitioner__practice", "visit_type", "location")
    appointment = rows.filter(pk=pk).first()
    found = {one.pk: one for one in Practitioner.objects.select_related("practice").filter(pk__in=practitioners)}
    if appointment is None or set(practitioners) - set(found):
        raise Http404
    if appointment.practitioner_id not in {where, *practitioners}:
        raise NotAllowed
    return appointment, found[practitioners[0]]


def _their_type(to: Target) -> VisitType:
    """Return the visit type under which another practitioner receives: their own, never the first one's."""
    kind = VisitType.objects.filter(pk=to.visit_type or 0, practitioner=to.practitioner).first()
    if kind is None:
        raise NotAllowed
    return kind


def _change(appointment: Appointment, kind: VisitType | None, first: int, practitioner: Practitioner) -> None:
    """Set what goes with another time or practitioner: whoever was here and goes to another day is expected again."""
    zone = practitioner.practice.zone
    if day_of(first, zone) != day_of(appointment.first_cell, zone):
        appointment.state, appointment.arrived_at = Appointment.State.BOOKED, None
    appointment.visit_type = kind
    appointment.discreet = appointment.discreet or bool(kind and kind.discreet)
