"""Forms that two desks may have open at once: what was changed elsewhere meanwhile is said, never overwritten in silence."""

import hashlib
from typing import Any

from django import forms
from django.db.models import Model
from django.forms.models import model_to_dict
from django.utils.text import Truncator
from django.utils.translation import gettext as _


def digest(row: Model, fields: list[str]) -> str:
    """Return a short digest of what a row holds in these fields."""
    held = model_to_dict(row, fields)
    plain = {
        name: sorted(one.pk for one in value) if isinstance(value, list) else value for name, value in held.items()
    }
    return hashlib.sha256(repr(sorted(plain.items())).encode()).hexdigest()[:16]


class GuardedForm(forms.ModelForm):  # type: ignore[type-arg]
    """A form that remembers what its row held when it was shown, in a hidden field `seen` that the template writes."""

    use_required_attribute = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
        # Before validation: it writes what was typed into the instance.
        self.seen = digest(self.instance, list(self.fields)) if not self.instance._state.adding else ""

    @property
    def is_stale(self) -> bool:
        """Whether the row was changed since the form was shown."""
        return self.is_bound and self.data.get(self.add_prefix("seen"), "") != self.seen

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        if self.is_stale:
            # The sentence does not keep the other fields from being checked.
            self.add_error(None, self._said())

    def _said(self) -> str:
        differing = [name for name in self.changed_data if name in self.initial]
        told = " ; ".join(f"{self.fields[name].label} : « {self._now(name)} »" for name in differing[:6])
        text = _(
            "Ces réglages ont changé à un autre poste entre-temps. Rien n’a été enregistré ; votre saisie est gardée. "
            "Enregistrez encore une fois pour qu’elle remplace l’autre."
        )
        return f"{text} " + _("À présent : %(told)s.") % {"told": told} if told else text

    def _now(self, name: str) -> str:
        value = self.initial[name]
        if isinstance(value, bool):
            return _("oui") if value else _("non")
        choices = dict(getattr(self.fields[name], "choices", None) or ())
        shown = choices.get(value, "" if value is None else self.fields[name].prepare_value(value))
        return Truncator(str(shown).replace("\n", " ")).chars(80)

    def save(self, commit: bool = True) -> Any:
        """Save what was changed and nothing else."""
        if self.instance._state.adding or not commit:
            return super().save(commit)
        columns = {field.name for field in self.instance._meta.concrete_fields}
        if changed := [name for name in self.changed_data if name in columns]:
            self.instance.save(update_fields=changed)
        self._save_m2m()  # type: ignore[attr-defined]
        return self.instance
