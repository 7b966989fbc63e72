"""One store's archive: a heading, each table's rows in key order, a last line that counts them. gzip over lines of JSON.

The file is whole or refused: the last line says how many rows there were, the manifest says its checksum.
"""

import hashlib
import json
import os
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

from django.db import models
from django.utils.translation import gettext as _

from clicdocteur.router import PATIENTS
from upkeep import rows

FORMAT: Final = 1
PIECE: Final = 1 << 16


class Unusable(Exception):
    """An archive or a pair that cannot be restored. The text says why, without content."""


@dataclass(frozen=True, slots=True)
class Written:
    """What a manifest says of an archive."""

    sha256: str
    size: int
    rows: dict[str, int]


class _File:
    """A new file, mode 0600, compressed and hashed as it is written."""

    def __init__(self, path: Path, *, fast: bool) -> None:
        # The patients' boxes are random bytes: only the alphabet of base64 is there to be saved, and time counts.
        strategy, level = (zlib.Z_HUFFMAN_ONLY, 1) if fast else (zlib.Z_DEFAULT_STRATEGY, 6)
        self._packer = zlib.compressobj(level=level, wbits=31, strategy=strategy)
        self._hash = hashlib.sha256()
        self._file = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
        self.size = 0

    def write(self, line: bytes) -> None:
        self._put(self._packer.compress(line))

    def finish(self) -> str:
        """Bring it to the disk; return its checksum."""
        self._put(self._packer.flush())
        self._file.flush()
        os.fsync(self._file.fileno())
        return self._hash.hexdigest()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_given: object) -> None:
        self._file.close()

    def _put(self, piece: bytes) -> None:
        if piece:
            self._hash.update(piece)
            self.size += len(piece)
            self._file.write(piece)


def write(
    path: Path, store: str, alias: str, heading: dict[str, Any], tables: Iterable[type[models.Model]],
    more: dict[str, list[models.Model]] | None = None,
) -> Written:  # fmt: skip
    """Write a store, as it is seen through `alias`, into a new file. `more` are unsaved rows that go in with a table's own."""
    counts: dict[str, int] = {}
    with _File(path, fast=store == PATIENTS) as file:
        file.write(rows.line({"format": FORMAT, "store": store, **heading}))
        for model in tables:
            label = model._meta.label_lower
            file.write(rows.line({"table": label, "columns": [field.attname for field in rows.columns(model)]}))
            counts[label] = 0
            for row in _merged(model, alias, (more or {}).get(label, [])):
                file.write(rows.line(row))
                counts[label] += 1
        file.write(rows.line({"end": sum(counts.values())}))
        return Written(file.finish(), file.size, counts)


def _merged(model: type[models.Model], alias: str, more: list[models.Model]) -> Iterator[list[Any]]:
    """Return a table's rows with a few more, all in key order."""
    names = [field.attname for field in rows.columns(model)]
    place = names.index(model._meta.pk.attname) if model._meta.pk else 0
    waiting = sorted(([getattr(one, name) for name in names] for one in more), key=lambda row: row[place])
    for row in rows.read(model, alias):
        while waiting and waiting[0][place] < row[place]:
            yield waiting.pop(0)
        yield row
    yield from waiting


def checksum(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal. Raises OSError."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            found.update(piece)
    return found.hexdigest()


def damaged(path: Path) -> Unusable:
    """Say that a file is not what was written."""
    return Unusable(_("%(file)s est modifié, coupé ou abîmé") % {"file": Path(path.parent.name) / path.name})


class Archive:
    """An archive to be read, once, from its beginning to its end."""

    def __init__(self, path: Path) -> None:
        self._lines = _unpacked(path)
        self.path = path
        self.heading: dict[str, Any] = self._next()
        if self.heading.get("format") != FORMAT:
            raise Unusable(
                _("%(file)s est au format %(format)s, cette version lit le %(ours)s")
                % {"file": path.name, "format": self.heading.get("format"), "ours": FORMAT}
            )
        self._count = 0

    def tables(self) -> Iterator[tuple[str, list[str], Iterator[list[Any]]]]:
        """Return each table's label, columns and rows; each table's rows have to be read before the next. Raises Unusable."""
        line = self._next()
        while "end" not in line:
            following: list[dict[str, Any]] = []
            yield line["table"], line["columns"], self._rows(following)
            line = following[0]
        if line["end"] != self._count:
            raise Unusable(
                _("%(file)s devrait tenir %(told)s lignes, et en tient %(found)s")
                % {"file": self.path.name, "told": line["end"], "found": self._count}
            )

    def _rows(self, following: list[dict[str, Any]]) -> Iterator[list[Any]]:
        while True:
            line: Any = self._next()
            if isinstance(line, dict):
                following.append(line)
                return
            self._count += 1
            yield line

    def _next(self) -> Any:
        try:
            return json.loads(next(self._lines))
        except (StopIteration, ValueError, EOFError):
            raise damaged(self.path) from None


def _unpacked(path: Path) -> Iterator[bytes]:
    import gzip

    try:
        with gzip.open(path, "rb") as file:
            yield from file
    except (OSError, EOFError, zlib.error):
        raise damaged(path) from None
