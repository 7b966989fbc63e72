"""Changes of who works here happen one after the other, and with no renewal of a key in between."""

from django.http import Http404

from practitioners.models import Practitioner, Staff


class Refused(Exception):
    """Why a change is not made. The text is a sentence for the page; nothing was changed."""


def take(*wanted: int) -> dict[int, Staff]:
    """Lock every agenda, every manager and the members named, for the rest of the transaction; return these, as they are now.

    Always in the same order. Bookings and renewals lock one agenda: they wait for the few milliseconds that this takes. Raises
    Http404 when one of the members is gone.
    """
    list(Practitioner.objects.select_for_update(no_key=True, of=("self",)).order_by("pk").values_list("pk"))
    rows = Staff.objects.select_for_update(no_key=True, of=("self",)).order_by("pk")
    found = {one.pk: one for one in rows.filter(role=Staff.Role.MANAGER)}
    found |= {one.pk: one for one in rows.filter(pk__in=set(wanted) - set(found))}
    if not set(wanted) <= set(found):
        raise Http404
    return {pk: found[pk] for pk in wanted}


def take_as_manager(manager: int, *wanted: int) -> tuple[Staff, dict[int, Staff]]:
    """The same for a manager, who must still be one by now. Raises Http404."""
    found = take(manager, *wanted)
    acting = found[manager]
    if not (acting.is_active and acting.is_manager):
        raise Http404
    return acting, found
