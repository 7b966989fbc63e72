"""What a message says: when, where and the link. Never the visit type, the speciality or a name (DOMAIN.md).

The texts are templates with places to fill in; the practice may put its own in their stead, with the same places. They are
filled by plain replacement, so that no text can reach anything else.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from django.conf import settings
from django.template import Context
from django.template.loader import get_template, render_to_string
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from booking import addresses, gsm, words
from booking.models import Appointment, Message
from practitioners.models import Practice, Wording

Kind = Message.Kind

BODIES: Final[Mapping[str, str]] = MappingProxyType(
    {
        Kind.CONFIRMATION: "emails/confirmation-body.txt",
        Kind.CHANGE: "emails/change-body.txt",
        Kind.CANCELLATION: "emails/cancellation-body.txt",
        Kind.REMINDER: "emails/reminder-body.txt",
        Kind.LATE: "emails/late-body.txt",
        Kind.LINK: "emails/link-body.txt",
        Kind.OFFER: "emails/offer-body.txt",
    }
)
# Where several visits are told of in one, and the words differ.
_OF_SEVERAL: Final[Mapping[str, str]] = MappingProxyType({Kind.CONFIRMATION: "emails/confirmations-body.txt"})
_SHORT_OF_SEVERAL: Final[Mapping[str, str]] = MappingProxyType({Kind.CONFIRMATION: "sms/confirmations.txt"})
_SHORT: Final[Mapping[str, str]] = MappingProxyType(
    {
        Kind.CONFIRMATION: "sms/confirmation.txt",
        Kind.CHANGE: "sms/change.txt",
        Kind.CANCELLATION: "sms/cancellation.txt",
        Kind.REMINDER: "sms/reminder.txt",
        Kind.LATE: "sms/late.txt",
        Kind.LINK: "sms/link.txt",
        Kind.OFFER: "sms/offer.txt",
    }
)
# The places of a text, as the practice writes them in either language. The first stands for date, place and link.
VISITS, DELAY, PRACTICE, PHONE, UNTIL = "{rendez-vous}", "{retard}", "{cabinet}", "{téléphone}", "{limite}"
_PLACES: Final = (VISITS, DELAY, PRACTICE, PHONE, UNTIL)
_PLACE: Final = re.compile(r"\{[^{}\n]{1,20}\}")
_WITH_CALENDAR: Final = frozenset({Kind.CONFIRMATION, Kind.CHANGE, Kind.CANCELLATION})
_BREAKS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


@dataclass(frozen=True, slots=True)
class Letter:
    """An e-mail, without the address that it goes to."""

    subject: str
    text: str
    html: str
    language: str
    reply_to: str = ""
    calendar: bytes = b""
    cancels: bool = False


class Told(NamedTuple):
    """A visit that a message speaks of, and the token of its link; empty where the server does not know it.

    An offer speaks of a visit that could be: its link is to the offer, which is good *until* an instant.
    """

    visit: Appointment
    token: str
    until: datetime | None = None

    @property
    def address(self) -> str:
        """The address of its page; nothing where there is no link."""
        if not self.token:
            return ""
        return addresses.link(self.token) if self.until is None else addresses.offer_link(self.token)


class Line(NamedTuple):
    """A line of the HTML part."""

    text: str

    @property
    def is_link(self) -> bool:
        """Whether it is the address of a page of ours, alone on its line."""
        return self.text.startswith(settings.SITE_URL + "/") and " " not in self.text


def letter(kind: str, visits: Sequence[Told], language: str, now: datetime, minutes: int | None = None) -> Letter:
    """Return the e-mail of a kind about some visits of one contact, in their language and the zone in which each was booked."""
    practice = visits[0].visit.practitioner.practice
    with translation.override(spoken(language)):
        body = own_words(practice, kind) or default_words(kind, several=len(visits) > 1)
        text = filled(body, values(practice, visits, minutes))
        calendar = b""
        linked = [(one.visit, one.token) for one in visits if one.token]
        if linked and (kind == Kind.CONFIRMATION or (kind in _WITH_CALENDAR and len(visits) == 1)):
            calendar = addresses.calendar_file(linked, now, whole=False)
        return finished(plain("emails/subject.txt", {}), text, practice, calendar, cancels=kind == Kind.CANCELLATION)


def code_letter(code: str, practice: Practice, language: str) -> Letter:
    """Return the e-mail with a code: nothing of a visit, for nobody knows yet whose address it is."""
    with translation.override(spoken(language)):
        text = plain("emails/code-body.txt", {"code": code})
        return finished(plain("emails/subject.txt", {}), text, practice)


def code_short(code: str, language: str) -> str:
    """Return the SMS with a code."""
    with translation.override(spoken(language)):
        return gsm.plain(one_line(plain("sms/code.txt", {"code": code})))


def finished(subject: str, text: str, practice: Practice, calendar: bytes = b"", *, cancels: bool = False) -> Letter:
    """Return a letter with its foot (whether anybody reads replies) and its HTML part, in the language that is active."""
    phone = words.phone(practice.phone) if practice.phone else ""
    foot = plain("emails/foot.txt", {"reply_to": practice.email, "phone": phone})
    whole = f"{text.strip()}\n\n{foot.strip()}\n"
    said = one_line(subject)
    language = translation.get_language() or "fr"
    paragraphs = [[Line(line) for line in part.split("\n")] for part in whole.strip().split("\n\n")]
    context = {
        "paragraphs": paragraphs,
        "subject": said,
        "language": language,
        "rtl": translation.get_language_bidi(),
    }
    html = render_to_string("emails/letter.html", context)
    return Letter(said, whole, html, language, one_line(practice.email), calendar, cancels)


def short(kind: str, visits: Sequence[Told], language: str, minutes: int | None = None) -> str:
    """Return the SMS of a kind: three segments at most; what would take more is left out, the last visits at the end."""
    with translation.override(spoken(language)):
        for told in _shorter_and_shorter(visits):
            delay = words.duration(minutes or 0)
            template = _SHORT[kind] if len(visits) == 1 else _SHORT_OF_SEVERAL.get(kind, _SHORT[kind])
            places = {"visits": told, "delay": delay, "until": _until(visits, short=True)}
            text = gsm.plain(one_line(plain(template, places)))
            if gsm.segments(text) <= gsm.MOST_SEGMENTS:
                break
        return text


def _shorter_and_shorter(visits: Sequence[Told]) -> Iterator[str]:
    """Yield visits in words: with the places, without them, with the first one's link alone, and then fewer and fewer."""
    yield " ".join(_short_visit(one, with_place=True) for one in visits)
    yield " ".join(_short_visit(one, with_place=False) for one in visits)
    first, others = _short_visit(visits[0], with_place=False), visits[1:]
    for number in range(len(others), -1, -1):
        said = [words.moment(one.visit.start, one.visit.zone) for one in others[:number]]
        if left := len(others) - number:
            said.append(ngettext("%(number)d autre", "%(number)d autres", left) % {"number": left})
        then = _("Puis : %(visits)s") % {"visits": ", ".join(said)} if said else ""
        yield f"{first} {then}".strip()


def default_words(kind: str, *, several: bool = False) -> str:
    """Return the text that comes with the product, with its places, in the language that is active."""
    template = _OF_SEVERAL.get(kind, BODIES[kind]) if several else BODIES[kind]
    return plain(template, {"visits": VISITS, "delay": DELAY, "until": UNTIL}).strip()


def plain(template: str, places: Mapping[str, str]) -> str:
    """Return a template as plain text: what is filled in is no HTML, and is not escaped."""
    text: str = get_template(template).template.render(Context(dict(places), autoescape=False))  # type: ignore[attr-defined]
    return text


def own_words(practice: Practice, kind: str) -> str:
    """Return the practice's own text in the language that is active, or nothing."""
    language = translation.get_language() or "fr"
    found = Wording.objects.filter(practice=practice, kind=kind, language=language).first()
    return found.text.replace("\r\n", "\n").strip() if found else ""


def values(practice: Practice, visits: Sequence[Told], minutes: int | None) -> dict[str, str]:
    """Return what goes into the places of a text."""
    return {
        VISITS: "\n\n".join(_visit(one) for one in visits),
        UNTIL: _until(visits),
        DELAY: words.duration(minutes or 0),
        PRACTICE: one_line(practice.name),
        PHONE: words.phone(practice.phone) if practice.phone else "",
    }


def sample_values(practice: Practice, start: datetime) -> dict[str, str]:
    """Return what would go into the places of a text for an invented visit: for a preview."""
    place = practice.locations.first()
    visit = "\n".join(
        [_when(start, practice.zone), one_line(place.label) if place else "", addresses.link("votre-lien")]
    )
    until = words.moment(start - timedelta(hours=4), practice.zone)
    return {**values(practice, (), 20), VISITS: visit, UNTIL: until}


def filled(text: str, places: Mapping[str, str]) -> str:
    """Return a text with its places filled in; what is no place stays as it is written."""
    return _PLACE.sub(lambda found: places.get(found[0], found[0]), text)


def unknown_places(text: str) -> list[str]:
    """Return what looks like a place of a text and is none."""
    return [one for one in _PLACE.findall(text) if one not in _PLACES]


def spoken(language: str) -> str:
    """Return a language that this product speaks."""
    return language if language in dict(settings.LANGUAGES) else "fr"


def one_line(text: str) -> str:
    """Return a text without line breaks and control characters: what goes into a header (M12)."""
    return " ".join(_BREAKS.split(text)).strip()


def _visit(told: Told) -> str:
    visit = told.visit
    lines = [_when(visit.start, visit.zone), one_line(addresses.where(visit)[0]), told.address]
    return "\n".join(lines if told.token else lines[:2])


def _until(visits: Sequence[Told], *, short: bool = False) -> str:
    """Return until when an offer is good, in the practice's zone; in an SMS the hour alone, for it is today's."""
    until = visits[0].until if visits else None
    if until is None:
        return ""
    zone = visits[0].visit.practitioner.practice.zone
    return words.clock(until.astimezone(zone)) if short else words.moment(until, zone)


def _when(start: datetime, zone: ZoneInfo) -> str:
    said = words.upper_first(words.moment(start, zone, year=True))
    return f"{said} ({words.zone_name(zone)})"


def _short_visit(told: Told, *, with_place: bool) -> str:
    when = words.moment(told.visit.start, told.visit.zone)
    place = f", {one_line(addresses.where(told.visit)[0])}" if with_place else ""
    link = f" {told.address}" if told.token else ""
    return f"{when}{place}.{link}"
