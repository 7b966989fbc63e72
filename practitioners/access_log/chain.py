"""Closed minutes of the access log, chained: each link is an HMAC over the one before and every row that it covers.

The key is derived from the server secret. Who writes in the agenda store alone can change, delete, insert, move or cut off
nothing that is closed without `verify` finding it, the tail with an anchor kept elsewhere. What it cannot find: rows of the
minutes that are still open; and what somebody does who holds the server secret as well, unless an anchor says otherwise.
"""

import hmac
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, transaction
from django.db.models import QuerySet

from clicdocteur import sealing
from practitioners.access_log import MINUTE
from practitioners.models import AccessEvent, AccessSeal

# A request may take this long between its clock and its commit.
STILL_OPEN = 2 * MINUTE
START = bytes(32)
# The anchor of a log without a link.
NONE_YET = "none yet"


class Broken(Exception):
    """The log is not what was closed. The text says what is wrong and from when on, without any id."""


@dataclass(frozen=True, slots=True)
class Verified:
    """A log that holds: its links and rows, how many are not closed yet and since when, and the anchor of its head."""

    links: int
    rows: int
    open: int
    open_since: datetime | None
    anchor: str


def close(now: datetime) -> int:
    """Close the minutes that are over, one link a day at least; return how many rows. Run again, it adds nothing."""
    until, closed = _minute(now) - STILL_OPEN, 0
    with transaction.atomic():
        last = AccessSeal.objects.select_for_update().order_by("-number").first()
        while (first := _after(last).filter(recorded__lte=until).first()) is not None:
            night = datetime.combine(first.recorded.astimezone(UTC).date(), time(23, 59), UTC)
            minute = min(until, night)
            last = _link(_keys()[0], last, minute, _covered(last, minute))
            last.save(force_insert=True)
            closed += last.rows
    return closed


def verify(anchor: str = "") -> Verified:
    """Compute every link again and compare. Raises Broken at the first that differs, or when the anchor is not in the chain.

    Four queries, however many links there are.
    """
    links = list(AccessSeal.objects.order_by("number"))
    last, rows = None, 0
    for link, before, found in _each(links):
        _check(link, before, found)
        last, rows = link, rows + len(found)
    if anchor and anchor not in map(anchor_of, links):
        raise Broken(_not_in_the_chain(anchor, links))
    rest = _after(last)
    first = rest.first()
    return Verified(len(links), rows, rest.count(), first.recorded if first else None, anchor_of(last))


def purge(before: datetime) -> int:
    """Delete the links that end before this, with their rows; return how many rows.

    The last of them stays as a checkpoint, marked under the key: from there verification goes on.
    """
    with transaction.atomic():
        last = AccessSeal.objects.select_for_update().filter(minute__lt=before).order_by("-number").first()
        if last is None or last.checkpoint:
            return 0
        last.checkpoint = _mark(_keys()[0], last)
        last.save(update_fields=["checkpoint"])
        AccessSeal.objects.filter(number__lt=last.number).delete()
        return AccessEvent.objects.filter(recorded__lte=last.minute).delete()[0]


def rekey() -> None:
    """Chain the whole log anew under the current secret, after verifying it: before an older secret is dropped.

    The heads change, and with them the anchor to keep. Raises Broken and changes nothing when it does not verify.
    """
    with transaction.atomic():
        links = list(AccessSeal.objects.select_for_update().order_by("number"))
        verify()
        key = _keys()[0]
        for link, last, found in _each(links):
            if link.checkpoint:
                link.checkpoint = _mark(key, link)
            else:
                link.head = _link(key, last, link.minute, found).head
            link.save(update_fields=["head", "checkpoint"])


def head(using: str = DEFAULT_DB_ALIAS) -> str:
    """Return the anchor of the chain as it ends now, or as it ends in another connection's snapshot of the agenda store."""
    return anchor_of(AccessSeal.objects.using(using).order_by("-number").first())


def anchor_of(link: AccessSeal | None) -> str:
    """Return what to keep elsewhere: how many rows there ever were, and the head of the chain over them."""
    return f"{link.total}:{bytes(link.head).hex()}" if link else NONE_YET


def _check(link: AccessSeal, last: AccessSeal | None, found: list[AccessEvent]) -> None:
    """Compare one link with the rows that it covers. Raises Broken."""
    when = f"{link.minute:%Y-%m-%d %H:%M} UTC"
    if last is None and link.checkpoint:
        if not any(hmac.compare_digest(bytes(link.checkpoint), _mark(key, link)) for key in _keys()):
            raise Broken(f"the checkpoint of {when} was not made here: the beginning was cut off or replaced")
        if found:
            raise Broken(f"{len(found)} rows stand before the checkpoint of {when}: they were inserted")
        return
    if link.checkpoint or link.number != (last.number + 1 if last else 1):
        raise Broken(f"the link before {when} is missing")
    if len(found) != link.rows:
        raise Broken(f"{link.rows} rows were closed at {when}, {len(found)} are there")
    again = (_link(key, last, link.minute, found) for key in _keys())
    if not any(hmac.compare_digest(bytes(link.head), one.head) and link.total == one.total for one in again):
        raise Broken(f"rows or links up to {when} were changed or moved")


def _link(key: bytes, last: AccessSeal | None, minute: datetime, events: Iterable[AccessEvent]) -> AccessSeal:
    """Return the link that follows the last one, over these rows in their order."""
    head, rows = bytes(last.head) if last else START, 0
    for event in events:
        head, rows = sealing.tag(key, head, *_content(event)), rows + 1
    number, total = (last.number + 1, last.total + rows) if last else (1, rows)
    head = sealing.tag(key, head, "link", number, _said(minute), rows, total)
    return AccessSeal(number=number, minute=minute, rows=rows, total=total, head=head)


def _mark(key: bytes, link: AccessSeal) -> bytes:
    return sealing.tag(key, "checkpoint", link.number, _said(link.minute), link.total, bytes(link.head))


def _content(event: AccessEvent) -> tuple[bytes | str | int, ...]:
    """Return all that a row says."""
    when = _said(event.hour), _said(event.recorded)
    return (event.pk, event.staff, event.appointment, event.action, *when, bytes(event.session_tag), int(event.flagged))


def _after(last: AccessSeal | None) -> QuerySet[AccessEvent]:
    """Return the rows after a link, in the order of the chain."""
    rows = AccessEvent.objects.order_by("recorded", "pk")
    return rows.filter(recorded__gt=last.minute) if last else rows


def _each(links: Iterable[AccessSeal]) -> Iterator[tuple[AccessSeal, AccessSeal | None, list[AccessEvent]]]:
    """Go along the chain: each link, the one before, and the rows between the two. One query for all rows."""
    rows, last = _after(None).iterator(), None
    event = next(rows, None)
    for link in links:
        found = []
        while event is not None and event.recorded <= link.minute:
            found.append(event)
            event = next(rows, None)
        yield link, last, found
        last = link


def _covered(last: AccessSeal | None, minute: datetime) -> list[AccessEvent]:
    """Return the rows of a link: after the one before, up to its minute."""
    return list(_after(last).filter(recorded__lte=minute))


def _not_in_the_chain(anchor: str, links: list[AccessSeal]) -> str:
    count = int(anchor.partition(":")[0])
    if links and links[0].checkpoint and count < links[0].total:
        return "this anchor is older than the last purge: nothing of it is left to compare; keep newer ones"
    return "the anchor is not in the chain: its end was cut off, or all of it was made anew"


def _minute(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(second=0, microsecond=0)


def _said(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M}"


def _keys() -> list[bytes]:
    """Return the log keys: of the current server secret, then of those that only open."""
    return [sealing.derive(secret, "log") for secret in settings.SERVER_SECRETS]
