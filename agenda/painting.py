"""The visits of a column as markup. A week of five practitioners has seven hundred, so no template loops over them:

words are looked up once per page, each name is escaped once, and the pieces are joined.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from types import MappingProxyType

from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from agenda.addresses import around_visit
from agenda.visits import Visit, trouble_words
from booking.models import Appointment


class Painter:
    """Draws the visits of one page; *initials* instead of names when somebody else can see the screen."""

    def __init__(self, *, initials: bool = False, trouble: Mapping[int, str] = MappingProxyType({})) -> None:
        self.initials = initials
        self.trouble = {
            pk: f' <span class="trouble">{escape(trouble_words(what))}</span>' for pk, what in trouble.items()
        }
        self.unproven = f' <span class="trouble mild">{escape(Appointment.Proof.UNPROVEN.label)}</span>'
        before, after = around_visit()
        self.address = f'<a href="{before}', f'{after}"><span class="when">'
        self.booking = escape(_("en cours de réservation"))
        self.offered = escape(_("libérée, proposée"))
        self.typing = escape(_("en cours de saisie"))
        locked, nameless = escape(_("nom verrouillé")), escape(_("sans nom"))
        self.locked = f'<span class="name-bar"><span class="hidden-text">{locked}</span></span>'
        self.nameless = f"<em>{nameless}</em>"

    def visits(self, visits: Iterable[Visit]) -> SafeString:
        """Return the list's items."""
        return SafeString("".join(map(self._visit, visits)))

    def _visit(self, visit: Visit) -> str:
        place, pk = visit.place, visit.appointment.pk
        movable = ' data-movable=""' if visit.is_movable else ""
        return (
            f'<li id="v{pk}" class="visit at-{place.row} for-{place.rows} of-{place.lanes} lane-{place.lane} '
            f'{visit.colour} is-{visit.appointment.state}" data-at="{visit.begins}" data-end="{visit.ends}"{movable}>'
            f"{self.address[0]}{pk}{self.address[1]}{_plain(visit.when)}</span> "
            f'<span class="name">{self._name(visit)}</span> '
            f'<span class="what">{_plain(visit.what)}</span>{self._state(visit)}'
            f"{self.trouble.get(pk, '')}{self.unproven if visit.is_unproven else ''}</a></li>"
        )

    def _name(self, visit: Visit) -> str:
        if visit.appointment.is_reserve:
            return self.offered
        if visit.is_hold:
            return self.typing if visit.appointment.is_typed_at_desk else self.booking
        if visit.why_closed:
            closed = escape(_("ne peut pas être ouvert (%(why)s)") % {"why": visit.why_closed})
            return f"<em>{closed}</em>"
        if not visit.persons:
            return self.locked if visit.has_person else self.nameless
        names = (one.initials if self.initials else (one.last_name, one.first_name) for one in visit.persons)
        return ", ".join(f"<b>{escape(last)}</b> {escape(first)}" for last, first in names)

    def _state(self, visit: Visit) -> str:
        if visit.appointment.state == Appointment.State.BOOKED or visit.appointment.is_reserve:
            return ""
        waits = ""
        if visit.waits_since:
            waits = f' · <span data-since="{visit.waits_since}">{visit.waiting_minutes}</span>&nbsp;min'
        state = _state_label(get_language() or "", visit.appointment.state)
        return f' <span class="state">{state}{waits}</span>'


@lru_cache(maxsize=2048)
def _plain(text: str) -> str:
    """Return an hour or a visit type, escaped; they repeat."""
    return str(escape(text))


@lru_cache(maxsize=64)
def _state_label(_language: str, state: str) -> str:
    return str(escape(Appointment.State(state).label))
