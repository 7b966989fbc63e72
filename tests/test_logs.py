"""Logs say what happened, never where a capability leads nor what somebody typed (P7 I9)."""

import io
import json
import logging
import logging.config
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import settings

from clicdocteur.logs import JsonLines, MaskCapabilities, masked

TOKEN = "Zm9v-YmFy_abcdefghijklmnop012345"  # 32 characters, as `new_token` makes them


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (f"Not Found: /fr/rdv/{TOKEN}/", "Not Found: /fr/rdv/***/"),
        (f"/en/hold/{TOKEN}/more/", "/en/hold/***/more/"),
        (f"/fr/lien/{TOKEN}", "/fr/lien/***"),
        (f'"GET /fr/rdv/{TOKEN}/calendar.ics HTTP/1.1" 200', '"GET /fr/rdv/***/calendar.ics HTTP/1.1" 200'),
        (f"https://rdv.example.org/fr/rdv/{TOKEN}/?x=1", "https://rdv.example.org/fr/rdv/***/?x=1"),
        (f"/fr/rdv/{TOKEN}?next=/fr/rdv/{TOKEN}/", "/fr/rdv/***?next=/fr/rdv/***/"),
        (f"/fr/RDV/{TOKEN}/", "/fr/RDV/***/"),
        (f"/fr/rdv//{TOKEN}/", "/fr/rdv/***/"),
        (f"/fr/rdv%2F{TOKEN}%2Fcancel", "/fr/rdv/***%2Fcancel"),
        (f"?next=%2Ffr%2Frdv%2F{TOKEN}%2F", "?next=%2Ffr/rdv/***%2F"),
        (f"/fr/rdv/{TOKEN}é/", "/fr/rdv/***/"),
        (f"Not Found: /agenda/invitation/{TOKEN}/", "Not Found: /agenda/invitation/***/"),
        (f"?next=%2Fagenda%2Finvitation%2F{TOKEN}%2F", "?next=%2Fagenda/invitation/***%2F"),
        (f"Not Found: /fr/rdv/ {TOKEN}/", "Not Found: /fr/rdv/***/"),
        (f'Not Found: /fr/rdv/"{TOKEN}"/', "Not Found: /fr/rdv/***/"),
        (f"Not Found: /fr/rdv/?{TOKEN}/", "Not Found: /fr/rdv/***/"),
        (f"/fr/rdv/%20{TOKEN}", "/fr/rdv/***"),
        (f'[now] "GET /fr/rdv/{TOKEN}" 404 12 5ms', '[now] "GET /fr/rdv/***" 404 12 5ms'),
        ("/fr/dr-martin/rendez-vous/", "/fr/dr-martin/rendez-vous/"),
        ("/agenda/day/2026-01-05/", "/agenda/day/2026-01-05/"),
    ],
)
def test_what_follows_a_capability_path_is_masked_however_it_is_spelt(written, read):
    assert masked(written) == read
    assert TOKEN not in masked(written)


@pytest.mark.parametrize("between", [" ", "%20", "\\n ", "”", "'", "%"])
def test_a_link_that_was_broken_in_two_is_masked_whole(between):
    """What is left of a link need not be much: the rest can be tried."""
    said = masked(f"Not Found: /fr/rdv/{TOKEN[:4]}{between}{TOKEN[4:]}/")
    assert said == "Not Found: /fr/rdv/***/"


@pytest.fixture
def log() -> Any:
    """A handler as the settings make it, on a logger of its own."""
    handler = logging.StreamHandler(io.StringIO())
    handler.addFilter(MaskCapabilities())
    handler.setFormatter(logging.Formatter(settings.LOGGING["formatters"]["line"]["format"], style="{"))
    logger = logging.getLogger("tests.logs")
    logger.addHandler(handler)
    yield logger, handler.stream
    logger.removeHandler(handler)


def test_a_traceback_keeps_the_kind_and_the_places_and_no_value(log):
    logger, stream = log

    def inner(name: str) -> None:
        raise ValueError(f"cannot store {name}") from KeyError(name)

    try:
        inner("Zyxwortel")
    except ValueError:
        logger.exception("failed at %s", f"/fr/rdv/{TOKEN}/")
    said = stream.getvalue()
    assert "Zyxwortel" not in said
    assert TOKEN not in said
    for part in ("failed at /fr/rdv/***/", "ValueError", "test_logs.py", "in inner"):
        assert part in said


def test_a_json_line_says_the_same_and_no_value(log):
    logger, stream = log
    logger.handlers[-1].setFormatter(JsonLines())
    try:
        raise ValueError("Zyxwortel")
    except ValueError:
        logger.exception("failed at %s", f"/fr/rdv/{TOKEN}/")
    said = json.loads(stream.getvalue())
    assert (said["level"], said["logger"], said["message"]) == ("ERROR", "tests.logs", "failed at /fr/rdv/***/")
    assert said["trace"][0] == "ValueError"
    assert datetime.fromisoformat(said["time"]).utcoffset() == timedelta(0)
    assert "Zyxwortel" not in stream.getvalue()


def test_arguments_are_masked_and_the_request_is_let_go():
    record = logging.LogRecord("x", logging.WARNING, "f", 1, "%s: %s", ("Not Found", f"/fr/rdv/{TOKEN}/"), None)
    record.request = object()
    assert MaskCapabilities().filter(record)
    assert (record.getMessage(), record.args, hasattr(record, "request")) == ("Not Found: /fr/rdv/***/", None, False)


def test_every_handler_of_the_settings_masks():
    handlers = settings.LOGGING["handlers"]
    assert handlers
    for name, handler in handlers.items():
        assert "mask" in handler["filters"], name
    assert settings.LOGGING["filters"]["mask"]["()"] == "clicdocteur.logs.MaskCapabilities"


def test_no_logger_has_a_handler_of_its_own_without_the_mask():
    """Django's set-up gives `django` and `django.server` some; whoever runs the tests has its own."""
    everybody = [logging.getLogger(), *(logging.getLogger(name) for name in logging.root.manager.loggerDict)]
    for logger in everybody:
        for handler in logger.handlers:
            ours = type(handler).__module__.startswith(("logging", "django"))
            if ours and not isinstance(handler, logging.NullHandler):
                assert any(isinstance(one, MaskCapabilities) for one in handler.filters), (logger.name, handler)


def test_a_link_that_is_not_found_is_masked_in_the_instance_s_own_log(client, db, capsys):
    console = next(
        one for one in logging.getLogger().handlers if any(isinstance(f, MaskCapabilities) for f in one.filters)
    )
    assert isinstance(console, logging.StreamHandler)
    before = console.setStream(io.StringIO())
    try:
        assert client.get(f"/fr/rdv/{TOKEN}/").status_code == 404
        said = console.stream.getvalue()
    finally:
        console.setStream(before)
    assert "Not Found: /fr/rdv/***/" in said
    assert TOKEN not in said
