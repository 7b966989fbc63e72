"""What every patients' page carries: the practice, its telephone, and a link to the same step in the other language."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from csp.constants import SELF
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import get_language

from booking import words
from practitioners.models import Practice

_OTHER = {"fr": ("en", "English"), "en": ("fr", "Français")}
# A page of times that has work done runs our own two scripts, and no page does otherwise.
PROOF_POLICY = {"script-src": [SELF], "worker-src": [SELF]}
_PREFIX = re.compile(r"/(fr|en)/")
# The practice as this process last showed it: an error of ours says whom to telephone, and asks no database.
_shown: dict[str, Practice] = {}


class Link(NamedTuple):
    """Where a link leads, and what it says."""

    address: str
    name: str


class SeeOther(HttpResponseRedirect):
    """303: what was posted is done; the page to look at is elsewhere."""

    status_code = 303


def pressed(request: HttpRequest) -> bool:
    """Whether the button of a page that asks once more was pressed: a scanner that sends every form presses none (M2)."""
    return request.method == "POST" and "confirmed" in request.POST


def now() -> datetime:
    """Return the time of this request."""
    return datetime.now(UTC)


def show(
    request: HttpRequest,
    template: str,
    context: Mapping[str, Any],
    practice: Practice | None,
    *,
    status: int = 200,
    step: str = "",
) -> HttpResponse:
    """Render a page. *step* is the address that shows this step to a GET, when it is not the one of the request."""
    if practice:
        _shown["last"] = practice
    shared = {
        "practice": practice,
        "phone": practice and practice.phone and telephone(practice.phone),
        "language_link": other_language(step or request.get_full_path()),
    }
    response = render(request, template, {**shared, **context}, status=status)
    if context.get("proof"):
        response._csp_update = PROOF_POLICY  # type: ignore[attr-defined]
    return response


def last_shown() -> Practice | None:
    """Return the practice of the last page of this process, as it was; None before the first."""
    return _shown.get("last")


def telephone(number: str) -> dict[str, str]:
    """Return a number for people, and for what follows `tel:`."""
    return {"text": words.phone(number), "link": words.phone_link(number)}


def other_language(path: str) -> dict[str, str]:
    """Return the link to the same page in the other language; a page without a language leads to the front page."""
    code, name = _OTHER.get(get_language() or "fr", _OTHER["fr"])
    prefixed = _PREFIX.match(path)
    return {"address": f"/{code}/{path[prefixed.end() :] if prefixed else ''}", "code": code, "name": name}
