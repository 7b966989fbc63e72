"""Pages for what went wrong: a clear sentence and a way on, never a trace."""

import contextlib

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from booking.queries import the_practice
from booking.views.page import last_shown, show


def page(request: HttpRequest, status: int, title: str, text: str) -> HttpResponse:
    """Render the one page that all errors share, with the practice's telephone where the agenda store answers.

    An error of ours asks nothing of a database: that may be what is broken. It says what the last page said.
    """
    practice = last_shown()
    if status < 500:
        with contextlib.suppress(DatabaseError):
            practice = the_practice()
    context = {"title": title, "text": text, "is_staffs": _is_staffs(request)}
    return show(request, "errors/error.html", context, practice, status=status)


def _is_staffs(request: HttpRequest) -> bool:
    """Whether the address is one of the staff's side: the way on then leads back to the agenda.

    What nothing answers there was sent on to the patients' side, as if the language had been left out.
    """
    return request.path_info.startswith(("/agenda/", "/fr/agenda/", "/en/agenda/"))


@login_not_required
def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400: the address or the form was not understood."""
    return page(
        request,
        400,
        _("Cette demande n’a pas été comprise"),
        _("Revenez à la page précédente et recommencez. Rien n’a été enregistré."),
    )


@login_not_required
def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403: the request came from another site."""
    return page(
        request,
        403,
        _("Cette demande est refusée"),
        _("Elle semble venir d’un autre site. Ouvrez la page du cabinet et recommencez."),
    )


@login_not_required
def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404, the same for what does not exist and what is not yours."""
    text = _("Le lien est peut-être incomplet, ou il n’est plus valable. Le cabinet peut vous aider par téléphone.")
    if _is_staffs(request):
        text = _(
            "L’adresse est peut-être incomplète, ou cette page n’est pas ouverte à votre compte. Un gestionnaire peut le dire."
        )
    return page(request, 404, _("Cette page n’existe pas"), text)


@login_not_required
def server_error(request: HttpRequest) -> HttpResponse:
    """500: our fault."""
    return page(
        request,
        500,
        _("Une erreur est survenue de notre côté"),
        _("Réessayez dans quelques minutes. Un rendez-vous déjà confirmé reste confirmé."),
    )


def unavailable(request: HttpRequest) -> HttpResponse:
    """503: a store is down, full or read-only."""
    title = _("La réservation est momentanément impossible")
    text = _("Réessayez dans quelques minutes, ou téléphonez au cabinet. Un rendez-vous déjà confirmé reste confirmé.")
    if _is_staffs(request):
        title = _("L’agenda ne répond pas pour le moment")
        text = _(
            "Réessayez dans quelques minutes : ce qui est enregistré le reste. Si cela dure, prévenez la personne qui tient "
            "le serveur. Les listes de secours imprimées disent les rendez-vous du jour."
        )
    response = page(request, 503, title, text)
    response.headers["Retry-After"] = "60"
    return response


def closed_for_work(request: HttpRequest) -> HttpResponse:
    """503: the instance is being upgraded or restored."""
    text = _(
        "Il revient dans quelques minutes. Un rendez-vous déjà confirmé reste confirmé. En attendant, téléphonez au cabinet."
    )
    if _is_staffs(request):
        text = _(
            "Il revient dans quelques minutes, et ce qui est enregistré le reste. En attendant, les listes de secours "
            "imprimées disent les rendez-vous du jour."
        )
    response = page(request, 503, _("Le service est en cours de maintenance"), text)
    response.headers["Retry-After"] = "120"
    return response


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A staff form whose protection expired, or that belongs to another person's session in the same browser."""
    return page(
        request,
        403,
        _("Votre formulaire a expiré"),
        _(
            "Rien n’a été enregistré. Si une autre personne s’est connectée sur ce poste, reprenez votre session dans un "
            "autre onglet. Revenez ensuite à la page précédente et recommencez."
        ),
    )
