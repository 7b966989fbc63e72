"""Ending what is signed in, from outside."""

from collections.abc import Collection
from datetime import datetime

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session


def forget_expired(now: datetime) -> int:
    """Delete the sessions of which nobody heard for longer than they last, with the half of a key in each; return how many."""
    return Session.objects.filter(expire_date__lte=now).delete()[0]


def end(staff: Collection[int]) -> int:
    """Delete every session of these members, and the half of the key that lies in each; return how many."""
    if not staff:
        return 0
    theirs = {str(pk) for pk in staff}
    found = [one.pk for one in Session.objects.iterator() if one.get_decoded().get(SESSION_KEY) in theirs]
    return Session.objects.filter(pk__in=found).delete()[0]
