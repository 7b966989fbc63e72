"""What patients type: as little as the practitioner asks for, kept as it was typed, and said plainly when it is wrong."""

from booking.forms.identity import CancelForm, CodeForm, ContactForm, IdentityForm, LostLinkForm, asks_new_or_known

__all__ = ["CancelForm", "CodeForm", "ContactForm", "IdentityForm", "LostLinkForm", "asks_new_or_known"]
