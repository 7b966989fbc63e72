"""Tables in which nobody is alone: groups under five are not shown, and cannot be worked out from what is shown.

Pure. A line with a number from one to four is put together with others until each number of theirs is none or five at
least. So every number of the table is, and every difference between a sum and some of its lines is a line or several of
them. Where even all lines together have too few, that number is left out, and the sum with it. Periods never overlap and
are shown once they are over, so that neither two periods nor two looks at one differ by a few.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

LEAST = 5
_Cells = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One line: what it is about (None: those put together), its numbers, and their sum; None is not shown."""

    key: int | None
    cells: tuple[int | None, ...]

    @property
    def total(self) -> int | None:
        """Its sum, when all of it is shown."""
        return _sum(self.cells)


@dataclass(frozen=True, slots=True)
class Table:
    """The lines, the largest first, and the sums below them."""

    rows: tuple[Row, ...]
    sums: Row


def table(counts: Mapping[int, Sequence[int]]) -> Table | None:
    """Return what may be shown of these numbers; None when all of it together is too few."""
    by_size = sorted(((key, tuple(cells)) for key, cells in counts.items() if any(cells)), key=lambda one: (-sum(one[1]), one[0]))  # fmt: skip
    if sum(sum(cells) for _key, cells in by_size) < LEAST:
        return None
    rows = tuple(_row(key, cells) for key, cells in _together(by_size))
    return Table(rows, Row(None, tuple(map(_sum, zip(*(row.cells for row in rows), strict=True)))))


def share(part: int | None, *others: int | None) -> int | None:
    """Return a part of itself and the others in whole percent, where all of them are shown."""
    whole = _sum([part, *others])
    return None if part is None or not whole else round(100 * part / whole)


def _together(by_size: Sequence[tuple[int, _Cells]]) -> list[tuple[int | None, _Cells]]:
    """Return the lines that stand alone, and one of all others; the smallest join these until nobody is alone there."""
    alone: list[tuple[int | None, _Cells]] = [one for one in by_size if _is_enough(one[1])]
    others = [cells for _key, cells in by_size if not _is_enough(cells)]
    while others and alone and not _is_enough(_added(others)):
        others.append(alone.pop()[1])
    return [*alone, (None, _added(others))] if others else alone


def _is_enough(cells: _Cells) -> bool:
    return not any(0 < cell < LEAST for cell in cells)


def _added(lines: Sequence[_Cells]) -> _Cells:
    return tuple(map(sum, zip(*lines, strict=True)))


def _row(key: int | None, cells: _Cells) -> Row:
    return Row(key, tuple(None if 0 < cell < LEAST else cell for cell in cells))


def _sum(cells: Sequence[int | None]) -> int | None:
    return None if any(cell is None for cell in cells) else sum(cell or 0 for cell in cells)
