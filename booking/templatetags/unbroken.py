"""What a practice typed, with the no-break spaces that a keyboard lacks: on a telephone they matter."""

import re

from django import template

register = template.Library()

_SPACES = re.compile(r" (?=[:;?!»€])|(?<=«) |(?<=\d) (?=h\b)|(?<=\d h) (?=\d)|(?<=\d) (?=\d{3}\b)")


@register.filter
def unbroken(text: str) -> str:
    """Return « de 8 h 30 à 12 h » with no-break spaces within its hours, as within numbers and before tall punctuation."""
    return _SPACES.sub("\u00a0", text)
