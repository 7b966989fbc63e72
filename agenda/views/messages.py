"""The messages of the agendas that a member opens: whom to call, what did not leave, what waits, what left."""

from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from agenda import access, post
from agenda.forms import WordingForm
from agenda.gate import staff_page, way_back
from agenda.vault import StaffRequest, session_tag
from booking import channels, chores, outbox, words
from booking import wordings as wording_rules
from booking.models import Message
from practitioners import access_log
from practitioners.models import Wording


@staff_page("GET")
def page(request: StaffRequest) -> HttpResponse:
    """The four lists, the two that need a person first."""
    granted, _chosen = access.chosen_agendas(request)
    now, zone = timezone.now(), request.practice.zone
    since = chores.silent_since(now)
    context = {
        "lists": post.lists(granted, request.vault, now),
        "silent": "" if since is None else words.moment(since, zone) if since.year > 1 else "?",
        "mail": channels.mail_is_on(),
        "sms": channels.sms_is_on(),
        "several": len(granted) > 1,
        "day_page": reverse("agenda:day"),
        "heading": _("Messages"),
    }
    return render(request, "agenda/messages.html", context)


@staff_page("POST")
def done(request: StaffRequest, pk: int) -> HttpResponse:
    """Note that somebody called, or that nothing more is to be done."""
    return _settle(request, pk, outbox.called, "called", _("C’est noté."))


@staff_page("POST")
def again(request: StaffRequest, pk: int) -> HttpResponse:
    """Send once more what did not leave, or perhaps did: the decision of a person."""
    return _settle(request, pk, outbox.send_again, "sent again", _("Le message repart dans la minute."))


def _settle(
    request: StaffRequest, pk: int, verb: Callable[[Message, datetime], bool], action: str, said: str
) -> HttpResponse:
    message, now = access.message(request, pk), timezone.now()
    if verb(message, now):
        access_log.record(
            request.user.pk,
            [message.appointment_id] if message.appointment_id else [],
            action,
            session_tag(request),
            now,
        )
        messages.success(request, said)
    else:
        messages.error(request, _("Ce message a changé entre-temps : rien n’a été fait."))
    return redirect(way_back(request, reverse("agenda:messages")))


@staff_page("GET", "POST")
def wordings(request: StaffRequest, kind: str = "confirmation", language: str = "fr") -> HttpResponse:
    """The practice's own texts, one kind and language at a time: look first, then keep. For managers."""
    access.manager(request)
    if kind not in Wording.Kind.values or language not in dict(settings.LANGUAGES):
        raise Http404
    practice = request.practice
    text = wording_rules.current(practice, kind, language)
    form = WordingForm(kind, request.POST or None, initial={"text": text})
    telling: list[str] = []
    if request.method == "POST" and "original" in request.POST:
        Wording.objects.filter(practice=practice, kind=kind, language=language).delete()
        return redirect("agenda:wording", kind, language)
    if form.is_bound and form.is_valid():
        text = form.cleaned_data["text"]
        telling = wording_rules.telling(text, practice)
        if "save" in request.POST and (not telling or form.cleaned_data["sure"]):
            wording_rules.save(practice, kind, language, text)
            messages.success(request, _("Ce texte est enregistré : il vaut pour les prochains messages."))
            return redirect("agenda:wording", kind, language)
    context = {
        "form": form,
        "kind": kind,
        "language": language,
        "kinds": Wording.Kind.choices,
        "languages": settings.LANGUAGES,
        "places": form.places,
        "telling": ", ".join(telling),
        "own": Wording.objects.filter(practice=practice, kind=kind, language=language).exists(),
        "preview": "" if form.errors else wording_rules.preview(practice, language, text, timezone.now()).text,
        "day_page": reverse("agenda:messages"),
        "back": _("Retour aux messages"),
        "heading": _("Textes des messages"),
    }
    return render(request, "agenda/wordings.html", context, status=422 if form.errors else 200)
