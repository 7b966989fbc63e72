"""Nobody is alone in a table: what is not shown cannot be worked out from what is."""

from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from agenda.small_numbers import LEAST, Row, share, table

COUNTS = st.dictionaries(
    st.integers(1, 6), st.lists(st.integers(0, 12) | st.integers(0, 3), min_size=3, max_size=3), max_size=5
)


def lines(found: Row) -> list[int | None]:
    return [*found.cells, found.total]


@settings(max_examples=300)
@given(COUNTS)
def test_no_number_from_one_to_four_is_shown_nor_left_by_any_subtraction(counts):
    """Sums less any of their parts, down and across: each is none, or five at least."""
    shown = table(counts)
    if shown is None:
        assert sum(map(sum, counts.values())) < LEAST
        return
    columns = list(zip(*(lines(row) for row in shown.rows), strict=True))
    sums = [
        *zip(columns, lines(shown.sums), strict=True),
        *((row.cells, row.total) for row in (*shown.rows, shown.sums)),
    ]
    for parts, total in sums:
        assert (total is None) == (None in parts)
        for number in range(len(parts) + 1) if total is not None else ():
            for taken in combinations(parts, number):
                assert not 0 < total - sum(taken) < LEAST
        assert not any(part is not None and 0 < part < LEAST for part in parts)


@settings(max_examples=200)
@given(COUNTS)
def test_what_is_put_together_is_one_line_and_nothing_is_lost(counts):
    shown = table(counts)
    if shown is None:
        return
    assert sum(row.key is None for row in shown.rows) <= 1
    assert {row.key for row in shown.rows} - {None} <= set(counts)
    for place, total in enumerate(shown.sums.cells):
        assert total is None or total == sum(cells[place] for cells in counts.values())
    if shown.sums.total is None:
        assert len(shown.rows) == 1


def test_a_line_with_a_small_number_stands_with_others():
    shown = table({1: [90, 16, 0], 2: [20, 6, 0], 3: [7, 1, 0], 4: [8, 5, 0]})
    assert [(row.key, row.cells, row.total) for row in shown.rows] == [
        (1, (90, 16, 0), 106), (2, (20, 6, 0), 26), (None, (15, 6, 0), 21),
    ]  # fmt: skip
    assert (shown.sums.cells, shown.sums.total) == ((125, 28, 0), 153)


def test_where_all_together_are_too_few_the_number_and_the_sum_are_left_out():
    shown = table({1: [90, 2, 0], 2: [20, 1, 0]})
    assert [(row.key, row.cells, row.total) for row in shown.rows] == [(None, (110, None, 0), None)]
    assert table({1: [2, 2, 0]}) is None
    assert table({}) is None


def test_a_share_is_shown_only_of_what_is_shown():
    assert share(5, 45) == 10
    assert share(0, 9) == 0
    for parts in ((None, 45), (5, None), (0, 0)):
        assert share(*parts) is None
