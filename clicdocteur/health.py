"""For machines: is the process alive, and may it be given work?"""

from functools import cache

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connections
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from booking import chores, pairing
from clicdocteur import two_stores
from clicdocteur.router import AGENDA, PATIENTS
from upkeep import standing


@login_not_required
@require_safe
def alive(request: HttpRequest) -> JsonResponse:
    """`/healthz`: the process answers. Asks nothing of a database."""
    return JsonResponse({"alive": True})


@login_not_required
@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """`/readyz`: both stores answer and are migrated, they belong to each other and to the secret, the worker lives; or 503.

    A reverse proxy that asks whether pages can be served asks `/healthz`: bookings do not wait for the worker.
    """
    checks = {f"{name} store": _check(name) for name in (AGENDA, PATIENTS)}
    if all(answer == "ok" for answer in checks.values()):
        checks["two stores"] = "ok" if _are_two() else "one database"
        checks["stores and secret"] = "ok" if (state := pairing.state()) is pairing.Pairing.SOUND else state.value
        checks["worker"] = _worker()
    is_ready = all(answer == "ok" for answer in checks.values())
    return JsonResponse({"ready": is_ready, "checks": checks}, status=200 if is_ready else 503)


def _worker() -> str:
    """Say whether a worker gave a sign of life lately, and whether one of its chores waits for a person (U7).

    For how long nobody noticed is for `doctor`: this address answers anybody.
    """
    since = chores.silent_since(timezone.now())
    if since is not None:
        return "never seen" if since.year == 1 else "silent"
    waiting = chores.alarms()
    return f"alarm: {', '.join(waiting)}" if waiting else "ok"


def _are_two() -> bool:
    """Asked until it was answered once: a store does not become the other under a running process."""
    if not _seen_apart() and not two_stores.are_one():
        _seen_apart().add("yes")
    return bool(_seen_apart())


@cache
def _seen_apart() -> set[str]:
    return set()


def _check(store: str) -> str:
    try:
        connections[store].ensure_connection()
        return "ok" if standing.is_migrated(store) else "not migrated"
    except DatabaseError:
        return "unreachable"
