"""Words that occur nowhere else, and where to look for them: in any writing that a program might leave them in."""

import base64
import json
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path
from urllib.parse import quote

from django.db import connections

from tests.engines import binaries


@dataclass(frozen=True)
class Person:
    """One patient with unusual data. `phone` is one that is given to nobody (ARCEP keeps 06 39 98 for stories)."""

    last: str
    first: str
    email: str
    birth: str
    message: str
    phone: str

    @property
    def words(self) -> list[str]:
        """All that must not be found: whole, and the parts that a log or an index might cut out."""
        year, month, day = self.birth.split("-")
        digits = self.phone.replace(" ", "")
        return [
            self.last, *self.last.split("’"), self.first, self.email, *self.email.split("@"), self.message.split()[1],
            self.birth, f"{int(day)}/{int(month)}/{year}", f"{day}/{month}/{year}",
            self.phone, digits, f"+33{digits[1:]}",
        ]  # fmt: skip

    @property
    def sealed_words(self) -> list[str]:
        """All but the address that the server may write to."""
        return [word for word in self.words if word not in {self.email, *self.email.split("@")}]


ANNA = Person(
    "Zyxwortel’Ñuñokvaal", "Quibberhöhn", "vexqorvaul@kwintaphor.example", "1931-11-17", "Un zquirlement bénin.",
    "06 39 98 41 57",
)  # fmt: skip
BERT = Person(
    "Fjordquabbel’Işıkgöz", "Ümlautiane", "brolvixen@dwarsfunkel.example", "2017-02-28", "Deux plonkertjes rouges.",
    "06 39 98 73 08",
)  # fmt: skip


@cache
def writings(word: str) -> tuple[bytes, ...]:
    """A word in every writing: UTF-8 and -16, Latin, hexadecimal, base64 at each offset, JSON, HTML, in an address."""
    plain = {word, word.lower(), word.upper(), json.dumps(word)[1:-1], escape(word), quote(word)}
    found = {one.encode() for one in plain}
    found |= {word.encode(coding) for coding in ("utf-16-le", "utf-16-be")}
    found |= {word.encode("cp1252", "ignore"), word.encode().hex().encode(), word.encode().hex().upper().encode()}
    for before in range(3):
        whole = base64.b64encode(b"\0" * before + word.encode())
        # The first and last characters also depend on what stands beside the word.
        inner = whole[-(-before * 4 // 3) + (before > 0) : len(whole) - 4].rstrip(b"=")
        if len(inner) >= 8:
            found |= {inner, inner.replace(b"+", b"-").replace(b"/", b"_")}
    return tuple(found)


def found_in(content: bytes | str, words: Iterable[str]) -> set[str]:
    """Which of the words stand in this content, in any writing."""
    haystack = content.encode() if isinstance(content, str) else content
    return {word for word in words if any(writing in haystack for writing in writings(word))}


def files(*folders: Path) -> Iterator[tuple[Path, bytes]]:
    """Every file below, as it lies."""
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                yield path, path.read_bytes()


def store_files(name: str) -> Iterator[tuple[Path, bytes]]:
    """A store as it lies on the disk: SQLite's file and its journals; PostgreSQL's folder of this database, and its log of writes."""
    connection = connections[name]
    if connection.vendor == "sqlite":
        path = Path(str(connection.settings_dict["NAME"]))
        yield from ((one, one.read_bytes()) for one in sorted(path.parent.glob(f"{path.name}*")))
        return
    with connection.cursor() as cursor:
        cursor.execute("CHECKPOINT")
        cursor.execute(
            "SELECT current_setting('data_directory'), oid FROM pg_database WHERE datname = current_database()"
        )
        folder, oid = cursor.fetchone()
    for path, content in files(Path(folder, "base", str(oid))):
        yield path, content.replace(bytes(512), b"")
    if name == "patients":
        # The log of writes is one for both stores of a server. The scene fits into the three segments last written.
        segments = [path for path in Path(folder, "pg_wal").iterdir() if path.is_file()]
        for path in sorted(segments, key=lambda one: one.stat().st_mtime)[-3:]:
            yield path, path.read_bytes().replace(bytes(512), b"")


def tables(name: str) -> dict[str, int]:
    """Every table of a store with the number of its rows."""
    connection, found = connections[name], {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(table)}")  # noqa: S608
            found[table] = cursor.fetchone()[0]
    return found


def copied_out(name: str) -> bytes:
    """A PostgreSQL store as `pg_dump` writes it: COPY of every table, as text and in its binary form; and the program itself."""
    connection, parts = connections[name], []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            for form in ("TEXT", "BINARY"):
                with cursor.copy(f"COPY {connection.ops.quote_name(table)} TO STDOUT (FORMAT {form})") as rows:
                    parts += [bytes(chunk) for chunk in rows]
        cursor.execute("SELECT current_database(), current_setting('unix_socket_directories')")
        database, folder = cursor.fetchone()
    if program := shutil.which("pg_dump", path=str(binaries())):
        for form in ("plain", "custom"):
            command = [program, "-h", folder, "-U", "test", "-F", form, "-Z", "0", database]
            parts.append(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    return b"\n".join(parts)


def dump(name: str) -> bytes:
    """A store as its dump shows it: every row of every table, bytes in hexadecimal, raw and in base64."""
    connection, parts = connections[name], []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608
            for row in cursor.fetchall():
                parts.extend(_written(value) for value in row)
    return b"\n".join(parts)


def _written(value: object) -> bytes:
    if isinstance(value, (bytes, memoryview)):
        raw = bytes(value)
        return b" ".join((raw, raw.hex().encode(), base64.b64encode(raw)))
    return str(value).encode()
