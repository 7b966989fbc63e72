"""A table's rows as lines of text, the same on every database: what SQLite wrote, PostgreSQL reads."""

import json
from base64 import b64encode
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any

from django.db import models

CHUNK = 500


def columns(model: type[models.Model]) -> list[Any]:
    """Return the fields of a model that have a column, in a fixed order."""
    return sorted(model._meta.concrete_fields, key=lambda field: field.attname)


def read(model: type[models.Model], alias: str) -> Iterator[list[Any]]:
    """Return all rows in the order of their keys."""
    fields = columns(model)
    kinds = _kinds(model, alias) if any(_is_kind(field) for field in fields) else {}
    rows = model._base_manager.using(alias).order_by("pk").values_list(*(field.attname for field in fields))
    for row in rows.iterator(chunk_size=CHUNK):
        yield [kinds.get(value) if _is_kind(field) else value for field, value in zip(fields, row, strict=True)]


def write(model: type[models.Model], alias: str, names: Sequence[str], rows: Iterator[list[Any]]) -> int:
    """Insert rows in the order in which they come; return how many. Raises ValueError for columns that do not fit."""
    fields = {field.attname: field for field in columns(model)}
    if sorted(names) != sorted(fields):
        raise ValueError(f"{model._meta.label} has other columns")
    kinds: dict[tuple[str, str], int] = {}
    count, batch = 0, []
    for row in rows:
        values = {
            name: _kind(model, alias, value, kinds) if _is_kind(fields[name]) else fields[name].to_python(value)
            for name, value in zip(names, row, strict=True)
        }
        batch.append(model(**values))
        if len(batch) == CHUNK:
            count += _insert(model, alias, batch)
            batch = []
    return count + _insert(model, alias, batch)


def _insert(model: type[models.Model], alias: str, batch: list[models.Model]) -> int:
    model._base_manager.using(alias).bulk_create(batch)
    return len(batch)


def line(row: Any) -> bytes:
    """Return one row, or a heading, as a line."""
    return json.dumps(row, default=_plain, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _plain(value: Any) -> str:
    if isinstance(value, bytes | memoryview | bytearray):
        return b64encode(bytes(value)).decode()
    if isinstance(value, date | datetime):
        return value.isoformat()
    raise TypeError(type(value).__name__)


# Django numbers content types as it meets them, so that two databases disagree: they are written by their names.


def _is_kind(field: Any) -> bool:
    related = field.related_model
    return related is not None and related._meta.label_lower == "contenttypes.contenttype"


def _kinds(model: type[models.Model], alias: str) -> dict[int, list[str]]:
    kind = next(field.related_model for field in columns(model) if _is_kind(field))
    return {
        pk: [app, name] for pk, app, name in kind._base_manager.using(alias).values_list("pk", "app_label", "model")
    }


def _kind(model: type[models.Model], alias: str, value: Any, known: dict[tuple[str, str], int]) -> int | None:
    if value is None:
        return None
    app, name = value
    if (app, name) not in known:
        kind = next(field.related_model for field in columns(model) if _is_kind(field))
        known[app, name] = kind._base_manager.using(alias).get_or_create(app_label=app, model=name)[0].pk
    return known[app, name]
