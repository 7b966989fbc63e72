"""Everything secret passes here: the only module that imports the ``cryptography`` package.

Pure: values in, values out; only random bytes come from outside. Each box begins with one
format byte; sizes are in bytes::

    seal                 1 | KEM ciphertext 1120 |              ciphertext | tag 16
    encrypt, …with_code  1 |                         nonce 12 | ciphertext | tag 16
    wrap_with_password   1 | cost 6 | salt 16 |      nonce 12 | ciphertext | tag 16
    pad                  count 4 | content | zeros    (hides a length; goes inside the others)

A box is bound to its ``Context``: in another row, column or use it does not open. Two errors, no
third: ``SealingError``, a box, key or code does not fit; ``ValueError``, the program asks for the
impossible (a content too long for its padding, a cost or length out of bounds).

Sources: HPKE, RFC 9180, with the KEM MLKEM768-X25519 (0x647a, "X-Wing") of draft-ietf-hpke-pq;
ML-KEM, FIPS 203; X25519, RFC 7748; AES-GCM, NIST SP 800-38D; Argon2id, RFC 9106; HKDF, RFC 5869.
"""

import hmac
import struct
import threading
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from secrets import token_bytes
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric import mlkem, x25519
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from clicdocteur.framing import (
    CODE_LENGTH,
    CONTEXT_LENGTH,
    DOMAIN,
    FORMAT,
    PAD_OVERHEAD,
    Context,
    Contexts,
    Reason,
    SealingError,
    frame,
    need,
    pad,
    parse_recovery_code,
    recovery_code,
    unpad,
)

__all__ = ["CODE_LENGTH", "CONTEXT_LENGTH", "FORMAT", "PAD_OVERHEAD", "Context", "Reason"]
__all__ += ["SealingError", "pad", "parse_recovery_code", "recovery_code", "unpad"]
__all__ += ["ENCRYPT_OVERHEAD", "KEY_LENGTH", "PRIVATE_LENGTH", "PUBLIC_LENGTH", "SEAL_OVERHEAD"]
__all__ += ["DEFAULT_COST", "PASSWORD_OVERHEAD", "KeyPair", "PasswordCost"]
__all__ += ["decrypt", "encrypt", "generate_key_pair", "open_sealed", "opener", "public_of", "seal"]
__all__ += ["decrypt_any", "unwrap_with_password", "wrap_with_code", "wrap_with_password"]
__all__ += ["derive", "tag", "unwrap_with_code"]

_SUITE: Final = hpke.Suite(hpke.KEM.MLKEM768_X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)
_COST: Final = struct.Struct(">IBB")  # memory in KiB, iterations, lanes
_ENC, _NONCE, _TAG, _SALT = 1120, 12, 16, 16

KEY_LENGTH: Final = 32
PRIVATE_LENGTH: Final = 64 + 32  # ML-KEM-768 seed (d, z), X25519 scalar
PUBLIC_LENGTH: Final = 1184 + 32  # ML-KEM-768 encapsulation key, X25519 point

SEAL_OVERHEAD: Final = 1 + _ENC + _TAG
ENCRYPT_OVERHEAD: Final = 1 + _NONCE + _TAG
PASSWORD_OVERHEAD: Final = 1 + _COST.size + _SALT + _NONCE + _TAG

# Key pairs: whoever has the public half closes, only the private half opens.


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A public half of 1216 bytes and a private half of 96, which no ``repr`` shows."""

    public: bytes
    private: bytes = field(repr=False)


def generate_key_pair() -> KeyPair:
    """Return a new pair. 96 random bytes are a private half: FIPS 203 §7.1 and RFC 7748 §6.1."""
    private = token_bytes(PRIVATE_LENGTH)
    return KeyPair(public_of(private), private)


def public_of(private: bytes) -> bytes:
    """Return the public half (1216 bytes) that belongs to this private half (96 bytes)."""
    lattice, curve = _private_parts(private)
    return lattice.public_key().public_bytes_raw() + curve.public_key().public_bytes_raw()


def seal(public: bytes, plaintext: bytes, context: Context) -> bytes:
    """Close for the owner of ``public``; the result is ``SEAL_OVERHEAD`` (1137) bytes longer.

    HPKE base mode, single shot (RFC 9180 §6.1), ``info`` = context, empty associated data.
    An attacker has to break both ML-KEM-768 and X25519. Nothing tells who sealed.
    Raises ``SealingError``: ``length`` or ``format`` when ``public`` is not a public half.
    """
    need(len(public) == PUBLIC_LENGTH, "length")
    try:
        lattice = mlkem.MLKEM768PublicKey.from_public_bytes(public[:-32])
        curve = x25519.X25519PublicKey.from_public_bytes(public[-32:])
        key = hpke.MLKEM768X25519PublicKey(lattice, curve)
        return bytes([FORMAT]) + _SUITE.encrypt(plaintext, key, info=context.encode(FORMAT))
    except ValueError:  # a lattice coefficient out of range, a curve point of small order
        raise SealingError("format") from None


def open_sealed(private: bytes, box: bytes, context: Context) -> bytes:
    """Open what :func:`seal` closed. Raises ``SealingError``."""
    body = _body(box, SEAL_OVERHEAD)
    key = hpke.MLKEM768X25519PrivateKey(*_private_parts(private))
    try:
        return _SUITE.decrypt(body, key, info=context.encode(FORMAT))
    except InvalidTag:
        raise SealingError("authentication") from None


def _private_parts(private: bytes) -> tuple[mlkem.MLKEM768PrivateKey, x25519.X25519PrivateKey]:
    need(len(private) == PRIVATE_LENGTH, "length")
    lattice = mlkem.MLKEM768PrivateKey.from_seed_bytes(private[:-32])
    return lattice, x25519.X25519PrivateKey.from_private_bytes(private[-32:])


# One secret key of 32 bytes: the same key closes and opens.


def encrypt(key: bytes, plaintext: bytes, context: Context) -> bytes:
    """Close with AES-256-GCM; the result is ``ENCRYPT_OVERHEAD`` (29) bytes longer.

    The nonce is random: one key may close 2**32 boxes (SP 800-38D §8.3).
    Raises ``SealingError("length")`` for a key that is not 32 bytes.
    """
    need(len(key) == KEY_LENGTH, "length")
    nonce = token_bytes(_NONCE)
    ciphertext = AESGCM(key).encrypt(nonce, plaintext, context.encode(FORMAT))
    return bytes([FORMAT]) + nonce + ciphertext


def decrypt(key: bytes, box: bytes, context: Context) -> bytes:
    """Open what :func:`encrypt` closed. Raises ``SealingError``."""
    need(len(key) == KEY_LENGTH, "length")
    body = _body(box, ENCRYPT_OVERHEAD)
    try:
        return AESGCM(key).decrypt(body[:_NONCE], body[_NONCE:], context.encode(FORMAT))
    except InvalidTag:
        raise SealingError("authentication") from None


def decrypt_any(keys: Sequence[bytes], box: bytes, context: Context) -> bytes:
    """Open with the first key that fits, in order: the current one, then those rotated out.

    Raises ``SealingError``: ``authentication`` when none fits, or at once for a malformed box.
    """
    for key in keys:
        try:
            return decrypt(key, box, context)
        except SealingError as error:
            if error.reason != "authentication":
                raise
    raise SealingError("authentication")


def opener(keys: Sequence[bytes], purpose: str, column: str, first: int = FORMAT) -> Callable[[bytes, int], bytes]:
    """Return what opens many boxes of one purpose and column, as :func:`decrypt_any` would: made ready once, for a scan.

    It takes a box and the id of its row, and raises ``SealingError``. ``first`` is the byte that these boxes begin with,
    where something else stands in the place of the format.
    """
    need(all(len(key) == KEY_LENGTH for key in keys), "length")
    decrypts = [AESGCM(key).decrypt for key in keys]
    context_of = Contexts(FORMAT, purpose, column).encode

    def open_box(box: bytes, number: int) -> bytes:
        if len(box) < ENCRYPT_OVERHEAD:
            raise SealingError("length")
        if box[0] != first:
            raise SealingError("format")
        nonce, ciphertext, context = box[1 : 1 + _NONCE], box[1 + _NONCE :], context_of(number)
        for decrypt in decrypts:
            try:
                return decrypt(nonce, ciphertext, context)
            except InvalidTag:
                continue
        raise SealingError("authentication")

    return open_box


# A password: slow on purpose.


@dataclass(frozen=True, slots=True)
class PasswordCost:
    """What one guess costs, at most 512 MiB, 16 passes, 16 lanes; beyond, ``ValueError``."""

    memory_kib: int
    iterations: int
    lanes: int

    def __post_init__(self) -> None:
        counts_fit = self.iterations in range(1, 17) and self.lanes in range(1, 17)
        if not (counts_fit and 8 * self.lanes <= self.memory_kib <= 512 * 1024):
            raise ValueError("Argon2 cost out of bounds")


# OpenSSL computes several lanes on threads of one pool, and two derivations at once in a process wait for each other for ever.
_ONE_DERIVATION: Final = threading.Lock()
DEFAULT_COST: Final = PasswordCost(memory_kib=128 * 1024, iterations=3, lanes=4)


def wrap_with_password(password: str, secret: bytes, context: Context, cost: PasswordCost = DEFAULT_COST) -> bytes:
    """Close under a password; the result is ``PASSWORD_OVERHEAD`` (51) bytes longer.

    Cost and salt need no binding of their own: change them, and the key is another.
    """
    header = _COST.pack(cost.memory_kib, cost.iterations, cost.lanes) + token_bytes(_SALT)
    box = encrypt(_password_key(password, cost, header[_COST.size :]), secret, context)
    return box[:1] + header + box[1:]


def unwrap_with_password(password: str, box: bytes, context: Context) -> bytes:
    """Open what :func:`wrap_with_password` closed, at the cost written in the box.

    Raises ``SealingError``; ``format``, before any memory is taken, for a cost out of bounds.
    """
    header = _body(box, PASSWORD_OVERHEAD)[: _COST.size + _SALT]
    try:
        cost = PasswordCost(*_COST.unpack(header[: _COST.size]))
    except ValueError:
        raise SealingError("format") from None
    key = _password_key(password, cost, header[_COST.size :])
    return decrypt(key, box[:1] + box[1 + len(header) :], context)


def _password_key(password: str, cost: PasswordCost, salt: bytes) -> bytes:
    # NFKC: "é" is one code point from one keyboard or system and two from another, a digit may
    # be wide: to the person it is the same password. An encoding error would quote the password,
    # so lone surrogates pass.
    typed = unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")
    memory, passes, lanes = cost.memory_kib, cost.iterations, cost.lanes
    slow = Argon2id(salt=salt, length=32, iterations=passes, lanes=lanes, memory_cost=memory)
    with _ONE_DERIVATION:
        return slow.derive(typed)


# Keys from keys, and fingerprints of values.


def derive(secret: bytes, label: str, length: int = KEY_LENGTH) -> bytes:
    """Return ``length`` bytes for one use, named by ``label``: HKDF-SHA256, no salt.

    For secrets that are random already, never for passwords. Raises ``SealingError("length")``
    for a secret under 16 bytes, ``ValueError`` for more than 8160 bytes (RFC 5869 §2.3).
    """
    need(len(secret) >= CODE_LENGTH, "length")
    info = (DOMAIN + label).encode("utf-8", "surrogatepass")
    return HKDF(SHA256(), length, salt=None, info=info).derive(secret)


def tag(key: bytes, *parts: bytes | str | int) -> bytes:
    """Return HMAC-SHA256 (32 bytes) over the parts; ``1``, ``"1"`` and ``b"1"`` are different.

    Raises ``SealingError("length")`` when ``key`` is not 32 bytes.
    """
    need(len(key) == KEY_LENGTH, "length")
    return hmac.digest(key, frame(*parts), "sha256")


# The printed recovery sheet: a code of 128 random bits.


def wrap_with_code(code: bytes, secret: bytes, context: Context) -> bytes:
    """Close under a code's 16 bytes, as :func:`encrypt`; nobody guesses them, so no Argon2."""
    return encrypt(derive(code, "recovery code"), secret, context)


def unwrap_with_code(code: bytes, box: bytes, context: Context) -> bytes:
    """Open what :func:`wrap_with_code` closed. Raises ``SealingError``."""
    return decrypt(derive(code, "recovery code"), box, context)


def _body(box: bytes, overhead: int) -> bytes:
    need(len(box) >= overhead, "length")
    need(box[0] == FORMAT, "format")
    return box[1:]
