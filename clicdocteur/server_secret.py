"""The server secret: 32 random bytes in a file outside both stores.

The file holds one secret a line, in hexadecimal; blank lines and lines that start with `#` are passed over.
The first is current (it makes new things), the rest only open what is older, so that a rotation can be done in steps.
"""

import os
import secrets
from contextlib import suppress
from pathlib import Path

SECRET_BYTES = 32
JOINING = "# The next secret was added, and is not current yet."


class SecretUnusable(Exception):
    """The secret file is missing or malformed. The text names the path and the mending, never the content."""


def path_from_environment() -> Path:
    """Where the secret lies: `SECRET_FILE`, or `var/secret` under the working directory."""
    return Path(os.environ.get("SECRET_FILE") or "var/secret")


def ensure(path: Path) -> None:
    """Make the file with one new secret and mode 0600, unless it is there already."""
    with suppress(FileExistsError):
        restore(path, (secrets.token_bytes(SECRET_BYTES),))


def restore(path: Path, those: tuple[bytes, ...], note: str = "") -> None:
    """Write secrets into a file that is not there yet, mode 0600. Raises FileExistsError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        lines = [secret.hex() for secret in those]
        file.write("\n".join([*lines[:-1], *filter(None, [note]), lines[-1], ""]))
        file.flush()
        os.fsync(file.fileno())


def read(path: Path) -> tuple[bytes, ...]:
    """Return the secrets, the current one first.

    Raises SecretUnusable when the file is missing, unreadable or malformed.
    """
    try:
        lines = path.read_text(encoding="ascii").splitlines()
    except (OSError, UnicodeDecodeError):
        raise SecretUnusable(
            f"No readable server secret at {path}. Put the file back; `manage.py setup` makes one for a new instance, "
            "`manage.py restore` brings it back with a backup."
        ) from None
    found = []
    for number, line in enumerate(lines, 1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        try:
            secret = bytes.fromhex(text)
        except ValueError:
            secret = b""
        if len(secret) != SECRET_BYTES:
            raise SecretUnusable(f"{path}, line {number}: a secret is {2 * SECRET_BYTES} hexadecimal digits.")
        found.append(secret)
    if not found:
        raise SecretUnusable(f"{path} holds no secret.")
    if len(set(found)) != len(found):
        raise SecretUnusable(f"{path} names the same secret twice.")
    return tuple(found)


def add(path: Path) -> None:
    """Append a new secret, which only opens until `make_first`. Raises SecretUnusable, ValueError while there are two."""
    those = read(path)
    if len(those) > 1:
        raise ValueError("the file names several secrets: a rotation is under way")
    _replace(path, (*those, secrets.token_bytes(SECRET_BYTES)), JOINING)


def is_joining(path: Path) -> bool:
    """Say whether the last secret was added and is not current yet."""
    return JOINING in path.read_text(encoding="ascii").splitlines()


def make_first(path: Path) -> None:
    """Make the secret that was added current, and keep the former for opening. Raises SecretUnusable, ValueError."""
    if not is_joining(path):
        raise ValueError("no secret was added that is not current yet")
    *former, newest = read(path)
    _replace(path, (newest, *former))


def drop(path: Path) -> Path:
    """Keep the current secret alone, and put the others aside in a file beside it; return that file. Raises SecretUnusable."""
    first, *rest = read(path)
    aside = path.with_name(path.name + ".dropped")
    _replace(aside, tuple(rest))
    _replace(path, (first,))
    return aside


def _replace(path: Path, those: tuple[bytes, ...], note: str = "") -> None:
    """Write a file whole or not at all, whenever the power goes; a note stands before the last secret."""
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)
    restore(draft, those, note)
    draft.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
