"""Saving a plan: openings, absences, holidays; together with what is decided for the visits that it touches."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from django.contrib import messages
from django.db.models import Model
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from agenda.access import today
from agenda.settings import decisions
from agenda.settings.rights import Reach
from agenda.settings.saving import BUSY, CHANGED_ELSEWHERE, INVALID, SAVED, note
from agenda.vault import StaffRequest, session_tag
from booking.plan_changes import By, Done, Touched, Undecided, change
from booking.refusals import Busy
from practitioners import access


class PlanForm(Protocol):
    """What a form of a plan can do, whatever it is made of."""

    def is_valid(self) -> bool: ...

    @property
    def is_stale(self) -> bool: ...


class Nothing:
    """A form with nothing to fill in: a button."""

    is_stale = False

    def is_valid(self) -> bool:
        """There is nothing that could be wrong."""
        return True


F = TypeVar("F", bound=PlanForm)


@dataclass(frozen=True, slots=True)
class Outcome(Generic[F]):
    """The form as it was read, and what came of it: saved (303), refused, or visits to decide about first."""

    form: F
    status: int
    touched: list[Touched] | None = None
    done: Done | None = None


class _NotSaved(Exception):
    """The form was not valid: the transaction goes back."""


def may_act(request: StaffRequest, reach: Reach) -> bool:
    """Whether the reader holds the agenda today, and so may move and cancel its visits."""
    return any(one.pk == reach.practitioner.pk for one in access.agendas(request.user, today(request)))


def save(
    request: StaffRequest, reach: Reach, make: Callable[[], F], write: Callable[[F], Iterable[Model]]
) -> Outcome[F]:
    """Make a bound form anew under the lock; if it is valid, *write* it, with what the request decides for touched visits.

    *write* returns the rows that it touched, which are noted.
    """
    made: list[F] = []

    def run() -> None:
        made.append(make())
        if not made[-1].is_valid():
            raise _NotSaved
        for row in write(made[-1]):
            note(request, row, _touched(row))

    by = By(request.user.pk, session_tag(request), may_act(request, reach))
    decided, tell = decisions.read(request.POST), decisions.tells(request.POST)
    try:
        _nothing, done = change(reach.practitioner.pk, run, timezone.now(), by=by, decisions=decided, tell=tell)
    except _NotSaved:
        return Outcome(made[-1], CHANGED_ELSEWHERE if made[-1].is_stale else INVALID)
    except Undecided as asked:
        return Outcome(made[-1], 200, asked.touched)
    except Busy:
        form = make()
        form.is_valid()
        messages.error(request, _("La base est occupée : rien n’a été changé. Recommencez."))
        return Outcome(form, BUSY)
    return Outcome(made[-1], SAVED, done=done)


def _touched(row: Model) -> list[dict[str, Any]]:
    return [{"changed": {"name": str(row._meta.verbose_name), "object": str(row)}}]


def tell_of(request: StaffRequest, done: Done) -> None:
    """Say what became of the visits, and of patients who were about to book."""
    said = []
    if count := len(done.kept):
        said.append(
            ngettext("%(count)d gardé, hors des heures", "%(count)d gardés, hors des heures", count) % {"count": count}
        )
    if count := len(done.moved):
        said.append(ngettext("%(count)d déplacé", "%(count)d déplacés", count) % {"count": count})
    if count := len(done.cancelled):
        said.append(ngettext("%(count)d annulé", "%(count)d annulés", count) % {"count": count})
    if said:
        text = _("Rendez-vous : %(said)s.") % {"said": ", ".join(said)}
        if decisions.tells(request.POST) and (done.moved or done.cancelled):
            text = f"{text} " + _(
                "Les messages partent dans 10 minutes ; d’ici là, tout peut être annulé. Qui n’a pas de contact est à appeler."
            )
        messages.info(request, text)
    if done.ended_holds:
        text = ngettext(
            "%(count)d patient remplissait un formulaire pour une heure qui n’existe plus : il en est averti.",
            "%(count)d patients remplissaient un formulaire pour une heure qui n’existe plus : ils en sont avertis.",
            done.ended_holds,
        )
        messages.info(request, text % {"count": done.ended_holds})
