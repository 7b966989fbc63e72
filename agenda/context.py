"""What every page of the desk knows besides its own: what can be undone, and how it is shown."""

from typing import Any, cast

from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from agenda import looking, undo
from agenda.vault import PREFIX, StaffRequest
from practitioners.models import Staff


def desk(request: HttpRequest) -> dict[str, Any]:
    """Return, for pages under /agenda/ of somebody signed in, the last action of the session (or None) and the reader's ways."""
    if not request.path_info.startswith(PREFIX) or not hasattr(request, "user") or not request.user.is_authenticated:
        return {}
    reader = cast("StaffRequest", request)
    return {
        "last_action": SimpleLazyObject(lambda: undo.last(reader, timezone.now())),
        "initials": looking.initials(reader),
        "cut": request.session.get(looking.CUT, ""),
        "lines": Staff.MinutesPerRow,
    }
