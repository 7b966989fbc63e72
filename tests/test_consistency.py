"""What holds for the whole tree: templates, style sheets, addresses and who may open them (I5 I6 P11 P14 P15)."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from practitioners.validators import RESERVED_SLUGS

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("agenda", "booking", "clicdocteur", "patients", "practitioners", "upkeep")
TEMPLATES = sorted((ROOT / "templates").rglob("*.*"))
SOURCES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
# The sheets that a patient's browser of 2018 reads; the agenda's and the admin's may be newer.
PUBLIC_SHEETS = ("tokens.css", "base.css", "public.css", "print.css")

# Views that need no account: machines, the sign-in, and the patients' pages. Anything else asks who you are.
# A calendar program follows a secret address (tests/agenda/test_website.py).
MACHINES = {"healthz", "readyz", "calendrier/<str:token>.ics"}
# The second step and the first set-up answer to whoever gave the password (tests/agenda/test_second_factor.py), an
# invitation to whoever has its link (tests/agenda/test_invitations.py).
SIGN_IN = {
    "agenda/sign-in/", "agenda/admin/login/", "agenda/take-back/",
    "agenda/second-factor/", "agenda/second-factor/set-up/", "agenda/second-factor/set-up/key/",
    "agenda/invitation/<str:token>/",
}  # fmt: skip
PATIENTS = {
    "", "lost/", "privacy/", "legal/", "accessibility/",
    "hold/<str:token>/", "hold/<str:token>/more/", "hold/<str:token>/release/",
    "hold/<str:token>/code/", "hold/<str:token>/contact/",
    "rdv/<str:token>/", "rdv/<str:token>/contact/", "rdv/<str:token>/cancel/", "rdv/<str:token>/erase/",
    "rdv/<str:token>/reminders/", "rdv/<str:token>/another/", "rdv/<str:token>/move/", "rdv/<str:token>/calendar.ics",
    "rdv/<str:token>/my-data.json", "rdv/<str:token>/earlier/", "wish/<str:token>/", "offer/<str:token>/",
    "lien/<str:token>/wish/", "<slug:slug>/<slug:type_slug>/wish/",
    "lien/<str:token>/", "<slug:slug>/", "<slug:slug>/<slug:type_slug>/",
}  # fmt: skip
# Of these, the ones that take a POST: without a cookie there is nothing for another site to use, so no CSRF token either.
POSTED = {
    "lost/", "hold/<str:token>/", "hold/<str:token>/more/", "hold/<str:token>/release/", "rdv/<str:token>/contact/",
    "rdv/<str:token>/cancel/", "rdv/<str:token>/erase/", "rdv/<str:token>/another/", "rdv/<str:token>/move/", "lien/<str:token>/",
    "rdv/<str:token>/reminders/", "<slug:slug>/<slug:type_slug>/", "hold/<str:token>/code/", "hold/<str:token>/contact/",
    "rdv/<str:token>/earlier/", "wish/<str:token>/",
    "offer/<str:token>/", "lien/<str:token>/wish/", "<slug:slug>/<slug:type_slug>/wish/",
}  # fmt: skip


# Addresses and views.


def views(resolver: Any = None, before: str = "") -> Iterator[tuple[str, Any]]:
    """Every address of the product with its view; the language prefix left off."""
    for entry in (resolver or get_resolver()).url_patterns:
        address = before + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from views(entry, address)
        elif isinstance(entry, URLPattern):
            yield re.sub(r"^(fr|en)/", "", address), entry.callback


def test_every_view_asks_who_you_are_except_these():
    """P11 I6: deny by default."""
    public = {address for address, view in views() if not getattr(view, "login_required", True)}
    assert public == MACHINES | SIGN_IN | PATIENTS


def test_the_patients_pages_and_they_alone_do_without_a_csrf_token():
    patients = {address for address, view in views() if getattr(view, "is_patient_page", False)}
    assert patients == {address for address, view in views() if getattr(view, "csrf_exempt", False)} == PATIENTS


def test_these_patients_pages_take_a_post_and_refuse_one_from_another_site(db):
    """I6: and no others do."""
    client = Client(enforce_csrf_checks=True)
    taken = set()
    for pattern in PATIENTS:
        path = "/fr/" + re.sub(r"<str:token>", "A" * 32, re.sub(r"<slug:\w+>", "un", pattern))
        answer = client.post(path, headers={"Sec-Fetch-Site": "cross-site"})
        assert answer.status_code in (403, 405), path
        if client.post(path, headers={"Sec-Fetch-Site": "same-origin"}).status_code != 405:
            assert answer.status_code == 403
            taken.add(pattern)
        assert client.put(path).status_code == client.delete(path).status_code == 405
    assert taken == POSTED


def test_a_stranger_meets_the_sign_in_on_every_other_view(db):
    """P11: asked in fact, not only by attribute; with an id that no row has."""
    client = Client()
    for address, _view in views():
        if address in MACHINES | SIGN_IN | PATIENTS or address.startswith("agenda/admin/("):
            continue
        path = "/" + re.sub(
            r"<\w+:on>", "2026-01-05", re.sub(r"<(int|path):\w+>", "7", re.sub(r"<slug:\w+>", "x", address))
        )
        if path.startswith("/agenda/admin/^"):
            path = "/agenda/admin/practitioners/"
        for answer in (client.get(path), client.post(path)):
            assert answer.status_code == 302, path
            assert "/agenda/sign-in/" in answer["Location"] or "/login/" in answer["Location"], path


def test_no_practitioner_s_page_can_shadow_another_address():
    first = {address.split("/")[0] for address, _view in views()} - {""}
    words = {word for word in first if re.fullmatch(r"[a-z0-9-]+", word)}
    assert {"agenda", "hold", "rdv", "lien", "privacy", "healthz"} <= words
    assert words <= RESERVED_SLUGS
    assert {"static", "fr", "en"} <= RESERVED_SLUGS


def test_identities_are_opened_in_one_function_that_also_notes_it():
    """The access log: no page can do one without the other. (Who may pass the store's door at all is a contract of CI.)"""
    opening = {str(path.relative_to(ROOT)) for path in SOURCES if re.search(r"\bopen_many\(", path.read_text())}
    assert opening == {"booking/identities.py", "patients/store/__init__.py"}
    assert "access_log.record(" in (ROOT / "booking" / "identities.py").read_text()


# Templates.


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_a_template_has_no_inline_code_and_no_address_of_another_host(path: Path):
    """I5 P14: a Content-Security-Policy would stop it; here it is not even written."""
    text = path.read_text()
    without_tags = re.sub(r"\{[%#{].*?[%#}]\}", "", text, flags=re.DOTALL)
    assert not re.search(
        r"<style|\sstyle\s*=|\son[a-z]+\s*=|javascript:|<iframe|<object|<embed|<base\b", without_tags, re.IGNORECASE
    )
    assert not re.search(r"<script(?![^>]*\ssrc=)", text, re.IGNORECASE)
    assert not re.search(r"(?:src|href|action|data|poster|srcset)\s*=\s*[\"']?\s*(?:https?:)?//", text, re.IGNORECASE)
    assert not re.search(r"https?://", without_tags)
    assert not re.search(r"\|\s*safe\b|autoescape\s+off|safeseq", text)


def test_markup_is_declared_safe_in_these_places_only():
    """M12: what a person typed is never among it."""
    marks = {
        str(path.relative_to(ROOT)): len(
            re.findall(r"mark_safe\(|SafeString\(|SafeText\(|SafeData\b", path.read_text())
        )
        for path in SOURCES
    }
    assert {name: count for name, count in marks.items() if count} == {
        # A constant; times and places that went through format_html, joined; names of a grid, escaped one by one; a drawing
        # without any text.
        "agenda/painting.py": 1,
        "booking/views/times.py": 1,
        "booking/views/buttons.py": 1,
        "booking/drawing.py": 1,
    }


def test_every_template_is_used():
    texts = [path.read_text() for path in (*SOURCES, *TEMPLATES)]
    names = [str(path.relative_to(ROOT / "templates")) for path in TEMPLATES]
    unused = [name for name in names if not any(f'"{name}"' in text or f"'{name}'" in text for text in texts)]
    # Django's admin finds these by their names.
    assert set(unused) <= {"admin/base_site.html", "admin/practitioners/visittype/change_form.html"}


def test_every_static_file_is_used():
    texts = "".join(path.read_text() for path in (*SOURCES, *TEMPLATES))
    files = [path.relative_to(ROOT / "static") for path in (ROOT / "static").rglob("*") if path.is_file()]
    assert files
    assert [str(path) for path in files if str(path) not in texts and path.name not in _of_scripts()] == []


def _of_scripts() -> str:
    return "".join(path.read_text() for path in (ROOT / "static").rglob("*.js"))


# Style sheets.


def sheet(name: str) -> str:
    return re.sub(r"/\*.*?\*/", "", (ROOT / "static" / "css" / name).read_text(), flags=re.DOTALL)


def nested(css: str) -> list[str]:
    """The rules that stand inside another rule, not counting @media and @supports."""
    found, stack = [], []
    for part in re.findall(r"[^{};]+\{|\}|;", css):
        if part == "}":
            stack.pop()
        elif part != ";":
            if any(not outer.startswith("@") for outer in stack):
                found.append(part.strip())
            stack.append(part.strip())
    assert not stack
    return found


def test_the_public_sheets_are_the_ones_that_patients_pages_link_to():
    linked = re.findall(r"css/([\w-]+\.css)", (ROOT / "templates" / "base.html").read_text())
    assert sorted(linked) == sorted(PUBLIC_SHEETS)
    for path in (ROOT / "templates" / "booking").rglob("*.html"):
        assert ".css" not in path.read_text()


@pytest.mark.parametrize("name", PUBLIC_SHEETS)
def test_a_public_sheet_is_flat_and_legible_in_a_browser_of_2018(name):
    """I5: old phones drop a whole @layer block, and everything after a nested rule."""
    css = sheet(name)
    assert not re.search(r"@layer|@container|@scope|@property|:has\(|:is\(|:where\(|color-mix\(|oklch\(", css)
    assert nested(css) == []


@pytest.mark.parametrize("path", sorted((ROOT / "static").rglob("*.*")), ids=lambda path: path.name)
def test_no_sheet_or_script_calls_another_host(path: Path):
    """I5 P14"""
    text = re.sub(r"http://www\.w3\.org/2000/svg", "", path.read_text())
    assert not re.search(
        r"url\(\s*[\"']?(?:https?:)?//|@import|https?://|\beval\(|innerHTML|document\.cookie|localStorage|sessionStorage",
        text,
    )


def test_the_check_for_nesting_sees_it():
    assert nested("a { color: red; &:hover { color: blue } }") == ["&:hover {"]
    assert nested("@media print { a { color: red } } b { color: blue }") == []
