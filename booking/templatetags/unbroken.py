"""Text that breaks only where people would break it: it matters on a telephone."""

import re

from django import template
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

_SPACES = re.compile(r" (?=[:;?!»€])|(?<=«) |(?<=\d) (?=h\b)|(?<=\d h) (?=\d)|(?<=\d) (?=\d{3}\b)")
_WORDS = re.compile(r"\b(?:rendez-vous|e-mails?)\b", re.IGNORECASE)


@register.filter
def unbroken(text: str) -> SafeString:
    """Return a text, escaped, with the no-break spaces that a practice's own words lack and with "rendez-vous" whole."""
    spaced = _SPACES.sub("\u00a0", conditional_escape(text))
    return mark_safe(_WORDS.sub(r'<span class="nowrap">\g<0></span>', spaced))  # noqa: S308 - escaped above
