"""What waits in a page from one request to the next, closed: the server keeps nothing, and a page under the lock shows nothing."""

from clicdocteur import sealing
from clicdocteur.sealing import Context, SealingError
from practitioners.keys.vault import Vault


def close_for_page(vault: Vault, purpose: str, content: bytes) -> bytes:
    """Return a box that only the same member opens, in an unlocked session, and for the same purpose."""
    return sealing.encrypt(_key(vault), content, _context(vault, purpose))


def open_from_page(vault: Vault, purpose: str, box: bytes) -> bytes | None:
    """Return what such a box holds, or None for another's, another purpose's, or one that was altered."""
    try:
        return sealing.decrypt(_key(vault), box, _context(vault, purpose))
    except SealingError:
        return None


def _key(vault: Vault) -> bytes:
    return sealing.derive(vault.holder_private, "waiting in a page")


def _context(vault: Vault, purpose: str) -> Context:
    return Context("page", purpose, (vault.staff.pk,))
