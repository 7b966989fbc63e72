"""What staff can do with an appointment, as buttons in the order of use. The rule itself is `booking.rules`."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from booking import outbox
from booking.models import Appointment
from booking.rules import STAFF_MOVES, State

BUTTONS = {
    "arrived": _("Arrivé"),
    "in_consultation": _("En consultation"),
    "seen": _("Vu"),
    "absent": _("Non venu"),
    "booked": _("Revenir à « prévu »"),
    "excused": _("Excusé, a prévenu…"),
    "cancelled_by_practice": _("Annuler ce rendez-vous…"),
}
# They give the time back, which cannot be undone: asked again on a page of their own.
CONFIRMED = ("excused", "cancelled_by_practice")
# They speak of the visit itself: not offered before its day.
ON_THE_DAY = ("arrived", "in_consultation", "seen", "absent")
_NATURAL = {"booked": "arrived", "arrived": "in_consultation", "in_consultation": "seen"}


@dataclass(frozen=True, slots=True)
class Move:
    """A button: the state that it leads to, and whether it is what usually follows."""

    to: str
    label: str
    natural: bool
    asks: bool


def moves(appointment: Appointment, *, to_come: bool) -> list[Move]:
    """Return what may follow for staff; *to_come* says that the visit is on a later day. A hold is the patient's."""
    state = State(appointment.state)
    if state is State.HELD:
        return []
    allowed = STAFF_MOVES.get(state, frozenset())
    return [
        Move(to, str(label), _NATURAL.get(state) == to, to in CONFIRMED)
        for to, label in BUTTONS.items()
        if State(to) in allowed and not (to_come and to in ON_THE_DAY)
    ]


def cancelling_tells(appointment: Appointment, now: datetime) -> str:
    """Return what a cancellation by the practice does about telling the patient, in a sentence; nothing once it has begun."""
    if appointment.start <= now:
        return ""
    said = {
        Appointment.Reach.EMAIL: _("Le patient est prévenu par e-mail, une minute plus tard."),
        Appointment.Reach.SMS: _("Le patient est prévenu par SMS, une minute plus tard."),
        Appointment.Reach.UNKNOWN: _("Le patient est prévenu, une minute plus tard."),
        Appointment.Reach.CALL: _("Rien ne peut lui être envoyé : il sera noté parmi les patients à appeler."),
    }
    nobody = _("Aucun message ne lui est envoyé, comme prévu pour ce rendez-vous.")
    return str(said.get(Appointment.Reach(outbox.means(appointment)), nobody))
