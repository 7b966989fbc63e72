"""One appointment of a file: the slot, and who comes, opened; or why it does not open."""

from datetime import datetime
from typing import NamedTuple

from booking import words
from booking.identities import Shown
from booking.models import Appointment
from patients.store.people import Person, Visit


class Line(NamedTuple):
    """An appointment with its identity."""

    visit: Appointment
    shown: Shown

    @property
    def start(self) -> datetime:
        """When it begins, on the practice's clock."""
        return self.visit.start.astimezone(self.visit.practitioner.practice.zone)

    @property
    def end(self) -> datetime:
        """When it ends, on the practice's clock."""
        return self.visit.end.astimezone(self.visit.practitioner.practice.zone)

    @property
    def minutes(self) -> int:
        """How long it lasts."""
        return int((self.visit.end - self.visit.start).total_seconds()) // 60

    @property
    def what(self) -> str:
        """The visit type's name; nothing once retention took it."""
        return self.visit.visit_type.name if self.visit.visit_type else ""

    @property
    def persons(self) -> tuple[Person, ...]:
        """Who comes; nobody when it does not open."""
        return self.shown.record.identity.persons if self.shown.record else ()

    @property
    def booker(self) -> Person | None:
        """Who booked for them, if that is somebody else."""
        return self.shown.record.identity.booker if self.shown.record else None

    @property
    def for_staff(self) -> Visit:
        """Contact, message and note, as long as they are kept."""
        return (self.shown.record.visit if self.shown.record else None) or Visit()

    @property
    def phone(self) -> str:
        """The telephone number as people read it, with plain spaces."""
        kept = self.for_staff.phone
        return words.phone(kept).replace("\u00a0", " ") if kept else ""
