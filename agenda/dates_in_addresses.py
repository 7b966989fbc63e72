"""A day as part of an address."""

from datetime import date

from django.urls import register_converter

from agenda.bar import FIRST_DAY, LAST_DAY


class Day:
    """A date as `2026-11-23`, in the years that the agenda serves."""

    regex = r"20[0-9]{2}-[0-9]{2}-[0-9]{2}"

    def to_python(self, value: str) -> date:
        """Raises ValueError, which is a 404."""
        day = date.fromisoformat(value)
        if not FIRST_DAY <= day <= LAST_DAY:
            raise ValueError
        return day

    def to_url(self, value: date) -> str:
        """Return the day as it stands in an address."""
        return value.isoformat()


register_converter(Day, "day")
