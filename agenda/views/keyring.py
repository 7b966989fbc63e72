"""The page about keys: who holds them, when to renew one, and how far a renewal is."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from agenda import access, keyring
from agenda.gate import needs_key, staff_page
from agenda.second_factor import needs_recent
from agenda.vault import StaffRequest
from booking import rotation
from booking.refusals import Busy, NotBookable
from practitioners import keys
from practitioners.access import agendas
from practitioners.keys import Vault
from practitioners.models import Practitioner


@staff_page("GET")
def keys_page(request: StaffRequest) -> HttpResponse:
    """The keys of all agendas that the reader holds."""
    today = access.today(request)
    cards = keyring.cards(request, agendas(request.user, today))
    context = {"cards": cards, "day_page": reverse("agenda:day"), "heading": _("Clés"), "today": today}
    return render(request, "agenda/keys.html", context)


@staff_page("GET")
def renew(request: StaffRequest, practitioner: int) -> HttpResponse:
    """Say what a new key does and does not, before it is made."""
    _granted, one = access.one_agenda(request, practitioner)
    cards = keyring.cards(request, [one])
    if not cards:
        raise Http404
    context = {"card": cards[0], "day_page": reverse("agenda:day"), "heading": _("Clés")}
    return render(request, "agenda/renew.html", context)


@staff_page("POST")
@needs_key
@needs_recent
def start(request: StaffRequest, practitioner: int) -> HttpResponse:
    """Make the new key, and move what the time of one request allows."""
    _granted, one = access.one_agenda(request, practitioner)
    vault = request.vault
    assert vault is not None  # noqa: S101 - needs_key let nobody else pass
    try:
        renewed = rotation.start(one, vault, access.today(request))
    except (rotation.NotHeld, keys.NobodyLeft):
        messages.error(request, _("Votre session n’a pas la clé actuelle de cet agenda. Rien n’a été changé."))
    except NotBookable:
        messages.error(request, _unsound())
    else:
        for name in renewed.refused:
            messages.error(request, _left_out(name))
        _move(request, one, vault.fresh())
    return redirect("agenda:keys")


@staff_page("POST")
@needs_key
def carry_on(request: StaffRequest, practitioner: int) -> HttpResponse:
    """Move more of the records to the new key."""
    _granted, one = access.one_agenda(request, practitioner)
    assert request.vault is not None  # noqa: S101 - needs_key let nobody else pass
    _move(request, one, request.vault)
    return redirect("agenda:keys")


def _move(request: StaffRequest, practitioner: Practitioner, vault: Vault) -> None:
    try:
        reached = rotation.advance(practitioner, vault)
    except rotation.NotHeld:
        messages.error(request, _("Votre session n’a pas la clé actuelle de cet agenda. Rien n’a été changé."))
    except NotBookable:
        messages.error(request, _unsound())
    except Busy:
        messages.error(request, _("La base est occupée. Ce qui a été fait reste fait : continuez dans un instant."))
    else:
        _tell(request, reached)


def _tell(request: StaffRequest, reached: rotation.Progress) -> None:
    if reached.is_over:
        messages.success(request, _("La clé est renouvelée : l’ancienne n’ouvre plus rien et n’existe plus ici."))
    elif reached.closed:
        messages.error(
            request,
            _(
                "Fiches qui ne s’ouvrent pas avec vos clés : %(closed)d. Elles restent telles quelles, et l’ancienne clé avec elles."
            )
            % {"closed": reached.closed},
        )
    else:
        messages.success(
            request,
            _("Fiches refermées sous la nouvelle clé : %(moved)d sur %(total)d. Continuez.")
            % {"moved": reached.moved, "total": reached.total},
        )


def _left_out(name: str) -> str:
    if not name:
        return _(
            "La feuille de secours a été modifiée sur le serveur : elle n’a pas la nouvelle clé. Faites-en une autre."
        )
    return _(
        "La clé de %(name)s, ou ses dates, ont été modifiées sur le serveur : cette personne n’a pas la nouvelle clé. "
        "Prévenez le gestionnaire, puis redonnez-lui accès après avoir comparé ses six mots."
    ) % {"name": name}


def _unsound() -> str:
    return _("Les deux bases ne vont pas ensemble, ou le secret du serveur n’est pas le bon. Rien n’a été changé.")
