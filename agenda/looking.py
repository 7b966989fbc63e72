"""How this reader looks at the agenda: names or initials, what is cut (this session), minutes to a line (this member)."""

from django.utils import timezone

from agenda.screen import View
from agenda.vault import StaffRequest

INITIALS = "initials"
# The appointment that was cut, to be pasted elsewhere: its id, as text.
CUT = "cut"


def initials(request: StaffRequest) -> bool:
    """Whether somebody else can see this screen, so that names are not even in the page."""
    return bool(request.session.get(INITIALS, False))


def looked_at(request: StaffRequest, page: str) -> View:
    """Return how the reader looks at a grid; *page* is how the access log names it."""
    by_day = page == "week"
    return View(request.vault, page, timezone.now(), by_day=by_day, initials=initials(request))
