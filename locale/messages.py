"""The English catalogue: collect what is translatable, bring the catalogue up to date, compile it (`make messages`).

    python locale/messages.py            all three
    python locale/messages.py compile    only the last: what a start of the product needs
    python locale/messages.py missing    name what has no English yet

French is written in the code itself, so it has no catalogue. Babel does the work; templates are first turned into
calls of gettext by Django's own lexer. No line numbers are written, so that merges stay easy. Running it again changes
nothing.
"""

import ast
import io
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
CATALOGUE = ROOT / "locale/en/LC_MESSAGES/django.po"
APPS: tuple[str, ...] = ("clicdocteur", "practitioners", "patients", "booking", "upkeep", "agenda")
TEMPLATES: tuple[str, ...] = ("",)
KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
_CALL = re.compile(r"\b(_|gettext|ngettext|pgettext|npgettext)\((?=[urb]?['\"])")

Message = str | tuple[str, str]
Found = tuple[Message, str | None]


def collect() -> Catalog:
    """Return a catalogue of everything translatable in the code and the templates."""
    catalogue = Catalog(locale="en", project="Clic Docteur", charset="utf-8")
    for found in (*_from_code(), *_from_templates()):
        catalogue.add(*found_as_message(found))
    return catalogue


def found_as_message(
    found: Found,
) -> tuple[Message, None, list[tuple[str, int]], set[str], list[str], list[str], str, None, str | None]:
    """Return the positional arguments of `Catalog.add`."""
    message, context = found
    return message, None, [], set(), [], [], "", None, context


def _from_code() -> Iterator[Found]:
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            if "migrations" in path.parts:
                continue
            with path.open("rb") as file:
                for _line, message, _comments, context in extract("python", file, KEYWORDS):
                    yield _plain(message), context


def _plain(message: str | tuple[str, ...]) -> Message:
    return message if isinstance(message, str) else (message[0], message[1])


def _from_templates() -> Iterator[Found]:
    from django.conf import settings
    from django.utils.translation.template import templatize

    if not settings.configured:
        settings.configure()
    rooms = [ROOT / "templates" / room for room in TEMPLATES]
    files = {path for room in rooms for path in (room, *room.rglob("*")) if path.suffix in (".html", ".txt")}
    for path in sorted(files):
        code = templatize(path.read_text(encoding="utf-8"), origin=str(path))
        for call in _CALL.finditer(code):
            yield _called(call[1], _arguments(code, call.end()))


def _arguments(code: str, start: int) -> list[str]:
    """Return the string arguments of the call that opens just before *start*."""
    end = start
    while True:
        end = code.index(")", end) + 1
        try:
            call = ast.parse(f"f({code[start:end]}", mode="eval").body
        except SyntaxError:
            continue
        arguments = call.args if isinstance(call, ast.Call) else []
        return [one.value for one in arguments if isinstance(one, ast.Constant) and isinstance(one.value, str)]


def _called(function: str, arguments: list[str]) -> Found:
    context = arguments.pop(0) if function in ("pgettext", "npgettext") else None
    return (arguments[0], arguments[1]) if function in ("ngettext", "npgettext") else arguments[0], context


def read() -> Catalog:
    """Return the catalogue as it lies in the tree."""
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="en")


def update() -> None:
    """Add what is new, drop what is gone, keep every translation; guess nothing."""
    catalogue = read() if CATALOGUE.exists() else Catalog(locale="en")
    catalogue.update(collect(), no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    written = io.BytesIO()
    write_po(written, catalogue, width=0, no_location=True, omit_header=True, sort_output=True, ignore_obsolete=True)
    header = 'msgid ""\nmsgstr ""\n"Language: en\\n"\n"Content-Type: text/plain; charset=utf-8\\n"\n'
    plural = '"Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n\n'
    CATALOGUE.write_text(header + plural + written.getvalue().decode().lstrip("\n"), encoding="utf-8")


def compile_catalogue() -> None:
    """Write the compiled catalogue beside its source, for Django to load: whole or not at all, whoever else starts now."""
    new = CATALOGUE.with_suffix(f".{os.getpid()}.mo")
    with new.open("wb") as file:
        write_mo(file, read())
    new.replace(CATALOGUE.with_suffix(".mo"))


def missing() -> list[str]:
    """Return what the code says in French and the catalogue does not say in English."""
    known = read()
    lacking = []
    for message in collect():
        if not message.id:
            continue
        found = known.get(message.id, message.context)
        said = found and (found.string if isinstance(found.string, str) else all(found.string))
        if found is None or not said or found.fuzzy:
            lacking.append(message.id if isinstance(message.id, str) else message.id[0])
    return lacking


def main(asked: str = "all") -> int:
    """Do what is asked; `missing` fails when something is."""
    if asked == "missing":
        lacking = missing()
        sys.stdout.write("".join(f"{one}\n" for one in lacking))
        return 1 if lacking else 0
    if asked == "all":
        update()
    compile_catalogue()
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
