"""Who comes: opened and logged in one function, so that no page can do one without the other."""

import logging
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

from django.db.models import Q, QuerySet

from booking.likeness import Sought
from booking.models import Appointment, Wish
from booking.queries import the_practice
from clicdocteur.grid import instant_of
from clicdocteur.prepared import Prepared
from patients import store
from practitioners import access_log
from practitioners.keys import Vault

logger = logging.getLogger(__name__)
# What a record under a key that the session does not hold looks like.
_ANOTHER_KEY = ("sealed-authentication", "filed-authentication")
# Visits of the seven days before and after today (days of UTC) are the day's work: they do not count towards the limit.
NEAR_DAYS = 7


class PastLimit(Exception):
    """So many identities of other weeks were displayed in this hour that the password is asked again; nothing was opened."""


@dataclass(frozen=True, slots=True)
class Shown:
    """An identity as a page shows it: the record, or why it cannot be opened (a code: `no-key`, `missing`, …)."""

    record: store.Record | None
    why: str = ""

    @property
    def names(self) -> str:
        """The persons' names as they were typed, or nothing."""
        return ", ".join(person.full_name for person in self.record.identity.persons) if self.record else ""


def show(
    appointments: Iterable[Appointment | Wish], vault: Vault, action: str, now: datetime, *, names_only: bool = False
) -> dict[int, Shown]:
    """Open the identities of appointments with an unlocked session's keys, and note each one that is displayed.

    With *names_only* contacts and messages stay closed: a page that does not show them does not open them.

    Returns by appointment id; appointments without a record (held, erased, purged) are left out. Nothing falls back: what
    does not open is said to be closed, and why. Four queries and one insert, whatever the number; two queries more when
    visits of other weeks are among them. Raises PastLimit before anything is opened.
    """
    appointments = list(appointments)
    far = _far((one for one in appointments if one.patient_ref is not None), now)
    past = bool(far) and _is_past_limit(far, vault, now)
    shown = _opened(appointments, vault, names_only=names_only)
    _note([pk for pk, one in shown.items() if one.record], far if past else set(), vault, action, now)
    return shown


def take_out(appointments: Collection[Appointment], vault: Vault, now: datetime) -> dict[int, Shown]:
    """Open identities for a file that leaves the practice, and note each as an export.

    Whoever calls this has just asked for the password, which is what the hourly limit asks: past it, all is flagged.
    """
    try:
        return show(appointments, vault, "export", now)
    except PastLimit:
        access_log.lift_limit(vault.staff.pk, vault.session_tag, now)
        return show(appointments, vault, "export", now)


def find(
    appointments: Iterable[Appointment],
    vault: Vault,
    choose: Callable[[Mapping[int, store.Record]], Collection[int]],
    action: str,
    now: datetime,
) -> dict[int, store.Record]:
    """Look through the identities of appointments, and return those that *choose* picks, by appointment id.

    It is given all that open and returns the ids that a page will display: these are noted and count towards the hourly
    limit, the others were looked through and never left this function. Raises PastLimit instead of returning.
    """
    by_id = {one.pk: one for one in appointments}
    records = {pk: one.record for pk, one in _opened(by_id.values(), vault, quietly=True).items() if one.record}
    chosen = {pk: records[pk] for pk in choose(records)}
    far = _far((by_id[pk] for pk in chosen), now)
    past = bool(far) and _is_past_limit(far, vault, now)
    _note(list(chosen), far if past else set(), vault, action, now)
    return chosen


def compare(
    appointments: Iterable[Appointment],
    vault: Vault,
    same: Callable[[int, store.Identity], bool],
    now: datetime,
) -> dict[int, store.Identity]:
    """Hold identities against those that the reader brings along in a file; return those that are the same, and note them.

    They show nobody a name: the reader had it. So they do not count towards the hourly limit; the log has a line of each.
    """
    opened = _opened(appointments, vault, names_only=True, quietly=True)
    identities = {pk: one.record.identity for pk, one in opened.items() if one.record}
    found = {pk: identity for pk, identity in identities.items() if same(pk, identity)}
    access_log.record(vault.staff.pk, found, access_log.COMPARED, vault.session_tag, now)
    return found


class Pointer(NamedTuple):
    """What a search reads of an appointment; `visit_type` is None once retention has emptied the visit."""

    pk: int
    practitioner_id: int
    key_version: int | None
    patient_ref: bytes
    first_cell: int
    visit_type: int | None

    @property
    def start(self) -> datetime:
        """When it begins. From its cell: twenty thousand times of a database take longer to read than the names."""
        return instant_of(self.first_cell)


# What a Pointer is made of, as the database gives it: of thousands that are looked through, a few are made.
Row = tuple[int, int, int | None, bytes, int, int | None]


def search(
    rows: Sequence[Row],
    vault: Vault,
    sought: Sought,
    choose: Callable[[Mapping[int, store.Identity], Mapping[int, Pointer]], Collection[int]],
    now: datetime,
    *,
    whole: bool,
) -> dict[int, store.Record]:
    """Look through thousands of identities for whoever may be sought, and return those that *choose* picks, by appointment id.

    As `find`, made for many: what is filed is scanned, and only what may be meant is read. *whole* says that these are the
    appointments of all agendas: then the patients store is read from its first record to its last. Two queries in it for a
    name, three for a number, and one more for each five hundred rows. Raises PastLimit instead of returning.
    """
    names = _who_may_be(rows, vault, sought, whole=whole)
    pointers = _pointers(rows, names)
    chosen = list(choose(names, pointers))
    far = _far((pointers[pk] for pk in chosen), now)
    past = bool(far) and _is_past_limit(far, vault, now)
    opened = _slowly((pointers[pk] for pk in chosen), vault, store.open_many)
    records = {pk: opened[pk] for pk in chosen if pk in opened}
    _note(list(records), far if past else set(), vault, "search", now)
    return records


def _who_may_be(rows: Sequence[Row], vault: Vault, sought: Sought, *, whole: bool) -> dict[int, store.Identity]:
    if sought.digits:
        # Only a visit that is still kept has a number.
        kept = [row for row in rows if row[-1] is not None]
        visits, left = store.sift_visits(_wanted(kept, vault), sought.may_reach)
        opened = _slowly(_rows_of(kept, left), vault, store.open_many)
        visits |= {pk: one.visit for pk, one in opened.items() if one.visit is not None}
        rows = _rows_of(kept, {pk for pk, visit in visits.items() if sought.reaches(visit)})
    names, left = store.sift_names(_wanted(rows, vault), sought.may_be_in, whole=whole and not sought.digits)
    opened = _slowly(_rows_of(rows, left), vault, store.open_names)
    return names | {pk: one.identity for pk, one in opened.items()}


def _rows_of(rows: Iterable[Row], pks: Collection[int]) -> list[Row]:
    return [row for row in rows if row[0] in pks] if pks else []


def _pointers(rows: Iterable[Row], pks: Collection[int]) -> dict[int, Pointer]:
    return {row[0]: Pointer._make(row) for row in _rows_of(rows, pks)}


def _wanted(rows: Iterable[Row], vault: Vault) -> dict[tuple[bytes, ...], list[store.Named]]:
    """Return what a scan asks for, by the private halves that may open it; agendas without a key are left out."""
    agendas: dict[tuple[int, int | None], list[store.Named]] = defaultdict(list)
    for pk, practitioner, version, ref, _cell, _visit_type in rows:
        agendas[practitioner, version].append((pk, ref))
    wanted: dict[tuple[bytes, ...], list[store.Named]] = defaultdict(list)
    for (practitioner, version), named in agendas.items():
        if version is not None and (keys := vault.keys(practitioner, version)):
            # Two versions have the same keys where the reader has the later one alone.
            wanted[keys] += named
    return wanted


def _slowly(
    rows: Iterable[Row],
    vault: Vault,
    opener: Callable[[Mapping[store.Reference, tuple[bytes, ...]]], dict[int, store.Record | store.NotOpened]],
) -> dict[int, store.Record]:
    """Open these as any page does, which files what was not; what does not open is left out, as in `find`."""
    wanted = {store.Reference(*one): keys for keys, named in _wanted(rows, vault).items() for one in named}
    opened = opener(wanted) if wanted else {}
    return {pk: one for pk, one in opened.items() if not isinstance(one, store.NotOpened)}


def _opened(
    appointments: Iterable[Appointment | Wish], vault: Vault, *, names_only: bool = False, quietly: bool = False
) -> dict[int, Shown]:
    """Open what belongs to somebody; nothing falls back. A search, asked with every letter, says nothing of what stays closed."""
    wanted: dict[store.Reference, tuple[bytes, ...]] = {}
    shown: dict[int, Shown] = {}
    without_key: set[int] = set()
    for appointment in appointments:
        if appointment.patient_ref is None or appointment.key_version is None or not appointment.has_person:
            continue
        keys = vault.keys(appointment.practitioner_id, appointment.key_version)
        if vault.key(appointment.practitioner_id, appointment.key_version) is None:
            without_key.add(appointment.pk)
        wanted[store.Reference(appointment.pk, bytes(appointment.patient_ref))] = keys
    found = store.open_names(wanted) if names_only else store.open_many(wanted)
    for pk, opened in found.items():
        if isinstance(opened, store.NotOpened):
            why = "no-key" if pk in without_key and opened.why in _ANOTHER_KEY else opened.why
            shown[pk] = Shown(None, why) if quietly else _closed(pk, why)
        else:
            shown[pk] = Shown(opened)
    return shown


def look(appointments: Iterable[Appointment], vault: Vault) -> dict[int, store.Record]:
    """Open identities from which something is derived that shows nobody: nothing is displayed, so nothing is noted."""
    return {pk: one.record for pk, one in _opened(appointments, vault, quietly=True).items() if one.record}


def opening(wanted: Mapping[store.Reference, Sequence[bytes]]) -> set[int]:
    """Return the appointments whose record opens with these keys. For rehearsals: nothing is displayed, so nothing is noted."""
    return {pk for pk, one in store.open_many(wanted).items() if not isinstance(one, store.NotOpened)}


def as_stored(appointments: Iterable[Appointment | Wish]) -> list[store.Stored]:
    """Return the records of these appointments as a thief of both stores has them: nothing is opened, so nothing is noted."""
    kept = (one for one in appointments if one.patient_ref is not None)
    return store.as_stored(store.Reference(one.pk, bytes(one.patient_ref or b"")) for one in kept)


def _note(displayed: Collection[int], flagged: Collection[int], vault: Vault, action: str, now: datetime) -> None:
    """Note what is displayed; flagged is what is displayed past the limit."""
    for pks, past in (
        ([pk for pk in displayed if pk not in flagged], False),
        ([pk for pk in displayed if pk in flagged], True),
    ):
        access_log.record(vault.staff.pk, pks, action, vault.session_tag, now, flagged=past)


def _closed(pk: int, why: str) -> Shown:
    """Note what does not open, in an opaque id and a code: its cause can be looked for, and nobody learns a name."""
    logger.error("the record of appointment %s does not open: %s", pk, why)
    return Shown(None, why)


def _far(appointments: Iterable[Appointment | Pointer | Wish], now: datetime) -> set[int]:
    """Return those that count towards the limit."""
    first, end = _near(now)
    return {one.pk for one in appointments if not first <= one.start < end}


def _near(now: datetime) -> tuple[datetime, datetime]:
    """Return from when to when visits do not count."""
    today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return today - timedelta(days=NEAR_DAYS), today + timedelta(days=NEAR_DAYS + 1)


def _is_past_limit(far: set[int], vault: Vault, now: datetime) -> bool:
    """Whether these and what this account was shown in this hour, visits of other weeks, are more than the practice's limit.

    Raises PastLimit unless the password was asked again in this session and hour.
    """
    practice = the_practice()
    earlier = {pk for (pk,) in _DISPLAYED_FAR.rows(vault.staff.pk, access_log.hour_of(now), *_near(now))}
    if practice is None or len(earlier | far) <= practice.shown_per_hour:
        return False
    if not access_log.limit_is_lifted(vault.staff.pk, vault.session_tag, now):
        logger.warning("staff %s reached the hourly limit of identities", vault.staff.pk)
        raise PastLimit
    return True


def _displayed_far(staff: int, hour: datetime, first: datetime, end: datetime) -> QuerySet[Appointment, Any]:
    """What an account was shown in an hour of visits that are not between two instants: some more than the limit at most."""
    displayed = access_log.displayed_in(staff, hour).values("appointment")
    return Appointment.objects.filter(Q(start__lt=first) | Q(start__gte=end), pk__in=displayed).values_list("pk")


_DISPLAYED_FAR: Final = Prepared(_displayed_far)
