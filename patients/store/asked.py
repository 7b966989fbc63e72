"""What somebody types to have a link again, closed under the server's contact key until the worker has looked."""

from typing import Final

from clicdocteur import sealing
from clicdocteur.sealing import Context
from patients.store import boxes, people
from patients.store.boxes import NotOpened

_LENGTH: Final = 1100


def close(row: int, channel: str, value: str) -> bytes:
    """Close a contact as it was typed, for one row; all boxes have one length."""
    content = sealing.pad(people.dump({"channel": channel, "value": value}), _LENGTH)
    return sealing.encrypt(boxes.keys("contact")[0], content, Context("asked", "box", (row,)))


def open_asked(row: int, box: bytes) -> tuple[str, str]:
    """Return channel and value. Raises NotOpened."""
    try:
        content = sealing.decrypt_any(boxes.keys("contact"), bytes(box), Context("asked", "box", (row,)))
    except sealing.SealingError as error:
        raise NotOpened(f"asked-{error.reason}") from None
    found = people.load(sealing.unpad(content))
    return found["channel"], found["value"]
