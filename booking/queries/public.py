"""The patients' pages: at most four queries each, whatever the size of the practice."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from django.db.models import Exists, Model, OuterRef, QuerySet
from django.http import Http404

from booking.availability import Ask, DaySlots, Reason, Refusal, Slot, first_free, list_slots, nearest
from booking.models import Appointment
from booking.queries.occupancy import Occupancy, ask_again, ask_for, occupancy
from booking.queries.replacements import KNOWN, is_replaced, replacements
from clicdocteur.grid import LAST_DAY, cell_of, day_of, instant_of
from practitioners.models import Location, Practice, Practitioner, Replacement, VisitType
from practitioners.openings import Plan, Window, windows
from practitioners.queries import plans

FRONT_PAGE_DAYS = 7
NEAREST = 6
WEEK = timedelta(days=7)
# A page tells of a replacement so long before it begins.
REPLACEMENT_TOLD = timedelta(days=30)
_DAY = timedelta(days=1)
# The annotation of a visit type that was read with `has_colleagues`.
COLLEAGUES = "has_colleagues"


@dataclass(frozen=True, slots=True)
class Card:
    """A practitioner on the practice's page; `next_start` is None when nothing is free within the week shown."""

    practitioner: Practitioner
    next_start: datetime | None
    bookable: bool


@dataclass(frozen=True, slots=True)
class FrontPage:
    """The practice and who receives there."""

    practice: Practice
    cards: list[Card]


@dataclass(frozen=True, slots=True)
class PractitionerPage:
    """One practitioner: what can be booked, where, and when next."""

    practice: Practice
    practitioner: Practitioner
    locations: list[Location]
    types: list[VisitType]
    next_start: datetime | None
    next_type: VisitType | None
    walk_ins: list[Window]
    replacements: list[Replacement]


@dataclass(frozen=True, slots=True)
class TimesPage:
    """A week of times of one visit type, or why there are none and when there are."""

    practice: Practice
    practitioner: Practitioner
    visit_type: VisitType
    new_patient: bool
    persons: int
    first_day: date
    last_day: date
    days: list[DaySlots]
    earlier: date | None
    later: date | None
    locations: dict[int, Location] = field(default_factory=dict)
    first_free: Slot | None = None
    refusal: Refusal | None = None
    replacements: list[Replacement] = field(default_factory=list)

    @property
    def offers_colleagues(self) -> bool:
        """Whether a week without a time leads to whoever else receives here."""
        return self.practice.offers_colleagues and getattr(self.visit_type, COLLEAGUES, False)

    @property
    def empty(self) -> bool:
        """Whether the week has no time at all."""
        return not any(day.slots for day in self.days)


def has_colleagues() -> Exists:
    """Return an annotation for `COLLEAGUES`: whether anybody else of the practice has a page."""
    published = Practitioner.objects.filter(published=True, practice=OuterRef("practitioner__practice"))
    return Exists(published.exclude(pk=OuterRef("practitioner")))


def the_practice() -> Practice | None:
    """Return the practice of this instance, or None before set-up."""
    return Practice.objects.first()


def front_page(now: datetime) -> FrontPage:
    """Return the practice's page. Raises Http404 before set-up."""
    practitioners = list(Practitioner.objects.filter(published=True).select_related("practice"))
    practice = practitioners[0].practice if practitioners else the_practice()
    if practice is None:
        raise Http404
    types = list(_public_types().filter(practitioner__in=practitioners))
    today = _today(practice, now)
    last = today + timedelta(days=FRONT_PAGE_DAYS - 1)
    found = plans(practitioners, practice, today, last)
    taken = occupancy(list(found), practice, today, last, now)
    cards = []
    for practitioner in practitioners:
        own = [one for one in types if one.practitioner_id == practitioner.pk]
        first = _first_of(own, found[practitioner.pk], taken[practitioner.pk], now, FRONT_PAGE_DAYS - 1)
        cards.append(Card(practitioner, instant_of(first[0].start) if first else None, bool(own)))
    return FrontPage(practice, cards)


def practitioner_page(slug: str, now: datetime) -> PractitionerPage:
    """Return a published practitioner's page. Raises Http404."""
    types = list(_public_types().filter(practitioner__slug=slug).select_related("practitioner__practice"))
    practitioner = types[0].practitioner if types else _published(slug)
    return _page(practitioner, types, now, types[0] if types else practitioner)


def public_types(practitioner: Practitioner) -> list[VisitType]:
    """Return what anybody may book with a practitioner whose page is published, in their order."""
    return list(_public_types().filter(practitioner=practitioner))


def page_of(practitioner: Practitioner, now: datetime) -> PractitionerPage:
    """Return a practitioner's page as it would be if it were published: staff look at it before patients do."""
    offered = VisitType.objects.filter(active=True, visibility=VisitType.Visibility.PUBLIC)
    types = list(offered.filter(practitioner=practitioner.pk))
    for one in types:
        one.practitioner = practitioner
    return _page(practitioner, types, now, practitioner)


def _page(practitioner: Practitioner, types: list[VisitType], now: datetime, known: Model) -> PractitionerPage:
    practice = practitioner.practice
    today = _today(practice, now)
    last = today + timedelta(days=max([FRONT_PAGE_DAYS, *(one.horizon for one in types)]))
    plan = plans([practitioner], practice, today, last)[practitioner.pk]
    first = None
    if types:
        taken = occupancy([practitioner.pk], practice, today, last, now)[practitioner.pk]
        first = _first_of(types, plan, taken, now)
    here = {opening.location for opening in plan.openings}
    return PractitionerPage(
        practice=practice,
        practitioner=practitioner,
        locations=list(Location.objects.filter(pk__in=here)),
        types=types,
        next_start=instant_of(first[0].start) if first else None,
        next_type=first[1] if first else None,
        walk_ins=[w for w in windows(plan, today, today + WEEK - _DAY) if w.rule.without_appointment],
        replacements=replacements(known, practitioner.pk, today, today + REPLACEMENT_TOLD),
    )


def times_page(
    visit_type: VisitType,
    from_day: date | None,
    now: datetime,
    *,
    new_patient: bool,
    persons: int = 1,
    moving: Appointment | None = None,
) -> TimesPage:
    """Return a week of times from a day on, at the earliest today. With a week's times, or else what comes next.

    *moving* is a visit that its patient moves: it keeps its length, is in nobody's way, and its own time is no offer (A16).
    """
    practitioner, practice = visit_type.practitioner, visit_type.practitioner.practice
    today = _today(practice, now)
    horizon = min(today + timedelta(days=visit_type.horizon), LAST_DAY)
    first = min(max(from_day or today, today), horizon)
    last = min(first + WEEK - _DAY, LAST_DAY)
    plan = plans([practitioner], practice, today, max(last, horizon))[practitioner.pk]
    own = [moving.pk] if moving else []
    taken = occupancy([practitioner.pk], practice, first, last, now, own)[practitioner.pk]
    ask = _ask(visit_type, now, moving, new_patient=new_patient, persons=persons)
    page = TimesPage(
        practice=practice,
        practitioner=practitioner,
        visit_type=visit_type,
        new_patient=new_patient,
        persons=persons,
        first_day=first,
        last_day=last,
        days=_without(list_slots(plan, taken.spans, ask, first, last, taken.taken(visit_type)), moving),
        earlier=max(first - WEEK, today) if first > today else None,
        later=first + WEEK if first + WEEK <= horizon else None,
        replacements=replacements(moving or visit_type, practitioner.pk, first, last),
    )
    if page.empty:
        taken = occupancy([practitioner.pk], practice, today, horizon, now, own)[practitioner.pk]
        return _with_next(page, _next_free(plan, taken, visit_type, ask, moving))
    here = {slot.location for day in page.days for slot in day.slots}
    return replace(page, locations=Location.objects.in_bulk(here))


def _with_next(page: TimesPage, answer: Slot | Refusal) -> TimesPage:
    """Return an empty week with what comes after it: why it is empty and the first free time, or why there is none at all."""
    if isinstance(answer, Slot):
        return replace(page, first_free=answer, refusal=Refusal(_reason_of(page.days)))
    return replace(page, refusal=answer)


def _next_free(
    plan: Plan, taken: Occupancy, visit_type: VisitType, ask: Ask, moving: Appointment | None
) -> Slot | Refusal:
    """Return the first free time of all, or why there is none; a visit that moves does not come first in its own place."""
    answer = first_free(plan, taken.spans, ask, taken.taken(visit_type))
    if moving is None or not isinstance(answer, Slot) or answer.start != moving.first_cell:
        return answer
    others = nearest(plan, taken.spans, ask, answer.start, 2, taken.taken(visit_type))
    return next((one for one in others if one.start != moving.first_cell), Refusal(Reason.FULL))


def nearest_times(
    visit_type: VisitType,
    start_cell: int,
    now: datetime,
    *,
    new_patient: bool,
    persons: int = 1,
    moving: Appointment | None = None,
) -> list[Slot]:
    """Return the six free times nearest to one that has just been taken; for a visit that moves, not its own."""
    practitioner, practice = visit_type.practitioner, visit_type.practitioner.practice
    today = _today(practice, now)
    horizon = min(today + timedelta(days=visit_type.horizon), LAST_DAY)
    plan = plans([practitioner], practice, today, horizon)[practitioner.pk]
    own = [moving.pk] if moving else []
    taken = occupancy([practitioner.pk], practice, today, horizon, now, own)[practitioner.pk]
    ask = _ask(visit_type, now, moving, new_patient=new_patient, persons=persons)
    found = nearest(plan, taken.spans, ask, start_cell, NEAREST + bool(moving), taken.taken(visit_type))
    return [one for one in found if moving is None or one.start != moving.first_cell]


def _ask(visit_type: VisitType, now: datetime, moving: Appointment | None, *, new_patient: bool, persons: int) -> Ask:
    if moving is not None:
        return ask_again(moving, visit_type, now)
    return ask_for(visit_type, now, new_patient=new_patient, persons=persons)


def _without(days: list[DaySlots], moving: Appointment | None) -> list[DaySlots]:
    """Return the days without the time that a visit has already; a day that had no other is full."""
    if moving is None:
        return days
    left = [one._replace(slots=tuple(slot for slot in one.slots if slot.start != moving.first_cell)) for one in days]
    return [
        one._replace(reason=Reason.FULL) if before.slots and not one.slots else one
        for before, one in zip(days, left, strict=True)
    ]


def _today(practice: Practice, now: datetime) -> date:
    return day_of(cell_of(now), practice.zone)


def _public_types() -> QuerySet[VisitType]:
    offered = VisitType.objects.filter(
        active=True, visibility=VisitType.Visibility.PUBLIC, practitioner__published=True
    )
    return offered.annotate(**{KNOWN: is_replaced()})


def _published(slug: str) -> Practitioner:
    named = Practitioner.objects.select_related("practice").filter(slug=slug, published=True)
    found = named.annotate(**{KNOWN: is_replaced("pk")}).first()
    if found is None:
        raise Http404
    return found


def _first_of(
    types: list[VisitType], plan: Plan, taken: Occupancy, now: datetime, horizon: int | None = None
) -> tuple[Slot, VisitType] | None:
    """Return the earliest free time among several visit types, as their pages offer it first."""
    best: tuple[Slot, VisitType] | None = None
    for visit_type in types:
        ask = ask_for(visit_type, now, new_patient=visit_type.accepts_new)
        if horizon is not None:
            ask = replace(ask, horizon_days=min(horizon, visit_type.horizon))
        answer = first_free(plan, taken.spans, ask, taken.taken(visit_type))
        if isinstance(answer, Slot) and (best is None or answer.start < best[0].start):
            best = answer, visit_type
    return best


def _reason_of(days: list[DaySlots]) -> Reason:
    """Return the reason of the day that came nearest to having a time."""
    return max((day.reason for day in days if day.reason), key=lambda reason: reason.nearness, default=Reason.CLOSED)
