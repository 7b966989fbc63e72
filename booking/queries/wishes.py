"""The waiting list: who is next for a time, and who waits."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import Count, Max, QuerySet

from booking import waiting_rules as rules
from booking.models import Appointment, Offer, Wish
from practitioners.models import VisitType


def next_for(practitioner: int, start: datetime, now: datetime) -> list[Wish]:
    """Return the wishes that a time suits and whose turn may come, the oldest first. Whether the plan admits them is not asked.

    Nobody is asked again within a day, or more than three times in all; nor about a start that was offered often enough,
    or to them before. Two queries, or one when nobody waits.
    """
    waiting = list(_of_list(practitioner).order_by("since", "pk"))
    if not waiting:
        return []
    asked = list(Offer.objects.filter(start=start, wish__practitioner=practitioner).values_list("wish", flat=True))
    if len(asked) >= rules.PER_START:
        return []
    return [one for one in waiting if one.pk not in asked and _suits(one, start, now)]


def waiting_list(practitioners: Collection[int]) -> list[Wish]:
    """Return who waits for these practitioners, the oldest first. One query."""
    wishes = Wish.objects.filter(practitioner__in=practitioners).select_related("visit_type", "appointment__visit_type")
    return list(wishes.order_by("practitioner", "since", "pk"))


def _of_list(practitioner: int) -> QuerySet[Wish]:
    """Return the wishes of one list that is switched on, each with how often it was asked, and when it was last.

    Of a type that has become discreet since, nothing is sent any more.
    """
    wishes = Wish.objects.filter(
        practitioner=practitioner,
        practitioner__waiting_list=True,
        practitioner__published=True,
        visit_type__active=True,
        visit_type__discreet=False,
    ).exclude(visit_type__visibility=VisitType.Visibility.STAFF)
    related = wishes.select_related("practitioner__practice", "visit_type", "appointment__visit_type")
    return related.annotate(times_asked=Count("offers"), last_asked=Max("offers__made"))


def _suits(wish: Wish, start: datetime, now: datetime) -> bool:
    visit, local = wish.appointment, start.astimezone(wish.practitioner.practice.zone)
    if wish.until < local.date() or not rules.suits(wish.weekdays, wish.parts, local):
        return False
    last: datetime | None = wish.last_asked  # type: ignore[attr-defined]
    if wish.times_asked >= rules.PER_WISH or (last is not None and now - last < rules.BETWEEN):  # type: ignore[attr-defined]
        return False
    if visit is None:
        return True
    stands = visit.state == Appointment.State.BOOKED and visit.practitioner_id == wish.practitioner_id
    return stands and visit.start > start
