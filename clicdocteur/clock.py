"""Whether anybody keeps this machine's clock, as far as its kernel knows."""

import ctypes
from typing import Final

UNSYNCHRONISED: Final = 5


def is_kept() -> bool | None:
    """Ask the kernel, by `adjtimex` with nothing to change; None where it cannot be asked, or a filter of system calls forbids it."""
    try:
        state = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(512))
    except (OSError, AttributeError):
        return None
    return None if state < 0 else bool(state != UNSYNCHRONISED)
