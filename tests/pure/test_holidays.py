"""Public holidays, zone by zone."""

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from practitioners.holidays import TIME_ZONES, ZONES, public_holidays

YEAR_2026 = (date(2026, 1, 1), date(2026, 12, 31))
NATIONAL = {
    date(2026, month, day)
    for month, day in [(1, 1), (4, 6), (5, 1), (5, 8), (5, 14), (5, 25), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25)]
}


def test_mainland_france_has_its_eleven() -> None:
    """A10."""
    assert public_holidays("metropole", *YEAR_2026) == NATIONAL


@pytest.mark.parametrize(
    ("zone", "more"),
    [
        ("alsace-moselle", {date(2026, 4, 3), date(2026, 12, 26)}),
        ("reunion", {date(2026, 12, 20)}),
        ("mayotte", {date(2026, 4, 27)}),
        ("guyane", {date(2026, 6, 10)}),
        ("martinique", {date(2026, 5, 22)}),
        ("guadeloupe", {date(2026, 5, 27)}),
        ("saint-martin", {date(2026, 5, 28)}),
        ("saint-barthelemy", {date(2026, 10, 9)}),
        ("nouvelle-caledonie", {date(2026, 9, 24)}),
        ("polynesie", {date(2026, 3, 5)}),
        ("wallis-et-futuna", {date(2026, 7, 29)}),
    ],
)
def test_each_zone_adds_its_own(zone: str, more: set[date]) -> None:
    """A10."""
    found = public_holidays(zone, *YEAR_2026)
    assert found >= NATIONAL | more
    assert not more & public_holidays("metropole", *YEAR_2026)


def test_easter_is_computed_so_the_list_does_not_end() -> None:
    """A10: Easter Mondays known from the almanac."""
    for monday in (date(2038, 4, 26), date(2076, 4, 20), date(2099, 4, 13)):
        assert monday in public_holidays("metropole", monday, monday)


def test_both_ends_are_asked_and_nothing_around_them() -> None:
    assert public_holidays("metropole", date(2026, 5, 1), date(2026, 5, 8)) == {date(2026, 5, 1), date(2026, 5, 8)}
    assert public_holidays("metropole", date(2025, 12, 26), date(2026, 1, 1)) == {date(2026, 1, 1)}
    assert public_holidays("metropole", date(2026, 5, 8), date(2026, 5, 1)) == frozenset()


def test_eight_thousand_years_cost_no_more_than_the_calendar() -> None:
    """T15."""
    found = public_holidays("metropole", date(1, 1, 1), date(9999, 12, 31))
    assert {min(found).year, max(found).year} == {2000, 2099}


def test_an_unknown_zone_is_refused() -> None:
    with pytest.raises(KeyError):
        public_holidays("atlantis", *YEAR_2026)


def test_every_zone_has_a_label_and_real_clocks() -> None:
    """T8."""
    assert ZONES.keys() == TIME_ZONES.keys()
    assert all(ZONES.values())
    assert all(ZoneInfo(name).key == name for names in TIME_ZONES.values() for name in names)
