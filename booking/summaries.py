"""A practitioner's day in numbers, each morning: how many visits, from when to when, and what needs a person. No name."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, Max, Min, Q
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from booking import words
from booking.letters import Letter, finished, plain
from booking.models import Appointment, Message
from clicdocteur.grid import MINUTES_PER_DAY, cell_at, cell_of, day_of, instant_of
from practitioners.access_log import chain
from practitioners.models import Practitioner

HOUR = 7 * 60


def plan(now: datetime) -> int:
    """Write a summary for each practitioner who wants one; return how many. Done again on the same day, it adds none."""
    wanted = Practitioner.objects.exclude(summary_email="").select_related("practice")
    made = 0
    for practitioner in wanted:
        due = instant_of(cell_at(day_of(cell_of(now), practitioner.practice.zone), HOUR, practitioner.practice.zone))
        of_today = Message.objects.filter(practitioner=practitioner, kind=Message.Kind.SUMMARY, due=due)
        if not of_today.exists():
            Message.objects.create(practitioner=practitioner, kind=Message.Kind.SUMMARY, due=due)
            made += 1
    return made


def letter(practitioner: Practitioner, now: datetime) -> Letter:
    """Return the summary of the practice's day, in French: staff's language. Three queries.

    It carries the anchor of the access log away from the server: in a mailbox nobody who changes the log can change it too.
    """
    zone = practitioner.practice.zone
    day = day_of(cell_of(now), zone)
    start, end = (instant_of(cell_at(day, minute, zone)) for minute in (0, MINUTES_PER_DAY))
    today = Appointment.objects.filter(
        practitioner=practitioner, start__gte=start, start__lt=end, state__in=Appointment.LIVE
    ).exclude(state=Appointment.State.HELD)
    found = today.aggregate(number=Count("pk"), first=Min("start"), last=Max("end"))
    open_end = now - timedelta(days=7)
    left = Message.objects.filter(practitioner=practitioner).aggregate(
        call=Count("pk", filter=Q(state=Message.State.CALL, due__lte=now)),
        failed=Count("pk", filter=Q(state__in=("failed", "doubtful"), closed__gte=open_end)),
    )
    with translation.override(settings.LANGUAGE_CODE):
        lines = [f"{words.upper_first(words.day(day, year=True))}, {practitioner.name}", ""]
        number = found["number"]
        lines.append(ngettext("%(number)d rendez-vous.", "%(number)d rendez-vous.", number) % {"number": number})
        if number:
            hours = {
                "first": words.clock(found["first"].astimezone(zone)),
                "last": words.clock(found["last"].astimezone(zone)),
            }
            lines.append(_("De %(first)s à %(last)s.") % hours)
        if left["call"]:
            lines.append(_("Patients à appeler : %(number)d.") % {"number": left["call"]})
        if left["failed"]:
            lines.append(_("Messages qui ne sont pas partis : %(number)d.") % {"number": left["failed"]})
        if (anchor := chain.head()) != chain.NONE_YET:
            lines += ["", _("Journal des accès, lignes et empreinte : %(anchor)s") % {"anchor": anchor}]
        link = f"{settings.SITE_URL}{reverse('agenda:day')}"
        text = plain("emails/summary-body.txt", {"lines": "\n".join(lines), "link": link})
        return finished(plain("emails/summary-subject.txt", {}), text, practitioner.practice)
