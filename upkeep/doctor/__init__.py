"""The self-check: is all as it should be, and if not, what to do? One module a subject, each a list of findings."""

import logging
from collections.abc import Callable, Iterable

from django.db import DatabaseError
from django.utils.translation import gettext as _

from upkeep.doctor import held, machine, outside, running, saved, stores
from upkeep.doctor.findings import Finding, Level, alarm

__all__ = ["Finding", "Level", "examine", "worst"]
logger = logging.getLogger(__name__)
INSIDE: tuple[Callable[[], Iterable[Finding]], ...] = (
    stores.examine,
    held.examine,
    running.examine,
    running.crowd,
    saved.examine,
    machine.examine,
)
OUTSIDE: tuple[Callable[[], Iterable[Finding]], ...] = (outside.examine, running.mail)


def examine(*, from_outside: bool = False) -> list[Finding]:
    """Return all findings. `from_outside` also asks the network: the public address, the mail server."""
    found: list[Finding] = []
    for part in (*INSIDE, *(OUTSIDE if from_outside else ())):
        try:
            found.extend(part())
        except DatabaseError as failure:
            # A store that is down was said already; nothing else needs to stop for it.
            logger.warning("a check of doctor could not be made: %s", type(failure).__name__)
            logger.debug("it was made here", exc_info=failure)
            missed = alarm(_("Examen"), _("Une partie n’a pas pu être examinée."), _("Voyez les lignes au-dessus."))
            if missed not in found:
                found.append(missed)
    return found


def worst(found: Iterable[Finding]) -> Level:
    """Return the worst level among findings."""
    order = (Level.OK, Level.LOOK, Level.ALARM)
    return max((one.level for one in found), key=order.index, default=Level.OK)
