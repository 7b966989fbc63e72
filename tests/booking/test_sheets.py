"""The patients' sheets are legible on browsers of 2018, and a page is light."""

import gzip
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from practitioners.models import Opening
from tests.booking.cast import Office
from tests.booking.pages import TIMES

CSS = Path(settings.BASE_DIR, "static/css")
SHEETS = ("tokens.css", "base.css", "public.css", "print.css")
MOST = 20_000


@pytest.mark.parametrize("sheet", SHEETS)
def test_a_public_sheet_is_flat_and_calls_nobody(sheet: str) -> None:
    css = re.sub(r"/\*.*?\*/", "", (CSS / sheet).read_text(encoding="utf-8"), flags=re.DOTALL)
    for young in ("@layer", "@container", "@import", ":is(", ":where(", ":has(", "clamp(", "inset:", "url(", "&"):
        assert young not in css, young
    # One level of braces, two inside a media query.
    for rule in re.findall(r"@media[^{]*\{((?:[^{}]*\{[^{}]*\})*[^{}]*)\}", css):
        css = css.replace(rule, "")
    assert not re.search(r"\{[^{}]*\{[^{}]*\{", css)


@pytest.mark.parametrize("path", ["/fr/", "/fr/un/", TIMES, "/fr/privacy/"])
def test_a_page_with_its_sheets_weighs_less_than_20_kilobytes(client: Client, office: Office, path: str) -> None:
    Opening.objects.update(start_minute=480, end_minute=1200, step=5)
    page = client.get(path, headers={"Accept-Encoding": "gzip"})
    assert page["Content-Encoding"] == "gzip"
    sheets = sum(len(gzip.compress((CSS / sheet).read_bytes())) for sheet in SHEETS)
    assert len(page.content) + sheets < MOST
