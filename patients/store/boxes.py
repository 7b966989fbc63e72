"""The boxes of a record: one length for all rows, content or filler, closed a second time under the storage key.

Whoever reads the store without the server secret sees random bytes of one length; with it, which boxes are filled;
only the agenda's private key opens an identity or a visit. Layout of a box, outside in::

    storage wrap 29 | kind 0 filler                                   (random, of the same length)
                    | kind 1 sealed to the agenda key, or encrypted under the contact key
                    | kind 2 filed: encrypted under a key derived from the agenda's private half

A box is sealed by whoever takes a booking, who cannot open it; it is filed by whoever opened it once, and opens some
fifteen times faster from then on. Both open with the same private half, and with nothing else.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from secrets import token_bytes
from typing import Final

from django.conf import settings

from clicdocteur import sealing
from clicdocteur.sealing import Context

EMPTY: Final = 0
FILED: Final = 2
REF_LENGTH: Final = sealing.ENCRYPT_OVERHEAD + 8


class NotOpened(Exception):
    """A box or a reference does not open. `why` is a short code for people and logs, never content."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Column:
    """A box column: its name, and the bytes of padded content that it takes."""

    name: str
    content: int
    overhead: int

    @property
    def inner(self) -> int:
        """Bytes inside the storage wrap."""
        return self.content + self.overhead

    @property
    def length(self) -> int:
        """Bytes of the column in every row."""
        return self.inner + sealing.ENCRYPT_OVERHEAD


@dataclass(frozen=True)
class Key:
    """An agenda's private half, for as long as somebody is opening boxes with it."""

    private: bytes = field(repr=False)

    @cached_property
    def filing(self) -> bytes:
        """The symmetric key that it files under."""
        return sealing.derive(self.private, "filing")


@dataclass(frozen=True, slots=True)
class Opened:
    """The content of a box, the key that opened it, and whether it is filed already."""

    content: bytes = field(repr=False)
    key: Key
    filed: bool


IDENTITY: Final = Column("identity_box", 3072, sealing.SEAL_OVERHEAD)
VISIT: Final = Column("visit_box", 5120, sealing.SEAL_OVERHEAD)
CONTACT: Final = Column("contact_box", 5120, sealing.ENCRYPT_OVERHEAD)
COLUMNS: Final = (IDENTITY, VISIT, CONTACT)
# The note of a day lies in the agenda store, in a box of the same make.
DAY_NOTE: Final = Column("day_note", 4096, sealing.SEAL_OVERHEAD)
# And that somebody did not come, beside the appointment.
LAPSE: Final = Column("lapse", 512, sealing.SEAL_OVERHEAD)
_ERASED: Final = Context("erased", "box")


@cache
def keys(label: str) -> tuple[bytes, ...]:
    """Return the server's keys of one label, the current one first."""
    return tuple(sealing.derive(secret, label) for secret in settings.SERVER_SECRETS)


def close(column: Column, record_id: int, content: bytes, public_key: bytes) -> bytes:
    """Seal content to an agenda key and wrap it for storage."""
    inner = sealing.seal(public_key, sealing.pad(content, column.content), Context("record", column.name, (record_id,)))
    return wrap(column, record_id, inner)


def close_contact(record_id: int, content: bytes) -> bytes:
    """Encrypt content under the server's contact key and wrap it for storage."""
    context = Context("contact", CONTACT.name, (record_id,))
    inner = sealing.encrypt(keys("contact")[0], sealing.pad(content, CONTACT.content), context)
    return wrap(CONTACT, record_id, inner)


def filler(column: Column, record_id: int) -> bytes:
    """Return a box without content, which looks like every other."""
    return wrap(column, record_id, bytes([EMPTY]) + token_bytes(column.inner - 1))


def wrap(column: Column, record_id: int, inner: bytes) -> bytes:
    """Close the inner box under the storage key."""
    if len(inner) != column.inner:
        raise ValueError("a box of another length would tell rows apart")
    return sealing.encrypt(keys("storage")[0], inner, Context("storage", column.name, (record_id,)))


def unwrap(column: Column, record_id: int, box: bytes) -> bytes | None:
    """Return the inner box, or None for filler. Raises NotOpened when the server secret does not fit."""
    try:
        inner = sealing.decrypt_any(keys("storage"), bytes(box), Context("storage", column.name, (record_id,)))
    except sealing.SealingError as error:
        raise NotOpened(f"storage-{error.reason}") from None
    return None if inner[0] == EMPTY else inner


def file(column: Column, record_id: int, content: bytes, key: Key) -> bytes:
    """Close content that was opened once under the agenda's own filing key, and wrap it for storage."""
    padded = sealing.pad(content, column.inner - sealing.ENCRYPT_OVERHEAD)
    filed = sealing.encrypt(key.filing, padded, Context("filed", column.name, (record_id,)))
    return wrap(column, record_id, bytes([FILED]) + filed[1:])


def refile(column: Column, record_id: int, box: bytes, halves: Sequence[Key], to: Key) -> bytes:
    """Return a box of the agenda store as another of its agenda's keys files it. Raises NotOpened."""
    opened = open_box(column, record_id, box, halves)
    if opened is None:
        raise NotOpened("empty")
    return file(column, record_id, opened.content, to)


def open_box(column: Column, record_id: int, box: bytes, halves: Sequence[Key]) -> Opened | None:
    """Return what an identity or visit box holds, or None when it is empty. Raises NotOpened.

    Several keys are tried in their order, while an agenda is on its way from one key to the next: a box opens with
    exactly one of them or not at all.
    """
    inner = unwrap(column, record_id, box)
    if inner is None:
        return None
    filed = inner[0] == FILED
    why = "authentication"
    for key in halves:
        try:
            padded = (
                _open_filed(column, record_id, inner, key) if filed else _open_sealed(column, record_id, inner, key)
            )
            return Opened(sealing.unpad(padded), key, filed)
        except sealing.SealingError as error:
            why = error.reason
            if why != "authentication":
                break
    raise NotOpened(f"{'filed' if filed else 'sealed'}-{why}")


def _open_sealed(column: Column, record_id: int, inner: bytes, key: Key) -> bytes:
    return sealing.open_sealed(key.private, inner, Context("record", column.name, (record_id,)))


def _open_filed(column: Column, record_id: int, inner: bytes, key: Key) -> bytes:
    # As `sealing` made it: the kind stands where its format was.
    encrypted = bytes([sealing.FORMAT]) + inner[1:]
    return sealing.decrypt(key.filing, encrypted, Context("filed", column.name, (record_id,)))


def open_contact(record_id: int, box: bytes) -> bytes | None:
    """Return the content of a contact box, or None when it is empty. Raises NotOpened."""
    inner = unwrap(CONTACT, record_id, box)
    if inner is None:
        return None
    context = Context("contact", CONTACT.name, (record_id,))
    try:
        return sealing.unpad(sealing.decrypt_any(keys("contact"), inner, context))
    except sealing.SealingError as error:
        raise NotOpened(f"contact-{error.reason}") from None


def seal_correction(record_id: int, content: bytes, public_key: bytes) -> bytes:
    """Seal a corrected contact so that staff alone can read it."""
    return sealing.seal(public_key, sealing.pad(content, 1100), Context("correction", CONTACT.name, (record_id,)))


def open_correction(record_id: int, box: bytes, halves: Sequence[Key]) -> bytes:
    """Open what `seal_correction` closed, with the key that it was sealed to. Raises NotOpened."""
    context, why = Context("correction", CONTACT.name, (record_id,)), "authentication"
    for key in halves:
        try:
            return sealing.unpad(sealing.open_sealed(key.private, box, context))
        except sealing.SealingError as error:
            why = error.reason
            if why != "authentication":
                break
    raise NotOpened(f"correction-{why}")


def reference(record_id: int, appointment_id: int) -> bytes:
    """Return the `patient_ref` of a record for one appointment: equal patients give unequal references."""
    context = Context("link", "patient_ref", (appointment_id,))
    return sealing.encrypt(keys("link")[0], record_id.to_bytes(8), context)


def record_id_of(reference: bytes, appointment_id: int) -> int:
    """Return the record id behind a reference. Raises NotOpened."""
    context = Context("link", "patient_ref", (appointment_id,))
    try:
        return int.from_bytes(sealing.decrypt_any(keys("link"), bytes(reference), context))
    except sealing.SealingError as error:
        raise NotOpened(f"link-{error.reason}") from None


def erased_box(record_id: int) -> bytes:
    """Return the id of a record that was erased, closed under the link key: who lacks it learns only that one was."""
    return sealing.encrypt(keys("link")[0], record_id.to_bytes(8), _ERASED)


def erased_id(box: bytes) -> int:
    """Return the record id in such a box. Raises NotOpened."""
    try:
        return int.from_bytes(sealing.decrypt_any(keys("link"), bytes(box), _ERASED))
    except sealing.SealingError as error:
        raise NotOpened(f"erased-{error.reason}") from None


def check_box(store: str) -> bytes:
    """Return a value that only this server secret opens, for one of the two stores."""
    return sealing.encrypt(keys("check")[0], store.encode(), Context("check", store))


def check_opens(store: str, box: bytes) -> bool:
    """Say whether the server secret in use is the one that a store was made under."""
    try:
        return sealing.decrypt_any(keys("check"), bytes(box), Context("check", store)) == store.encode()
    except sealing.SealingError:
        return False


# After a rotation of the server secret: what was made under an older one is made anew under the current one.


def renewed(column: Column, record_id: int, box: bytes) -> bytes | None:
    """Return a box as the current server secret would have closed it, or None when it did. Raises NotOpened."""
    inner = unwrap(column, record_id, box)
    current = _opens_with(keys("storage")[0], box, Context("storage", column.name, (record_id,)))
    if column is CONTACT and inner is not None:
        content = open_contact(record_id, box) or b""
        current = current and _opens_with(keys("contact")[0], inner, Context("contact", CONTACT.name, (record_id,)))
        return None if current else close_contact(record_id, content)
    if current:
        return None
    return filler(column, record_id) if inner is None else wrap(column, record_id, inner)


def reference_renewed(ref: bytes, appointment_id: int) -> bytes | None:
    """Return a reference as the current server secret makes it, or None when it did. Raises NotOpened."""
    record = record_id_of(ref, appointment_id)
    current = _opens_with(keys("link")[0], ref, Context("link", "patient_ref", (appointment_id,)))
    return None if current else reference(record, appointment_id)


def erased_renewed(box: bytes) -> bytes | None:
    """Return the box of an erased record as the current server secret makes it, or None when it did. Raises NotOpened."""
    record = erased_id(box)
    return None if _opens_with(keys("link")[0], box, _ERASED) else erased_box(record)


def check_is_current(store: str, box: bytes) -> bool:
    """Say whether a check value was made under the current server secret."""
    return _opens_with(keys("check")[0], box, Context("check", store))


def _opens_with(key: bytes, box: bytes, context: Context) -> bool:
    try:
        sealing.decrypt(key, bytes(box), context)
    except sealing.SealingError:
        return False
    return True
