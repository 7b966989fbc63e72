"""What an examination says: of what, how it stands, and what to do."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How it stands: well, worth a look soon, or not to be left."""

    OK = "ok"
    LOOK = "look"
    ALARM = "alarm"


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence about one subject, and what to do about it; no name, no address of a patient, no secret."""

    subject: str
    level: Level
    said: str
    todo: str = ""


def ok(subject: str, said: str) -> Finding:
    return Finding(subject, Level.OK, said)


def look(subject: str, said: str, todo: str) -> Finding:
    return Finding(subject, Level.LOOK, said, todo)


def alarm(subject: str, said: str, todo: str) -> Finding:
    return Finding(subject, Level.ALARM, said, todo)
