"""Where things stand on the grid: pure arithmetic of rows and lanes. A row is five minutes of the wall clock."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

ROW_MINUTES = 5
HOUR_ROWS = 60 // ROW_MINUTES
DAY_MINUTES = 1440
# The day as a practice knows it; earlier and later hours are drawn only when something is there.
USUAL = (7 * 60, 20 * 60)
# More side by side would not be readable: the rest is counted, and stands in the list.
MOST_LANES = 5


@dataclass(frozen=True, slots=True)
class Stretch:
    """Minutes of one day's wall clock, from *start* to *end*."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Frame:
    """The hours that a page draws, in whole hours."""

    first_hour: int
    last_hour: int

    @property
    def hours(self) -> range:
        """The hours that begin a line."""
        return range(self.first_hour, self.last_hour)

    @property
    def tall(self) -> int:
        """How many hours high the grid is."""
        return self.last_hour - self.first_hour

    @property
    def rows(self) -> int:
        """The height of the grid."""
        return self.tall * HOUR_ROWS

    def row(self, minute: int) -> int:
        """The row in which a minute falls, from 0, kept within the frame."""
        return max(0, min(self.rows, (minute - self.first_hour * 60) // ROW_MINUTES))

    def shows(self, minute: int) -> bool:
        """Whether a minute is drawn."""
        return self.first_hour * 60 <= minute < self.last_hour * 60


@dataclass(frozen=True, slots=True)
class Place:
    """A block on the grid: its first row, its height, its lane of how many."""

    row: int
    rows: int
    lane: int = 0
    lanes: int = 1


def stretch(start: datetime, end: datetime, day: date, zone: ZoneInfo) -> Stretch | None:
    """Return what two instants are on a day's wall clock, cut to the day; None when they do not touch it."""
    first, last = start.astimezone(zone), end.astimezone(zone)
    if last.date() < day or first.date() > day or (last.date() == day and not _minute(last)):
        return None
    begins = _minute(first) if first.date() == day else 0
    ends = _minute(last) if last.date() == day else DAY_MINUTES
    if ends <= begins:
        # The hour that happens twice: the clock runs back, the visit does not.
        ends = min(DAY_MINUTES, begins + int((end - start).total_seconds()) // 60)
    return Stretch(begins, max(ends, begins + ROW_MINUTES))


def _minute(at: datetime) -> int:
    return at.hour * 60 + at.minute


def frame(stretches: Iterable[Stretch], asked: Frame | None = None) -> Frame:
    """Return the hours to draw: the usual ones, or those *asked* for, and those of whatever lies outside."""
    first, last = USUAL if asked is None else (asked.first_hour * 60, asked.last_hour * 60)
    for one in stretches:
        first, last = min(first, one.start), max(last, one.end)
    return Frame(first // 60, -(-last // 60))


def place(one: Stretch, within: Frame) -> Place:
    """Return where a stretch stands alone."""
    row = within.row(one.start)
    return Place(row, max(1, within.row(one.end) - row))


def pack(stretches: Sequence[Stretch], within: Frame) -> list[Place]:
    """Return where stretches stand that may overlap, in the order given: each in the first lane that is free.

    Those that overlap, even through others, share the width among them.
    """
    found: dict[int, Place] = {}
    for group in _overlapping(stretches):
        ends: list[int] = []
        lanes: dict[int, int] = {}
        for index in group:
            lane = next((n for n, end in enumerate(ends) if end <= stretches[index].start), len(ends))
            ends[lane : lane + 1] = [stretches[index].end]
            lanes[index] = lane
        for index, lane in lanes.items():
            alone = place(stretches[index], within)
            found[index] = Place(alone.row, alone.rows, lane, min(len(ends), MOST_LANES))
    return [found[index] for index in range(len(stretches))]


def _overlapping(stretches: Sequence[Stretch]) -> Iterator[list[int]]:
    """Yield the indices of stretches that hang together, each group by start, longest first."""
    order = sorted(range(len(stretches)), key=lambda n: (stretches[n].start, -stretches[n].end, n))
    group: list[int] = []
    reach = 0
    for index in order:
        if group and stretches[index].start >= reach:
            yield group
            group, reach = [], 0
        group.append(index)
        reach = max(reach, stretches[index].end)
    if group:
        yield group
