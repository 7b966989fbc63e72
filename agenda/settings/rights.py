"""Who may set what. Found, or 404, which is noted.

Managers set everything, and who is a practitioner everything of their own. Whoever holds an agenda today (a grant) sets
its days: absences, and the hours of single days. Nobody else sets anything.
"""

import logging
from enum import IntEnum
from typing import NamedTuple, TypeVar

from django.http import Http404
from django.shortcuts import get_object_or_404

from agenda.access import today
from agenda.vault import StaffRequest
from practitioners import access
from practitioners.models import Absence, Practitioner, Replacement, VisitType

M = TypeVar("M", Absence, Replacement, VisitType)
logger = logging.getLogger(__name__)


class Level(IntEnum):
    """How much of one practitioner somebody may set."""

    NOTHING = 0
    DAYS = 1
    ALL = 2


class Reach(NamedTuple):
    """A practitioner, and how much of them the reader may set."""

    practitioner: Practitioner
    level: Level

    @property
    def sets_all(self) -> bool:
        """Whether page, types and week are the reader's to change."""
        return self.level is Level.ALL


def reach(request: StaffRequest) -> list[Reach]:
    """Return what the reader may set, in the practice's order. Two queries at most."""
    held = {one.pk for one in access.agendas(request.user, today(request))}
    everybody = Practitioner.objects.select_related("practice").order_by("position", "name")
    found = [Reach(one, _level(request, one.pk, held)) for one in everybody]
    return [one for one in found if one.level]


def whole(request: StaffRequest, practitioner: int) -> Reach:
    """Return a practitioner of whom the reader may set everything. Raises Http404."""
    return _one(request, practitioner, Level.ALL)


def days(request: StaffRequest, practitioner: int) -> Reach:
    """Return a practitioner whose days the reader may set. Raises Http404."""
    return _one(request, practitioner, Level.DAYS)


def own(reach: Reach, model: type[M], pk: int | None) -> M:
    """Return what belongs to this practitioner, or a new one, unsaved. Raises Http404 for another's."""
    if pk is None:
        return model(practitioner=reach.practitioner)
    return get_object_or_404(model, pk=pk, practitioner=reach.practitioner)


def _one(request: StaffRequest, practitioner: int, least: Level) -> Reach:
    found = next((one for one in reach(request) if one.practitioner.pk == practitioner and one.level >= least), None)
    if found is None:
        logger.warning("staff %s asked for settings of %s without a right", request.user.pk, practitioner)
        raise Http404
    return found


def _level(request: StaffRequest, practitioner: int, held: set[int]) -> Level:
    if request.user.is_manager or request.user.practitioner_id == practitioner:
        return Level.ALL
    return Level.DAYS if practitioner in held else Level.NOTHING
