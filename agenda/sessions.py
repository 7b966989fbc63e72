"""The open sessions of one member: seen by them and ended by them. A browser's family and an hour, never an address."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.models import Session
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from agenda.vault import BROWSER, SINCE, TAG, StaffRequest
from booking import words
from practitioners.models import Staff


@dataclass(frozen=True, slots=True)
class OpenSession:
    """One open session. `handle` names it to its owner; it is random and opens nothing."""

    handle: str
    browser: str
    since: datetime
    moment: str
    is_this_one: bool


def listed(request: StaffRequest) -> list[OpenSession]:
    """Return the reader's open sessions, this one first, then the latest."""
    expected = request.user.get_session_auth_hash()
    found = [
        OpenSession(
            row[TAG],
            row.get(BROWSER, ""),
            since := datetime.fromtimestamp(row.get(SINCE, 0), UTC),
            words.moment(since, request.practice.zone, year=True),
            session.pk == request.session.session_key,
        )
        for session, row in _of(request.user)
        if TAG in row and constant_time_compare(row.get(HASH_SESSION_KEY, ""), expected)
    ]
    return sorted(found, key=lambda one: (not one.is_this_one, -one.since.timestamp()))


def end(request: StaffRequest, handle: str | None = None) -> int:
    """End the reader's session of this handle, or all but this one; the half of the key goes with each. Returns how many."""
    ended = [
        session.pk
        for session, row in _of(request.user)
        if session.pk != request.session.session_key and handle in (None, row.get(TAG))
    ]
    return Session.objects.filter(pk__in=ended).delete()[0]


def _of(staff: Staff) -> Iterator[tuple[Session, dict[str, Any]]]:
    """Yield the sessions of this member. A handful of people work here, so all are read."""
    for session in Session.objects.filter(expire_date__gt=timezone.now()).iterator():
        row = session.get_decoded()
        if row.get(SESSION_KEY) == str(staff.pk):
            yield session, row
