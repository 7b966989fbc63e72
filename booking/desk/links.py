"""The patient's link, handed out at the desk: on paper, as often as it takes."""

from datetime import datetime

from django.http import Http404

from booking.appointments import contact_of, reference
from booking.desk.terms import Desk
from booking.links import link_hash, new_token
from booking.models import Appointment
from booking.refusals import TooLate
from booking.transactions import lock_agenda, verb
from patients import store
from practitioners import access_log


def known_token(appointment: Appointment) -> str:
    """Return the token of a link that the server itself can read, for as long as it has to write to the patient; or nothing."""
    contact = contact_of(appointment)
    if contact is None or not contact.token or link_hash(contact.token) != bytes(appointment.link_hash or b""):
        return ""
    return contact.token


@verb
def renew_link(pk: int, now: datetime, *, by: Desk) -> str:
    """Make a new link for a visit to come, and return its token, which is kept nowhere; the old link dies.

    Raises Http404 when nobody belongs to it, TooLate when it is over or cancelled, Busy.
    """
    lock_agenda(appointments=pk)
    appointment = Appointment.objects.filter(pk=pk).first()
    if appointment is None or not appointment.has_person:
        raise Http404
    if not appointment.is_live or appointment.end <= now:
        raise TooLate
    token = new_token()
    appointment.link_hash = link_hash(token)
    appointment.save(update_fields=["link_hash"])
    access_log.record(by.staff, [pk], "new-link", by.session_tag, now)
    # Where the server writes to the patient, it writes the new link.
    store.relink(reference(appointment), token)
    return token
