"""A dry run: what would become of each line, and the same again when it is meant."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from booking import desk, identities, likeness
from booking.desk import FARTHEST, Arrival, Caution, Desk
from booking.imports.lines import Draft
from booking.models import Appointment
from clicdocteur.grid import cell_of
from practitioners.keys import Vault


class Verdict(StrEnum):
    """What becomes of a line."""

    CREATE = "create"
    OVERLAP = "overlap"  # no place is left at its time
    WRONG = "wrong"  # not understood
    HERE = "here"  # the same person at the same time, already in the agenda
    TWICE = "twice"  # the same person at the same time, on an earlier line
    PAST = "past"
    FAR = "far"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Tried:
    """A line with what becomes of it, and what is to be known of its time."""

    draft: Draft
    verdict: Verdict
    cautions: tuple[Caution, ...] = ()


@dataclass(frozen=True, slots=True)
class Trial:
    """A dry run of a whole file: its lines; what would be created; which appointments stand at those very starts."""

    lines: list[Tried]
    arrivals: list[Arrival]
    known: frozenset[int]

    @property
    def digest(self) -> str:
        """A short name for exactly this outcome: a yes is to what was shown. It says nothing of anybody."""
        told = "\n".join(f"{one.draft.number} {one.verdict}" for one in self.lines)
        return hashlib.sha256(told.encode()).hexdigest()[:32]


def try_all(drafts: Sequence[Draft], vault: Vault, now: datetime, *, by: Desk, overbook: bool) -> Trial:
    """Return what would become of each line. Nothing is written but a line of the access log for whoever was compared.

    A line is already here when the same names, with no other birth date, have an appointment of any state with the same
    practitioner at the same time: so a file brought in twice creates nothing, and what was cancelled here stays so.
    """
    verdicts: dict[int, Verdict] = {}
    arriving: dict[int, Arrival] = {}
    for at, draft in enumerate(drafts):
        found = _at_first(draft, now)
        if found is None:
            arriving[at] = _arrival(draft, overbook)
        else:
            verdicts[at] = found
    _find_twice(arriving, verdicts)
    standing = desk.standing_at(arriving.values())
    _find_here(arriving, verdicts, standing, vault, now)
    left = list(arriving)
    judged = dict(zip(left, desk.foresee([arriving[at] for at in left], now, by), strict=True))
    lines = []
    for at, draft in enumerate(drafts):
        one = judged.get(at)
        if one is None:
            lines.append(Tried(draft, verdicts[at]))
            continue
        verdict = Verdict.OVERLAP if one.is_full and not overbook else Verdict.CREATE
        if verdict is Verdict.OVERLAP:
            del arriving[at]
        lines.append(Tried(draft, verdict, one.cautions))
    wanted = {(one.visit_type.practitioner_id, one.start) for one in arriving.values()}
    known = frozenset(one.pk for one in standing if (one.practitioner_id, one.first_cell) in wanted)
    return Trial(lines, list(arriving.values()), known)


def take(trial: Trial, now: datetime, *, by: Desk, remind: bool) -> list[Appointment]:
    """Create what a trial would create, in one commit. Raises as `desk.bring_in`."""
    return desk.bring_in(trial.arrivals, trial.known, now, by=by, remind=remind) if trial.arrivals else []


def _at_first(draft: Draft, now: datetime) -> Verdict | None:
    """Return what a line alone tells; None for one that is an appointment to come."""
    if draft.is_cancelled:
        return Verdict.CANCELLED
    if draft.wrong or draft.start is None or draft.visit_type is None or draft.coming is None:
        return Verdict.WRONG
    if draft.start <= cell_of(now):
        return Verdict.PAST
    return Verdict.FAR if draft.start > cell_of(now + FARTHEST) else None


def _arrival(draft: Draft, overbook: bool) -> Arrival:
    assert draft.visit_type is not None  # noqa: S101 - asked before
    assert draft.start is not None  # noqa: S101
    assert draft.coming is not None  # noqa: S101
    return Arrival(draft.visit_type, draft.start, draft.minutes, draft.coming, overbook)


def _find_twice(arriving: dict[int, Arrival], verdicts: dict[int, Verdict]) -> None:
    seen: set[tuple[object, ...]] = set()
    for at, one in list(arriving.items()):
        person = one.coming.identity.persons[0]
        key = (one.visit_type.practitioner_id, one.start, tuple(sorted(likeness.words_of(person.full_name))))
        if key in seen:
            verdicts[at] = Verdict.TWICE
            del arriving[at]
        seen.add(key)


def _find_here(
    arriving: dict[int, Arrival],
    verdicts: dict[int, Verdict],
    standing: Collection[Appointment],
    vault: Vault,
    now: datetime,
) -> None:
    """Take out the lines whose person has that time already; each that is found is noted as compared."""
    at_time: dict[tuple[int, int], list[int]] = {}
    for at, one in arriving.items():
        at_time.setdefault((one.visit_type.practitioner_id, one.start), []).append(at)
    where = {one.pk: (one.practitioner_id, one.first_cell) for one in standing}

    def fitting(pk: int, who: desk.Identity) -> list[int]:
        return [at for at in at_time[where[pk]] if likeness.is_same(who, _sought(arriving[at]))]

    def same(pk: int, who: desk.Identity) -> bool:
        return bool(fitting(pk, who))

    for pk, who in identities.compare(standing, vault, same, now).items():
        for at in fitting(pk, who):
            verdicts[at] = Verdict.HERE
    for at in [at for at, verdict in verdicts.items() if verdict is Verdict.HERE]:
        arriving.pop(at, None)


def _sought(one: Arrival) -> likeness.Sought:
    person = one.coming.identity.persons[0]
    return likeness.Sought(person.full_name, person.birth_date)
