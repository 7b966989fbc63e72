"""The fixtures of the desk and of the office: a Monday morning, and who sits where."""

from tests.agenda.conftest import alice, clock, desk
from tests.booking.conftest import office

__all__ = ["alice", "clock", "desk", "office"]
