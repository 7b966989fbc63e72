"""What the patient's page says of messages: what left, what will, and what will not. Never more than is true."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from booking import channels, judgement, outbox, words
from booking.models import Appointment, Message
from patients.store.people import Contact

Kind, State = Message.Kind, Message.State


def of_visit(found: Appointment, contact: Contact | None, now: datetime) -> dict[str, str]:
    """Return the sentence on messages, and whether reminders are `on` or `off` where the patient has the choice."""
    way = channels.way(contact.channel, contact.value) if contact else ""
    if contact is None or not way or found.discreet:
        return {"sends": _("Aucun message n’est envoyé pour ce rendez-vous : notez la date."), "reminders": ""}
    told = outbox.for_appointments([found.pk]).get(found.pk, [])
    reminds = judgement.reminds(found)
    coming = [one for one in told if one.kind == Kind.REMINDER and one.state == State.QUEUED and one.due > now]
    sentences = [_first(told, way), _reminded(coming if reminds and contact.reminders else [], found)]
    return {
        "sends": " ".join(filter(None, sentences)),
        "reminders": ("on" if contact.reminders else "off") if reminds and coming else "",
    }


def _first(told: Sequence[Message], way: str) -> str:
    """Return what became of the last message on the visit itself."""
    last = next((one for one in reversed(told) if one.kind in (Kind.CONFIRMATION, Kind.CHANGE)), None)
    if last is None:
        return ""
    if last.state in (State.FAILED, State.DOUBTFUL):
        return _("La confirmation n’est peut-être pas arrivée : notez la date, et vérifiez votre contact.")
    by_email = way == Message.Channel.EMAIL
    if last.state == State.SENT:
        return _("Une confirmation est partie par e-mail.") if by_email else _("Une confirmation est partie par SMS.")
    return _("Une confirmation va partir par e-mail.") if by_email else _("Une confirmation va partir par SMS.")


def _reminded(coming: Sequence[Message], found: Appointment) -> str:
    if not coming:
        return _("Il n’y aura pas de rappel : notez la date.")
    zone = found.zone
    days = [words.day(one.due.astimezone(zone).date()) for one in coming]
    if len(days) == 1:
        return _("Un rappel partira le %(day)s.") % {"day": days[0]}
    return _("Des rappels partiront le %(first)s et le %(last)s.") % {"first": days[0], "last": days[-1]}
