"""What was last done for the instance, and when."""

from datetime import datetime

from upkeep.models import Milestone


def reached(kind: Milestone.Kind, at: datetime, *, well: bool = True) -> None:
    """Note that something was done just now."""
    Milestone.objects.update_or_create(kind=kind, defaults={"at": at, "well": well})


def last(kind: Milestone.Kind) -> Milestone | None:
    """Return when it was last done, or None for never."""
    return Milestone.objects.filter(kind=kind).first()
