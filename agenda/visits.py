"""An appointment in the practice's words and zone, with its person if the session is unlocked."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from agenda.layout import Place, Stretch
from agenda.moves import Move, moves
from booking import words
from booking.identities import Shown
from booking.models import Appointment
from booking.moving import MOVABLE
from patients.store.people import Person

NOWHERE = Place(0, 1)


class Named:
    """Whoever has a name that may be shown: `shown` is None when the session is locked, or when there is nobody."""

    __slots__ = ()
    shown: Shown | None

    @property
    def persons(self) -> tuple[Person, ...]:
        """Who comes, if that may be said."""
        return self.shown.record.identity.persons if self.shown and self.shown.record else ()

    @property
    def phone(self) -> str:
        """How to call them, as people read it."""
        visit = self.shown.record.visit if self.shown and self.shown.record else None
        return words.phone(visit.phone) if visit and visit.phone else ""

    @property
    def phone_link(self) -> str:
        """The same for `tel:`."""
        visit = self.shown.record.visit if self.shown and self.shown.record else None
        return words.phone_link(visit.phone) if visit else ""

    @property
    def why_closed(self) -> str:
        """Why the identity of an unlocked page does not open; nothing when it does."""
        if self.shown is None or self.shown.record:
            return ""
        return _why(self.shown.why)


@dataclass(frozen=True, slots=True)
class Visit(Named):
    """An appointment as pages show it. `shown` is None when the session is locked, or when there is nobody to show."""

    appointment: Appointment
    when: str
    until: str
    place: Place
    shown: Shown | None
    moves: list[Move]
    # Minutes of the day that is shown.
    begins: int = 0
    ends: int = 0
    # Since when the patient waits (seconds of the epoch), and for how many minutes.
    waits_since: int = 0
    waiting_minutes: int = 0
    # What of its messages needs a person: `call`, `failed`, `doubtful`, or nothing.
    trouble: str = ""
    # What is counted of whoever comes, in words.
    counted: str = ""

    @property
    def what(self) -> str:
        """The visit type, or what is left when it is gone."""
        kind = self.appointment.visit_type
        if self.appointment.is_reserve:
            return _("liste d’attente")
        return kind.name if kind else _("rendez-vous")

    @property
    def colour(self) -> str:
        """The class of its colour pair."""
        kind = self.appointment.visit_type
        return kind.colour if kind else "slate"

    @property
    def has_person(self) -> bool:
        """Whether a name belongs to it, shown or not."""
        return self.appointment.has_person

    @property
    def is_hold(self) -> bool:
        """Whether a patient is booking it right now, or is asked whether they want it."""
        return self.appointment.state == Appointment.State.HELD

    @property
    def at_once(self) -> list[Move]:
        """The moves that are not asked again."""
        return [move for move in self.moves if not move.asks]

    @property
    def is_movable(self) -> bool:
        """Whether it is still to come, or waits."""
        return self.appointment.state in MOVABLE

    @property
    def next(self) -> Move | None:
        """What usually follows."""
        return next((move for move in self.moves if move.natural), None)

    @property
    def is_unproven(self) -> bool:
        """Whether nobody knows yet that its patient reads what is sent to them."""
        return (
            self.appointment.proof == Appointment.Proof.UNPROVEN and self.appointment.state == Appointment.State.BOOKED
        )

    @property
    def trouble_words(self) -> str:
        """The same in words, for the entry on the agenda."""
        return trouble_words(self.trouble)


def _why(code: str) -> str:
    """Return a code of `NotOpened` in words, with the code where somebody has to look for the cause."""
    plain = {
        "no-key": _("aucune clé pour cette version de l’agenda"),
        "missing": _("fiche introuvable"),
        "empty": _("fiche vidée"),
        "content": _("écrite autrement que par cette version du logiciel"),
    }
    causes = {
        "link": _("le secret du serveur n’ouvre pas sa référence, ou elle est abîmée"),
        "storage": _("le secret du serveur ne l’ouvre pas, ou la fiche est abîmée"),
        "sealed": _("fermée sous une clé que vous n’avez pas, ou abîmée"),
        "filed": _("fermée sous une clé que vous n’avez pas, ou abîmée"),
        "contact": _("son contact est abîmé"),
        "correction": _("son contact corrigé ne s’ouvre pas avec vos clés"),
    }
    cause = causes.get(code.partition("-")[0], _("fiche illisible"))
    return plain.get(code) or f"{cause} [{code}]"


def trouble_words(trouble: str) -> str:
    """Return what of a visit's messages needs a person, in words; nothing when nothing does."""
    if not trouble:
        return ""
    return {
        "call": _("à appeler"),
        "failed": _("message non parti"),
        "doubtful": _("message peut-être parti"),
    }[trouble]


def visit(
    appointment: Appointment,
    zone: ZoneInfo,
    now: datetime,
    shown: dict[int, Shown],
    place: Place = NOWHERE,
    stretch: Stretch | None = None,
) -> Visit:
    """Return an appointment in words; on a grid with its place there and its stretch of the day."""
    start = appointment.start.astimezone(zone)
    waits = appointment.arrived_at if appointment.state == Appointment.State.ARRIVED else None
    return Visit(
        appointment,
        words.clock_full(start),
        words.clock_full(appointment.end.astimezone(zone)),
        place,
        shown.get(appointment.pk),
        # The grid has no buttons.
        [] if stretch else moves(appointment, to_come=start.date() > now.astimezone(zone).date()),
        stretch.start if stretch else 0,
        stretch.end if stretch else 0,
        int(waits.timestamp()) if waits else 0,
        max(0, int((now - waits).total_seconds() // 60)) if waits else 0,
    )
