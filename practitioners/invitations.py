"""Invitations that nobody used."""

from datetime import datetime, timedelta
from typing import Final

from django.db.models import QuerySet

from practitioners.models import Invitation, Staff

# A manager sees for so long that an invitation was not used, and may make another.
KEPT: Final = timedelta(days=30)


def forget_old(now: datetime) -> int:
    """Delete what expired 30 days ago, with the accounts that were made for it and never had a key; return how many."""
    old = Invitation.objects.filter(expires__lte=now - KEPT)
    asked = list(old.values_list("staff", flat=True))
    gone = len(asked)
    old.delete()
    never_joined(asked).delete()
    return gone


def never_joined(staff: list[int]) -> QuerySet[Staff]:
    """Who of these was invited and has neither a key nor an invitation any more: nobody yet."""
    return Staff.objects.filter(pk__in=staff, is_active=False, key_holder=None, invitation=None)
