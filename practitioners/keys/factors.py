"""The secrets of second factors as they lie in the agenda store: sealed under the server secret, bound to their owner."""

from base64 import b64decode, b64encode

from django.conf import settings

from clicdocteur import sealing
from clicdocteur.sealing import Context


def seal_factor(staff_id: int, text: str) -> str:
    """Return a text as a box that opens only with the server secret, and only as this staff member's."""
    return b64encode(sealing.encrypt(_keys()[0], text.encode(), _context(staff_id))).decode()


def open_factor(staff_id: int, box: str) -> str:
    """Return what a box holds. Raises SealingError for another member's or an altered one, ValueError for no box at all."""
    return sealing.decrypt_any(_keys(), b64decode(box, validate=True), _context(staff_id)).decode()


def _keys() -> list[bytes]:
    return [sealing.derive(secret, "second factor") for secret in settings.SERVER_SECRETS]


def _context(staff_id: int) -> Context:
    return Context("second factor", "data", (staff_id,))
