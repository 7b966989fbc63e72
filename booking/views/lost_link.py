"""For who lost the link of their appointment. The answer is the same whether or not there is one."""

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from booking import channels, limits, lost_links
from booking.access import patient_page
from booking.forms import LostLinkForm
from booking.queries import the_practice
from booking.refusals import TooMany
from booking.views import lost as alerts
from booking.views.page import Link, now, show


@patient_page("GET", "POST")
def lost(request: HttpRequest) -> HttpResponse:
    """Ask for the contact that was given; say that the link goes there, if there is one."""
    practice = the_practice()
    if practice is None:
        raise Http404
    form = LostLinkForm(practice, request.POST or None)
    context = {"form": form, "mistakes": [], "on": channels.mail_is_on() or channels.sms_is_on(), "alert": None}
    if request.method != "POST" or not context["on"]:
        return show(request, "booking/lost.html", context, practice)
    if not form.is_valid():
        return show(request, "booking/lost.html", {**context, "mistakes": form.mistakes()}, practice, status=422)
    try:
        channel, value = form.cleaned_data["contact"]
        lost_links.ask(channel, value, limits.network(request), now())
    except TooMany:
        text = _("Réessayez dans une heure, ou téléphonez au cabinet.")
        alert = alerts.alert(_("Trop de demandes depuis votre réseau"), text)
        return show(request, "booking/lost.html", {**context, "alert": alert}, practice, status=429)
    home = reverse("booking:practice")
    said = {
        "title": _("C’est noté"),
        "text": _("Si un rendez-vous à venir a ce contact, son lien part vers ce contact dans la minute."),
        "way": Link(home, _("Aller à la page du cabinet")),
    }
    return show(request, "booking/message.html", said, practice, step=reverse("booking:lost"))
