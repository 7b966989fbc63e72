"""Logs say what happened, never where a capability leads (I9)."""

import json
import logging
import re
from datetime import UTC, datetime
from typing import Any

# However somebody spells the address: capitals, two slashes, one of them written as %2F. All of the link's own part goes, also
# when it was pasted with a space or a quote before it or broken by one: up to the next slash, the query, or what a log puts after.
CAPABILITY = re.compile(
    r"(?i)(?:/|%2f)(hold|rdv|lien|wish|offer|invitation|calendrier)(?:/|%2f)+"
    r"[?#]*(?:(?!%2f|\s+HTTP/|[\"'](?:\s|$))[^/?#\r\n])+"
)


def masked(text: str) -> str:
    """Replace what follows a capability path: `/fr/rdv/AbC…/cancel/` becomes `/fr/rdv/***/cancel/`."""
    return CAPABILITY.sub(r"/\1/***", text)


class MaskCapabilities(logging.Filter):
    """Mask capability paths in every record, and drop what could carry a person's words.

    Django itself logs `Not Found: /rdv/<token>/` and passes the request along; a traceback prints the values that an
    exception was raised with. So the message is formatted here, masked, and tracebacks keep the kind of exception and
    the places in the code, not the text.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = masked(record.getMessage())
        record.args = None
        record.__dict__.pop("request", None)
        if record.exc_info:
            record.exc_text = places(record.exc_info)
            record.exc_info = None
        return True


class JsonLines(logging.Formatter):
    """One JSON object a line, of what the mask has let through: time (UTC), level, logger, message, and a trace's places."""

    def format(self, record: logging.LogRecord) -> str:
        said: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_text:
            said["trace"] = record.exc_text.splitlines()
        return json.dumps(said, ensure_ascii=False)


def places(exc_info: Any) -> str:
    """Return the kind of an exception and the code places it passed, without any value."""
    kind, _, traceback = exc_info
    lines = []
    while traceback is not None:
        code = traceback.tb_frame.f_code
        lines.append(f"  {code.co_filename}:{traceback.tb_lineno} in {code.co_name}")
        traceback = traceback.tb_next
    return "\n".join([kind.__name__ if kind else "", *lines])
