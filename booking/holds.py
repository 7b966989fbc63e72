"""A hold keeps a time for the minutes that a form takes. It holds no personal data, and one is not taken from another.

Listing is advice; here the rule is asked a second time under the practitioner's lock, and the unique constraint on the
cells has the last word.
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from functools import reduce
from operator import or_

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.http import Http404

from booking import limits, pairing, proofs, rules
from booking.availability import Ask, Reason, Refusal, Slot, admit
from booking.links import link_hash, new_token
from booking.models import Appointment, OccupiedCell
from booking.queries import ask_for, nearest_times, occupancy
from booking.refusals import NoMoreTime, NotBookable, Refused, Taken, TooMany
from booking.transactions import lock_agenda, verb
from clicdocteur.fields import random_key
from clicdocteur.grid import CELLS_PER_DAY, OutOfRange, cell_of, day_of, instant_of
from practitioners.models import AgendaKey, Practice, VisitType
from practitioners.queries import plans

# Live holds at once. A hospital behind one address may fill a dozen forms at a time; a script gets no further either.
HOLDS_PER_NETWORK = 12
HOLDS_PER_PRACTITIONER = 40


def take(
    visit_type: VisitType,
    start_cell: int,
    now: datetime,
    *,
    new_patient: bool,
    network: str,
    proof: str = "",
    replacing: str | None = None,
    persons: int = 1,
) -> str:
    """Hold a time and return the token of its link; for several of one family it is as long as their visits together.

    *proof* is the answer to `proofs.task`, where one is asked. *replacing* is the token of a hold of the same practitioner that
    moves to this time, and keeps its token, so that a repeated POST changes nothing. Raises Refused, Taken, TooMany,
    Unproven, NotBookable or Busy.
    """
    try:
        return _take(visit_type, start_cell, now, (new_patient, persons), (network, proof), replacing)
    except (IntegrityError, Refused) as lost:
        if isinstance(lost, Refused) and not lost.gone:
            raise
        nearest = nearest_times(visit_type, start_cell, now, new_patient=new_patient, persons=persons)
        raise Taken(nearest) from None


@verb
def _take(
    asked: VisitType,
    start_cell: int,
    now: datetime,
    who: tuple[bool, int],
    came: tuple[str, str],
    replacing: str | None,
) -> str:
    (new_patient, persons), (network, proof) = who, came
    visit_type = _locked_type(asked)
    if not pairing.is_sound() or _key_is_altered(visit_type.practitioner_id):
        raise NotBookable
    moving = _hold_of(replacing, visit_type.practitioner_id) if replacing else None
    if moving is not None and replacing is not None:
        _reach(moving, visit_type, start_cell, now, new_patient=new_patient, persons=persons)
        return replacing
    tag = limits.network_tag(network)
    _check_caps(visit_type.practitioner_id, tag, now)
    proofs.admit(proof, visit_type.practitioner_id, network, now)
    token = new_token()
    hold = Appointment(
        id=random_key(),
        practitioner_id=visit_type.practitioner_id,
        state=Appointment.State.HELD,
        link_hash=link_hash(token),
        network_tag=tag,
    )
    _reach(hold, visit_type, start_cell, now, new_patient=new_patient, persons=persons)
    return token


def _hold_of(token: str, practitioner: int) -> Appointment | None:
    return Appointment.objects.filter(
        link_hash=link_hash(token), state=Appointment.State.HELD, practitioner=practitioner
    ).first()


def _reach(
    hold: Appointment, visit_type: VisitType, start_cell: int, now: datetime, *, new_patient: bool, persons: int
) -> None:
    """Put a hold, new or on the move, on a time that the rule admits. Raises Refused; then nothing has changed."""
    _need_to_be_received(visit_type, new_patient=new_patient, persons=persons)
    ask = ask_for(visit_type, now, new_patient=new_patient, persons=persons)
    slot = admitted(visit_type, start_cell, ask, [hold.pk])
    if not hold._state.adding:
        OccupiedCell.objects.filter(appointment=hold.pk).delete()
    hold.visit_type, hold.new_patient, hold.discreet = visit_type, new_patient, visit_type.discreet
    hold.persons = persons
    hold.held_until = rules.hold_expiry(now)
    place(hold, slot, visit_type.practitioner.practice)
    hold.save(force_insert=hold._state.adding)
    occupy(hold, now)


@verb
def extend(token: str, now: datetime) -> Appointment:
    """Give a hold ten minutes more, twice at most; one that has expired takes its time again if it is still free.

    Raises Http404, NoMoreTime, Refused or Busy.
    """
    hold = locked_hold(token)
    if hold.state != Appointment.State.HELD:
        return hold
    if hold.extensions >= rules.MAX_HOLD_EXTENSIONS or hold.awaits_code:
        raise NoMoreTime
    reclaim(hold, now)
    hold.extensions += 1
    hold.held_until = max(hold.held_until or now, now) + rules.HOLD_EXTENSION
    hold.save(update_fields=["extensions", "held_until"])
    return hold


def locked_hold(token: str) -> Appointment:
    """Return what a hold's token opens, read again under its agenda's lock. Raises Http404."""
    hashed = link_hash(token)
    locked = lock_agenda(appointments__link_hash=hashed)
    named = Appointment.objects.select_related("practitioner__practice", "location", "visit_type")
    hold = named.filter(link_hash=hashed).first()
    if hold is not None and hold.practitioner_id not in locked:
        # Staff gave it to a colleague while we waited: the agenda that it is in now is the one to hold.
        lock_agenda(pk=hold.practitioner_id)
        hold = named.filter(link_hash=hashed, practitioner=hold.practitioner_id).first()
    if hold is None:
        raise Http404
    return hold


def reclaim(hold: Appointment, now: datetime) -> None:
    """Make sure that a hold, perhaps expired, has its cells: as it stands, or by asking the rule again.

    Raises Refused when the time went to somebody else.
    """
    if hold.held_until and rules.hold_is_live(hold.held_until, now):
        return
    if hold.visit_type is None:
        raise Refused(Reason.CLOSED)
    OccupiedCell.objects.filter(appointment=hold).delete()
    start_cell = cell_of(hold.start)
    new_patient, persons = bool(hold.new_patient), hold.persons
    _need_to_be_received(hold.visit_type, new_patient=new_patient, persons=persons)
    ask = ask_for(hold.visit_type, now, new_patient=new_patient, persons=persons)
    slot = admitted(hold.visit_type, start_cell, ask, [hold.pk])
    place(hold, slot, hold.practitioner.practice)
    hold.held_until = rules.hold_expiry(now)
    hold.save(update_fields=["location", "time_zone", "start", "end", "first_cell", "end_cell", "lane", "held_until"])
    occupy(hold, now)


def occupy(appointment: Appointment, now: datetime) -> None:
    """Write the cells of an appointment after clearing expired holds away."""
    occupy_all([appointment], now)


def occupy_all(appointments: Sequence[Appointment], now: datetime) -> None:
    """Write the cells of appointments of one practitioner, in ascending order and in one statement.

    Rivals for the same cells wait for each other in the same order, so none deadlocks; the loser's constraint fails.
    """
    in_the_way = reduce(or_, (_overlaps(one) for one in appointments), Q(pk__in=[]))
    expired = Appointment.objects.filter(
        in_the_way,
        practitioner=appointments[0].practitioner_id,
        state=Appointment.State.HELD,
        held_until__lte=now,
    ).exclude(pk__in=[one.pk for one in appointments])
    # Only their cells go: a late form still needs to know which time it was for. The sweep takes the rows.
    OccupiedCell.objects.filter(appointment__in=expired).delete()
    OccupiedCell.objects.bulk_create(
        OccupiedCell(practitioner_id=one.practitioner_id, cell=cell, lane=one.lane, appointment=one)
        for one in sorted(appointments, key=lambda one: one.first_cell)
        for cell in range(one.first_cell, one.end_cell)
    )


def give_way(appointments: Sequence[Appointment]) -> None:
    """Drop the reserves on which staff put appointments of one practitioner, in the transaction that is under way.

    Whoever was asked about one of these times finds it taken.
    """
    on = reduce(or_, (_overlaps(one) & Q(lane=one.lane) for one in appointments), Q(pk__in=[]))
    reserves = Appointment.objects.filter(on, Appointment.RESERVE, practitioner=appointments[0].practitioner_id)
    reserves.delete()


def give_way_to(practitioner: int, first_cell: int, end_cell: int, lane: int) -> None:
    """Drop the reserves on these cells of a lane."""
    give_way([Appointment(practitioner_id=practitioner, first_cell=first_cell, end_cell=end_cell, lane=lane)])


def _overlaps(appointment: Appointment) -> Q:
    return Q(
        # No visit lasts a day; without this bound the years before would be read through.
        first_cell__gt=appointment.first_cell - CELLS_PER_DAY,
        first_cell__lt=appointment.end_cell,
        end_cell__gt=appointment.first_cell,
    )


def expired(now: datetime, grace: timedelta = timedelta(hours=2)) -> int:
    """Delete the holds that expired a while ago; return how many. Within the grace a late form still finds its time.

    Those whose form is sealed already are left to `retention.forget_unproven`, which deletes the record with them.
    """
    gone = Appointment.objects.filter(
        state=Appointment.State.HELD, patient_ref__isnull=True, held_until__lte=now - grace
    )
    with transaction.atomic():
        ids = list(gone.values_list("pk", flat=True))
        OccupiedCell.objects.filter(appointment__in=ids).delete()
        Appointment.objects.filter(pk__in=ids, state=Appointment.State.HELD, held_until__lte=now - grace).delete()
    return len(ids)


def _locked_type(asked: VisitType) -> VisitType:
    """Lock the agenda first, then read the visit type as it is now (CASES R15)."""
    lock_agenda(pk=asked.practitioner_id)
    found = (
        VisitType.objects.select_related("practitioner__practice")
        .filter(pk=asked.pk, active=True, practitioner__published=True)
        .exclude(visibility=VisitType.Visibility.STAFF)
        .first()
    )
    if found is None:
        raise Refused(Reason.CLOSED)
    return found


def _key_is_altered(practitioner: int) -> bool:
    """Whether somebody put another public key in the agenda's place (P5): nothing is sealed to it."""
    return AgendaKey.objects.filter(practitioner=practitioner, retired=False, altered=True).exists()


def _need_to_be_received(visit_type: VisitType, *, new_patient: bool, persons: int) -> None:
    """Refuse new patients where known ones are received only, and more of one family than may come in a row."""
    if (new_patient and not visit_type.accepts_new) or not 1 <= persons <= visit_type.family_max:
        raise Refused(Reason.CLOSED)


def admitted(visit_type: VisitType, start_cell: int, ask: Ask, leaving_out: Collection[int] = ()) -> Slot:
    """Ask the listing's own rule about one start, under the agenda's lock. Raises Refused."""
    practitioner, practice = visit_type.practitioner, visit_type.practitioner.practice
    day = _day(start_cell, visit_type)
    plan = plans([practitioner], practice, day, day)[practitioner.pk]
    taken = occupancy([practitioner.pk], practice, day, day, ask.now, leaving_out)[practitioner.pk]
    answer = admit(plan, taken.spans, ask, start_cell, taken.taken(visit_type))
    if isinstance(answer, Refusal):
        # "Taken" is what would be free in an empty agenda; all else was never on offer.
        gone = isinstance(admit(plan, (), ask, start_cell, {}), Slot)
        raise Refused(answer.reason, answer.released_at, gone=gone)
    return answer


def _day(start_cell: int, visit_type: VisitType) -> date:
    try:
        return day_of(start_cell, visit_type.practitioner.practice.zone)
    except OutOfRange:
        raise Refused(Reason.BEYOND_HORIZON) from None


def place(visit: Appointment, slot: Slot, practice: Practice) -> None:
    """Copy a slot onto an appointment, unsaved: the server derives the end, the place, the lane and the zone that it was chosen in."""
    visit.location_id = slot.location
    visit.time_zone = practice.time_zone
    visit.start, visit.end = instant_of(slot.start), instant_of(slot.end)
    visit.first_cell, visit.end_cell, visit.lane = slot.start, slot.busy_until, slot.lane


def _check_caps(practitioner: int, tag: bytes, now: datetime) -> None:
    live = list(
        Appointment.objects.filter(
            state=Appointment.State.HELD, held_until__gt=now, network_tag__isnull=False
        ).values_list("practitioner_id", "network_tag")
    )
    same_network = sum(bytes(held_by or b"") == tag for _, held_by in live)
    same_agenda = sum(agenda == practitioner for agenda, _ in live)
    if same_network >= HOLDS_PER_NETWORK or same_agenda >= HOLDS_PER_PRACTITIONER:
        raise TooMany
