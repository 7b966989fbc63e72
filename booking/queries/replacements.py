"""Who receives in a practitioner's place. Rare: so pages learn from a query that they make anyway whether to ask at all."""

from datetime import date

from django.db.models import Exists, Model, OuterRef

from practitioners.models import Replacement

# The annotation of a row that was read with `is_replaced`.
KNOWN = "is_replaced"


def is_replaced(practitioner: str = "practitioner") -> Exists:
    """Return an annotation for `KNOWN`: whether anybody ever stands in for the practitioner that a row names."""
    return Exists(Replacement.objects.filter(practitioner=OuterRef(practitioner)))


def replacements(row: Model, practitioner: int, first: date, last: date) -> list[Replacement]:
    """Return who stands in between two days, inclusive, by date. No query when the row's annotation says that nobody does."""
    if not getattr(row, KNOWN, True):
        return []
    rows = Replacement.objects.filter(practitioner=practitioner, first_day__lte=last, last_day__gte=first)
    return list(rows.order_by("first_day", "pk"))
