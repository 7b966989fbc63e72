"""One day as a form: the hours of the usual week, changed for this day only; or hours of its own."""

from datetime import date
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from agenda.settings.opening_rows import Choices, OpeningRow, held, keep
from agenda.settings.week_form import digest
from practitioners.models import Opening, Practitioner
from practitioners.openings import Plan, windows
from practitioners.queries import plans

MOST = 20


class Day:
    """The openings of a practitioner on one day; as a form, typed or as they stand.

    On a holiday without hours of its own the usual ones are offered only when they are asked for (`usual`).
    """

    def __init__(
        self, practitioner: Practitioner, on: date, data: QueryDict | None = None, *, usual: bool = False
    ) -> None:
        self.practitioner, self.on, self.data = practitioner, on, data
        self.choices = Choices.of(practitioner)
        self.plan = plans([practitioner], practitioner.practice, on, on)[practitioner.pk]
        rows = Opening.objects.filter(practitioner=practitioner).prefetch_related("visit_types")
        self.own = list(rows.filter(on=on).order_by("start_minute", "pk"))
        self.usual = _in_order(rows, self.plan, on)
        self.is_holiday = on in self.plan.holidays
        self.is_replaced = any(one.replaces for one in self.own)
        stands = not self.is_holiday and not self.is_replaced
        self.current = [*(self.usual if stands else []), *self.own]
        self.seen = digest(self.current)
        shown = [*self.current, *(self.usual if usual and not stands else [])]
        self.rows = self._typed() if data is not None else self._shown(shown)
        self.wrong: list[str] = []

    def _shown(self, openings: list[Opening]) -> list[OpeningRow]:
        made = sorted(openings, key=lambda one: (one.start_minute, one.end_minute, one.pk))
        return [self._row(f"o-{number}", None, one) for number, one in enumerate(made)]

    def _row(self, prefix: str, data: QueryDict | None, one: Opening | None) -> OpeningRow:
        # A usual opening that does not stand on this day is only a suggestion: it would be made anew.
        standing = one if one in self.current else None
        return OpeningRow(
            self.choices, prefix, data, standing, of_day=self.on, given=held(one) if one and not standing else None
        )

    def _typed(self) -> list[OpeningRow]:
        assert self.data is not None  # noqa: S101 - only asked with a form
        by_id = {str(one.pk): one for one in self.current}
        count = self.data.get("count", "0")
        number = min(int(count), MOST) if count.isascii() and count.isdigit() and len(count) < 4 else 0
        return [
            self._row(f"o-{at}", self.data, by_id.pop(self.data.get(f"o-{at}-id", ""), None)) for at in range(number)
        ]

    @property
    def empty(self) -> OpeningRow:
        """A row for scripts to copy, or to fill in without one."""
        return OpeningRow(self.choices, "o-__n__", of_day=self.on)

    @property
    def blank(self) -> OpeningRow:
        """One row more, to fill in."""
        given = {"start_minute": None, "end_minute": None}
        return OpeningRow(self.choices, f"o-{len(self.rows)}", of_day=self.on, given=given)

    @property
    def is_stale(self) -> bool:
        """Whether the day was changed since the form was shown."""
        return self.data is not None and self.data.get("seen") != self.seen

    def is_valid(self) -> bool:
        """Whether what stays can be used, and something stays where the usual week has hours."""
        # The row that is offered empty asks for nothing as long as it stays so.
        self.rows = [row for row in self.rows if not _is_blank(row)]
        parts = [row.is_valid() for row in self.rows if not row.is_removed]
        if self.is_stale:
            self.wrong.append(
                _("Ce jour a changé à un autre poste entre-temps. Rien n’a été enregistré ; votre saisie est gardée. "
                  "Enregistrez encore une fois pour qu’elle remplace l’autre.")
            )  # fmt: skip
        elif self.usual and not self.is_holiday and not parts:
            self.wrong.append(_("Il ne reste aucune plage. Pour fermer ce jour, posez une absence."))
        return all(parts) and not self.wrong

    def save(self) -> list[Opening]:
        """Write what differs; return the openings that were made, changed or taken away.

        As long as the hours of the usual week are untouched they stay what they are, and others are added to them. Once
        one is changed, all that is shown becomes the hours of this very day, and the usual ones do not hold on it.
        """
        weekly = {one.pk for one in self.current if one.on is None}
        rows = [row for row in self.rows if not row.is_removed]
        untouched = {row.opening.pk for row in rows if row.opening is not None and not row.differs}
        replaces = self.is_replaced or not weekly <= untouched
        shown = {row.opening.pk for row in rows if row.opening is not None}
        touched = [one for one in self.own if one.pk not in shown]
        Opening.objects.filter(pk__in=[one.pk for one in touched]).delete()
        # One that replaces is enough for the whole day; each keeps what it is unless none is left.
        every = replaces and not any(row.opening.replaces for row in rows if row.opening is not None)
        for row in rows:
            touched += self._write(row, replaces=replaces, every=every)
        return touched

    def _write(self, row: OpeningRow, *, replaces: bool, every: bool) -> list[Opening]:
        if row.opening is not None and row.opening.on is None:
            if not replaces:
                return []
            row.opening = None
        if row.opening is not None and not row.differs and not every:
            return []
        kept = replaces if row.opening is None or every else row.opening.replaces
        more: dict[str, Any] = {"on": self.on, "replaces": kept}
        return [keep(row, self.practitioner, **more)]


def back_to_usual(practitioner: Practitioner, on: date) -> list[Opening]:
    """Let the usual week hold on a day again; return what was taken away."""
    own = list(Opening.objects.filter(practitioner=practitioner, on=on))
    Opening.objects.filter(pk__in=[one.pk for one in own]).delete()
    return own


def _in_order(rows: Any, plan: Plan, on: date) -> list[Opening]:
    """Return the weekly openings that hold on a day, were it no holiday and without hours of its own."""
    bare = Plan(
        practitioner=plan.practitioner, zone=plan.zone, openings=tuple(one for one in plan.openings if one.on is None)
    )
    held_then = [window.rule.id for window in windows(bare, on, on)]
    by_id = {one.pk: one for one in rows.filter(pk__in=held_then)}
    return [by_id[pk] for pk in held_then]


def _is_blank(row: OpeningRow) -> bool:
    """Whether a new row was left as it was offered."""
    return row.is_new and not any(row[name].value() for name in ("start_minute", "end_minute"))
